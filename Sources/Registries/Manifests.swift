import Base
import Checksums
import NIOHTTP1
import Specs

/// A manifest or an index as a registry sent it, with its digest checked.
struct FetchedManifest: Sendable {
    let bytes: [UInt8]
    let digest: Digest
    let document: ManifestDocument
    /// The type it was announced with, or has inside.
    let mediaType: String
}

extension Session {
    /// Reads a manifest by tag or digest.
    ///
    /// What is asked for by digest must have that digest; what is asked for by tag must have the
    /// one the registry announces (T-DIGEST-3).
    func manifest(_ selector: String, expected: ContentDescriptor? = nil)
        async throws(Problem) -> FetchedManifest
    {
        let name = "\(reference.name)\(selector.contains(":") ? "@" : ":")\(selector)"
        var call = Call(
            "/v2/\(reference.path)/manifests/\(selector)",
            what: "cannot read the manifest of \"\(name)\"")
        for type in MediaType.manifests { call.headers.add(name: "accept", value: type) }
        let (bytes, headers) = try await self.document(call, limit: Limits.manifestBytes)
        func refuse(_ why: String) -> Problem {
            Problem(.notVerified, "the manifest of \"\(name)\" is not what was asked for", why: why)
        }
        var wanted = expected?.digest
        if wanted == nil, selector.contains(":") { wanted = try Digest(selector) }
        let announced = headers.first(name: "docker-content-digest").flatMap { try? Digest($0) }
        let digest = Checksum.of(bytes, (wanted ?? announced)?.algorithm ?? .sha256)
        if let wanted, digest != wanted { throw refuse("what arrived has the digest \(digest)") }
        if wanted == nil, let announced, digest != announced {
            throw refuse("\(host) announced \(announced) and sent \(digest)")
        }
        if let expected, Int64(bytes.count) != expected.size {
            throw refuse("it has \(bytes.count) bytes instead of \(expected.size)")
        }
        let type = headers.first(name: "content-type")
        let document = try ManifestDocument(parsing: bytes, announced: type, name: name)
        if let expected {
            // The type that the index gives it must agree as well (T-DIGEST-1).
            _ = try ManifestDocument(parsing: bytes, announced: expected.mediaType, name: name)
        }
        return FetchedManifest(
            bytes: bytes, digest: digest, document: document,
            mediaType: Session.mediaType(document, expected?.mediaType ?? type))
    }

    private static func mediaType(_ document: ManifestDocument, _ announced: String?) -> String {
        let type = announced.map { String($0.prefix { $0 != ";" && $0 != " " }) }
        let known = type.flatMap { MediaType.manifests.contains($0) ? $0 : nil }
        return switch document {
        case .image(let image): image.mediaType ?? known ?? MediaType.ociManifest
        case .index(let index): index.mediaType ?? known ?? MediaType.ociIndex
        }
    }
}
