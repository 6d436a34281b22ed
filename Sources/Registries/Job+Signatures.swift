import AsyncHTTPClient
import Base
import Checksums
import Kernel
import NIOCore
import NIOHTTP1
import Signatures
import Specs

extension Job {
    /// Makes sure that the policy does not reject a name whatever comes with it.
    func admit(_ candidate: ImageReference) throws(Problem) {
        let requirements = policy.requirements(for: candidate)
        for requirement in requirements {
            if case .reject = requirement { throw policy.rejection(of: "\(candidate)") }
            if case .unsupported(let kind) = requirement {
                throw Witness.unsupported(kind, "\(candidate)", policy)
            }
        }
    }

    /// Makes sure that the policy accepts what a name stands for, before anything else of it is read.
    ///
    /// The policy is that of the name; the signatures are those of the place it is fetched from.
    func check(_ candidate: ImageReference, _ digest: Digest, _ session: Session)
        async throws(Problem)
    {
        let requirements = policy.requirements(for: candidate)
        guard requirements.contains(where: { $0 != .accept }) else { return }
        var found: [FoundSignature] = []
        if requirements.contains(where: \.wantsSignature) {
            found = try await signatures(of: digest, session)
        }
        let witness = Witness(
            policy: policy, environment: environment, view: view, shown: "\(candidate)",
            digest: digest, name: candidate)
        try witness.check(requirements, found)
    }

    /// Checks an image of this machine.
    func vouch() async throws(Problem) {
        guard let local = request.local else {
            throw Problem(.badUsage, "no image was named")
        }
        let witness = Witness(
            policy: policy, environment: environment, view: view, shown: local.shown,
            digest: local.digest, name: nil)
        let found = local.signatures.map { text in
            Base64.decode(text).map { FoundSignature(file: $0) } ?? .unknown
        }
        try witness.check(policy.requirements(local.transport, scopes: local.scopes), found)
        report(.done)
    }

    /// Reads the signatures of a manifest, from the lookaside and from beside the image.
    private func signatures(of digest: Digest, _ session: Session)
        async throws(Problem) -> [FoundSignature]
    {
        let base = places.reading(session.reference)
        var found: [FoundSignature] = []
        for number in 1...Limits.signatures {
            let address = SignaturePlaces.address(base, digest, number)
            guard let bytes = try await signature(at: address) else { break }
            found.append(FoundSignature(file: bytes))
        }
        if places.attaches(session.reference) { found += try await attached(digest, session) }
        return found
    }

    /// Reads one signature of a lookaside; nil where there is none.
    private func signature(at address: String) async throws(Problem) -> [UInt8]? {
        if address.hasPrefix("file://") { return try view.read(String(address.dropFirst(7))) }
        let what = "cannot read the signature \"\(address.printable)\""
        guard let start = Location(address) else {
            throw Problem(
                .badValue, what, why: "it is no address of the web and no file://",
                next: "correct \"lookaside\" in registries.d")
        }
        do {
            let response = try await answer(start, what, understood: [404])
            guard response.status.code != 404 else { return nil }
            let buffer = try await Deadline.within(seconds: web.stallSeconds) {
                try await response.body.collect(upTo: Limits.answerBytes)
            }
            return Array(buffer.readableBytesView)
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Fault(error, host: start.authority).problem(what)
        }
    }

    /// Reads the signatures in the registry: an image whose layers they are.
    private func attached(_ digest: Digest, _ session: Session)
        async throws(Problem) -> [FoundSignature]
    {
        guard let manifest = try await session.attachments(digest) else { return [] }
        var found: [FoundSignature] = []
        for layer in manifest.layers.prefix(Limits.signatures) {
            guard layer.mediaType == SigstoreSignature.mediaType else { continue }
            let payload = try await session.small(layer)
            found.append(
                .sigstore(
                    SigstoreSignature(
                        mediaType: layer.mediaType, payload: payload,
                        annotations: layer.annotations ?? [:])))
        }
        return found
    }
}

extension Session {
    /// Reads the image that holds the signatures of another; nil where there is none.
    func attachments(_ digest: Digest) async throws(Problem) -> ImageManifest? {
        let fetched: FetchedManifest
        do throws(Problem) {
            fetched = try await manifest(Session.attachmentTag(digest))
        } catch {
            if error.code == .noSuchImage { return nil }
            throw error
        }
        guard case .image(let manifest) = fetched.document else {
            throw Problem(
                .badDocument, "the signatures beside \"\(reference)\" cannot be read",
                why: "they are an index")
        }
        return manifest
    }

    /// `sha256-….sig`
    static func attachmentTag(_ digest: Digest) -> String {
        "\(digest.algorithm.rawValue)-\(digest.hex).sig"
    }

    /// Reads a small blob, checked.
    func small(_ blob: ContentDescriptor) async throws(Problem) -> [UInt8] {
        let what = "cannot read the blob \(blob.digest.short) of \"\(reference.name)\""
        let call = Call("/v2/\(reference.path)/blobs/\(blob.digest)", what: what)
        let (bytes, _) = try await document(call, limit: Limits.answerBytes)
        guard Int64(bytes.count) == blob.size, Checksum.of(bytes, blob.digest.algorithm) == blob.digest
        else {
            throw Problem(.notVerified, what, why: "what arrived is not what the manifest promises")
        }
        return bytes
    }
}
