import AsyncHTTPClient
import Base
import Checksums
import Kernel
import NIOCore
import NIOHTTP1
import Specs

extension Job {
    /// Sends an image, or an index with all its images, from the blobs directory.
    ///
    /// Manifests go last: what a name stands for in the registry is always complete.
    func push() async throws(Problem) {
        guard let manifest = request.manifest, let candidate = request.candidates.first else {
            throw Problem(.badUsage, "no image was named")
        }
        let directory = try directory()
        guard let endpoint = try configuration.endpoints(for: candidate).last else {
            throw Problem(.badUsage, "there is no registry for \"\(candidate)\"")
        }
        let session = try session(endpoint)
        report(.trying(endpoint.reference.description))
        let digest = try await send(
            manifest, as: candidate.digest?.description ?? candidate.tag ?? "latest", session,
            directory,
            depth: 0)
        report(.pushed(digest))
    }

    private func send(
        _ digest: Digest, as selector: String, _ session: Session, _ directory: BlobDirectory,
        depth: Int
    ) async throws(Problem) -> Digest {
        let bytes = try directory.read(digest, limit: Limits.manifestBytes)
        guard Checksum.of(bytes, digest.algorithm) == digest else {
            throw Problem(.notVerified, "the manifest \(digest.short) is not what its name says")
        }
        let type: String
        switch try ManifestDocument(parsing: bytes, announced: nil, name: "\(digest)") {
        case .index(let index):
            guard depth < 3 else {
                throw Problem(
                    .badDocument, "\"\(digest)\" cannot be sent", why: "its indexes are nested")
            }
            for entry in index.manifests {
                _ = try await send(
                    entry.digest, as: entry.digest.description, session, directory, depth: depth + 1
                )
            }
            type = index.mediaType ?? MediaType.ociIndex
        case .image(let image):
            try await sendBlobs([image.config] + image.layers, session, directory)
            type = image.mediaType ?? MediaType.ociManifest
        }
        var call = Session.Call(
            "/v2/\(session.reference.path)/manifests/\(selector)",
            what: "cannot send the manifest of \"\(session.reference)\"")
        call.method = .PUT
        call.actions = "pull,push"
        call.headers.add(name: "content-type", value: type)
        call.body = { () throws(Problem) in .bytes(ByteBuffer(bytes: bytes)) }
        _ = try await session.send(call)
        return digest
    }

    private func sendBlobs(
        _ blobs: [ContentDescriptor], _ session: Session, _ directory: BlobDirectory
    ) async throws(Problem) {
        var seen: Set<Digest> = []
        let all = blobs.filter { seen.insert($0.digest).inserted }
        let failure = await withTaskGroup(of: Problem?.self) { group in
            var waiting = all[...]
            var failure: Problem?
            func start() {
                guard failure == nil, let blob = waiting.popFirst() else { return }
                group.addTask {
                    do throws(Problem) {
                        try await session.send(blob, from: directory)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            for _ in 0..<Limits.parallelBlobs { start() }
            for await problem in group {
                if let problem, failure == nil {
                    failure = problem
                    group.cancelAll()
                }
                start()
            }
            return failure
        }
        if let failure { throw failure }
    }
}

extension Session {
    /// Sends one blob unless the registry has it. See distribution-spec, "Pushing Blobs".
    func send(_ blob: ContentDescriptor, from directory: BlobDirectory) async throws(Problem) {
        let what = "cannot send the blob \(blob.digest.short) to \(host)"
        var look = Call("/v2/\(reference.path)/blobs/\(blob.digest)", what: what)
        look.method = .HEAD
        look.actions = "pull,push"
        look.understood = [404]
        if try await send(look).status.code != 404 {
            report(.blobSkipped(blob.digest))
            return
        }
        let size = try directory.source(blob.digest).size
        guard size == blob.size else {
            throw Problem(
                .notVerified, what,
                why: "it has \(size) bytes here and \(blob.size) in the manifest")
        }
        report(.blobStarted(blob.digest, size: size))
        for attempt in 0... {
            do {
                try await upload(blob, from: directory, what)
                report(.blobFinished(blob.digest))
                return
            } catch  where error.code == .remote && attempt < retry.count {
                let pause = retry.pause(attempt, retryAfter: nil)
                report(.retrying("\(host): \(error.why ?? error.what)", seconds: pause))
                try await retry.wait(pause)
            }
        }
    }

    /// One upload from its beginning to its end: an address for it, the bytes, the digest.
    private func upload(_ blob: ContentDescriptor, from directory: BlobDirectory, _ what: String)
        async throws(Problem)
    {
        var open = Call("/v2/\(reference.path)/blobs/uploads/", what: what)
        open.method = .POST
        open.actions = "pull,push"
        open.headers.add(name: "content-length", value: "0")
        var patch = Call(try place(await send(open), what), what: what)
        patch.method = .PATCH
        patch.actions = "pull,push"
        patch.headers.add(name: "content-type", value: "application/octet-stream")
        let report = report
        patch.body = { () throws(Problem) in
            let source = try directory.source(blob.digest)
            return .stream(
                BlobStream(blob: source.file, digest: blob.digest, report: report),
                length: .known(source.size))
        }
        let end = try place(await send(patch), what)
        let query = (end.contains("?") ? "&" : "?") + Token.form([("digest", "\(blob.digest)")])
        var close = Call(end + query, what: what)
        close.method = .PUT
        close.actions = "pull,push"
        close.headers.add(name: "content-length", value: "0")
        _ = try await send(close)
    }

    /// Where the next part of an upload goes.
    private func place(_ response: HTTPClientResponse, _ what: String) throws(Problem) -> String {
        guard let place = response.headers.first(name: "location") else {
            throw Problem(.remote, what, why: "the registry gave no address for it")
        }
        return place
    }
}

/// A blob's bytes on their way out.
struct BlobStream: AsyncSequence, Sendable {
    let blob: OpenBlob
    let digest: Digest
    let report: @Sendable (RegistryEvent) -> Void

    func makeAsyncIterator() -> Iterator { Iterator(blob: blob, digest: digest, report: report) }

    struct Iterator: AsyncIteratorProtocol {
        let blob: OpenBlob
        let digest: Digest
        let report: @Sendable (RegistryEvent) -> Void
        private var sent: Int64 = 0
        private var told = Clock.monotonic()

        init(
            blob: OpenBlob, digest: Digest, report: @escaping @Sendable (RegistryEvent) -> Void
        ) {
            self.blob = blob
            self.digest = digest
            self.report = report
        }

        mutating func next() async throws -> ByteBuffer? {
            let bytes = try blob.next()
            guard !bytes.isEmpty else { return nil }
            sent += Int64(bytes.count)
            let now = Clock.monotonic()
            if now - told > 100_000_000 {
                told = now
                report(.blobProgress(digest, bytes: sent))
            }
            return ByteBuffer(bytes: bytes)
        }
    }
}
