package import Base

/// One signature of sigstore's, as it lies beside an image or in a file; nothing of it is checked.
package struct SigstoreSignature: Equatable, Sendable {
    /// The type of signatures of images; others may lie beside them.
    package static let mediaType = "application/vnd.dev.cosign.simplesigning.v1+json"
    package static let signatureKey = "dev.cosignproject.cosign/signature"
    static let bundleKey = "dev.sigstore.cosign/bundle"
    static let certificateKey = "dev.sigstore.cosign/certificate"
    static let chainKey = "dev.sigstore.cosign/chain"

    package var mediaType: String
    package var payload: [UInt8]
    package var annotations: [String: String]

    package init(mediaType: String, payload: [UInt8], annotations: [String: String]) {
        self.mediaType = mediaType
        self.payload = payload
        self.annotations = annotations
    }

    /// Reads the form that signatures have in files, after their first line.
    package init(parsing bytes: [UInt8]) throws(Problem) {
        let json = try JSON(parsing: bytes, name: "signature", limit: Limits.manifestBytes)
        guard let mediaType = json["mimeType"]?.text,
            let payload = json["payload"]?.text.flatMap({ Base64.decode($0) }),
            case .object(let members) = json["annotations"] ?? .object([])
        else { throw Problem(.badDocument, "a signature of sigstore's is malformed") }
        self.mediaType = mediaType
        self.payload = payload
        annotations = [:]
        for member in members { annotations[member.name] = member.value.text }
    }

    /// The form that it has in files, with its first line.
    package var fileBytes: [UInt8] {
        let members = annotations.sorted { $0.key < $1.key }
            .map { JSON.Member($0.key, .string($0.value)) }
        let json = JSON.object([
            .init("mimeType", .string(mediaType)),
            .init("payload", .string(Base64.encode(payload))),
            .init("annotations", .object(members)),
        ])
        return Array("\0sigstore-json\n".utf8) + json.bytes()
    }
}
