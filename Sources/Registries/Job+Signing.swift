import AsyncHTTPClient
import Base
import Checksums
import Kernel
import NIOCore
import NIOHTTP1
import Signatures
import Specs

extension Job {
    /// Returns what signs, or nil where nothing is to be signed; what cannot be kept is refused.
    func signer(_ reference: ImageReference) throws(Problem) -> Signer? {
        guard let wish = request.signing else { return nil }
        let signer = try Signer(wish, environment, view)
        if signer.makesSigstore, !places.attaches(reference) {
            throw Problem(
                .refused, "\"\(reference)\" cannot be signed by a key of sigstore's",
                why: "registries.d does not allow signatures beside its images",
                next: "set \"use-sigstore-attachments: true\" for it in a file of registries.d")
        }
        if signer.makesSimple { _ = try lookaside(places.writing(reference)) }
        return signer
    }

    /// Signatures that are made and not yet anywhere.
    struct Signed: Sendable {
        let digest: Digest
        let simple: [UInt8]?
        let sigstore: SigstoreSignature?
    }

    /// Signs a manifest, and with `each` those that an index names, as the name that was asked for.
    ///
    /// Done before anything is sent: where there is no signing, nothing is left in the registry.
    func signed(
        _ root: Digest, _ document: ManifestDocument, each: Bool, as target: ImageReference,
        _ signer: Signer
    ) throws(Problem) -> [Signed] {
        var digests = [root]
        if each, case .index(let index) = document { digests += index.manifests.map(\.digest) }
        var made: [Signed] = []
        for digest in digests {
            made.append(
                Signed(
                    digest: digest, simple: try signer.simple(digest, target),
                    sigstore: try signer.sigstore(digest, target)))
        }
        return made
    }

    /// Puts signatures where those of the repository belong.
    func keep(_ made: [Signed], _ session: Session) async throws(Problem) {
        for one in made {
            if let signature = one.simple {
                try keep(signature, one.digest, below: places.writing(session.reference))
            }
            if let signature = one.sigstore {
                try await attach(signature, to: one.digest, session)
            }
        }
    }

    /// Signs images that are in a registry already.
    func signRemote() async throws(Problem) {
        guard let candidate = request.candidates.first,
            let endpoint = try configuration.endpoints(for: candidate).last
        else { throw Problem(.badUsage, "no image was named") }
        let session = try session(endpoint)
        guard let signer = try signer(session.reference) else {
            throw Problem(.badUsage, "no key was named", next: "give --sign-by KEY")
        }
        let fetched = try await session.manifest(candidate.selector)
        let made = try signed(
            fetched.digest, fetched.document, each: request.depth == .all, as: candidate, signer)
        if let directory = request.signatureDirectory {
            let base = "file://\(directory)/\(session.reference.path)"
            for one in made {
                if let signature = one.simple { try keep(signature, one.digest, below: base) }
            }
        } else {
            try await keep(made, session)
        }
        report(.done)
    }

    /// The directory part of an address below which signatures can be written.
    private func lookaside(_ base: String) throws(Problem) -> String {
        guard base.hasPrefix("file:///") else {
            throw Problem(
                .refused, "signatures cannot be written to \"\(base.printable)\"",
                why: "only directories of this machine are written to",
                next: "set \"lookaside-staging: file:///DIRECTORY\" in a file of registries.d")
        }
        return String(base.dropFirst(7))
    }

    /// Writes a signature where the next one of its image belongs.
    private func keep(_ signature: [UInt8], _ digest: Digest, below base: String)
        throws(Problem)
    {
        let base = try lookaside(base)
        for number in 1...Limits.signatures {
            let path = SignaturePlaces.address(base, digest, number)
            if Files.exists(path) { continue }
            let slash = path.lastIndex(of: "/") ?? path.startIndex
            try explaining("cannot write \"\(path)\"") { () throws(KernelFault) in
                let directory = try Files.ensureDirectory(
                    String(path[..<slash]), permissions: 0o755)
                try Files.replace(
                    at: directory, String(path[path.index(after: slash)...]), with: signature,
                    permissions: 0o644)
            }
            return
        }
        throw Problem(.refused, "\(digest) has \(Limits.signatures) signatures already")
    }

    /// Adds a signature to the image that holds those of another.
    private func attach(_ signature: SigstoreSignature, to digest: Digest, _ session: Session)
        async throws(Problem)
    {
        var layers = try await session.attachments(digest)?.layers ?? []
        let payload = Checksum.of(signature.payload)
        layers.append(
            ContentDescriptor(
                mediaType: signature.mediaType, digest: payload,
                size: Int64(signature.payload.count), annotations: signature.annotations))
        // Payloads are no archives: what they unpack to is what they are.
        let ids = layers.map { JSON.string("\($0.digest)") }
        let config = JSON.object([
            .init("architecture", .string("")), .init("os", .string("")),
            .init("config", .object([])),
            .init(
                "rootfs",
                .object([.init("type", .string("layers")), .init("diff_ids", .array(ids))])),
        ]).bytes()
        let described = ContentDescriptor(
            mediaType: MediaType.ociConfig, digest: Checksum.of(config), size: Int64(config.count))
        let manifest = JSON.object([
            .init("schemaVersion", .integer(2)),
            .init("mediaType", .string(MediaType.ociManifest)),
            .init("config", JSON(encoding: described)),
            .init("layers", .array(layers.map { JSON(encoding: $0) })),
        ]).bytes()
        let directory = try directory()
        for (bytes, blob) in [(signature.payload, layers[layers.count - 1]), (config, described)] {
            try directory.keep(bytes, as: blob.digest)
            defer { directory.drop(blob.digest) }
            _ = try await session.send(blob, from: directory)
        }
        try await session.put(
            manifest, as: Session.attachmentTag(digest), type: MediaType.ociManifest)
    }
}

extension Session {
    /// Sends a manifest and returns the answer's headers; all it names has to be there.
    @discardableResult
    func put(_ bytes: [UInt8], as selector: String, type: String) async throws(Problem)
        -> HTTPHeaders
    {
        var call = Call(
            "/v2/\(reference.path)/manifests/\(selector)",
            what: "cannot send the manifest of \"\(reference)\"")
        call.method = .PUT
        call.actions = "pull,push"
        call.headers.add(name: "content-type", value: type)
        call.body = { () throws(Problem) in .bytes(ByteBuffer(bytes: bytes)) }
        return try await send(call).headers
    }
}
