import AsyncHTTPClient
import Base
import Checksums
import Kernel
import NIOCore
import NIOHTTP1
import Specs
import Synchronization

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
        var signatures: [Signed] = []
        if let signer = try signer(endpoint.reference) {
            let bytes = try directory.read(manifest, limit: Limits.manifestBytes)
            let document = try ManifestDocument(
                parsing: bytes, announced: nil, name: "\(manifest)")
            signatures = try signed(manifest, document, each: true, as: candidate, signer)
        }
        report(.trying(endpoint.reference.description))
        let digest = try await send(
            manifest, as: candidate.digest?.description ?? candidate.tag ?? "latest", session,
            directory,
            depth: 0)
        try await keep(signatures, session)
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
        let document = try ManifestDocument(parsing: bytes, announced: nil, name: "\(digest)")
        switch document {
        case .index(let index):
            guard depth < 3 else {
                throw Problem(
                    .badDocument, "\"\(digest)\" cannot be sent", why: "its indexes are nested")
            }
            for entry in index.manifests where !request.known.contains(entry.digest) {
                _ = try await send(
                    entry.digest, as: entry.digest.description, session, directory, depth: depth + 1
                )
            }
        case .image(let image):
            try await sendBlobs([image.config] + image.layers, session, directory)
        }
        try await session.send(bytes, document, as: selector, digest)
        return digest
    }

    private func sendBlobs(
        _ blobs: [ContentDescriptor], _ session: Session, _ directory: BlobDirectory
    ) async throws(Problem) {
        var seen: Set<Digest> = []
        let all = blobs.filter { seen.insert($0.digest).inserted }
        let large = all.filter { $0.size > Limits.smallBlobBytes }
        let small = all.filter { $0.size <= Limits.smallBlobBytes }
        // Where the registry has nothing of the first ones, to ask for a small one costs as much as to send it.
        var isKnown = try await sendBlobs(large, Limits.parallelBlobs, session, directory)
        let first = small.prefix(Limits.parallelSmallBlobs)
        if try await sendBlobs(Array(first), first.count, session, directory) { isKnown = true }
        _ = try await sendBlobs(
            Array(small.dropFirst(first.count)), Limits.parallelSmallBlobs, session, directory,
            asks: isKnown)
    }

    /// Sends blobs, so many at once, and returns whether the registry had one of them.
    private func sendBlobs(
        _ blobs: [ContentDescriptor], _ width: Int, _ session: Session, _ directory: BlobDirectory,
        asks: Bool = true
    ) async throws(Problem) -> Bool {
        let had = Mutex(false)
        let failure = await Job.forEach(blobs, width) { (blob) async throws(Problem) in
            if try await session.send(blob, from: directory, asks: asks) {
                had.withLock { $0 = true }
            }
        }
        if let failure { throw failure }
        return had.withLock { $0 }
    }
}

extension Session {
    /// Sends one blob unless the registry has it, and returns whether it does. See distribution-spec,
    /// "Pushing Blobs".
    ///
    /// - Parameter asks: whether the registry is asked for the blob first.
    func send(_ blob: ContentDescriptor, from directory: BlobDirectory, asks: Bool = true)
        async throws(Problem) -> Bool
    {
        let what = "cannot send the blob \(blob.digest.short) to \(host)"
        if asks {
            var ask = Call("/v2/\(reference.path)/blobs/\(blob.digest)", what: what)
            ask.method = .HEAD
            ask.actions = "pull,push"
            ask.understood = [404]
            if try await send(ask).status.code != 404 {
                report(.blobSkipped(blob.digest))
                return true
            }
        }
        let size = try directory.size(blob.digest)
        guard size == blob.size else {
            throw Problem(
                .notVerified, what,
                why: "it has \(size) bytes here and \(blob.size) in the manifest")
        }
        report(.blobStarted(blob.digest, size: size))
        var upload = Upload(blob: blob, what: what)
        var attempt = 0
        while true {
            do {
                try await go(on: &upload, from: directory)
                report(.blobFinished(blob.digest))
                return false
            } catch  where error.code == .remote && attempt < retry.count {
                let pause = retry.pause(attempt, retryAfter: nil)
                report(.retrying("\(host): \(error.why ?? error.what)", seconds: pause))
                try await retry.wait(pause)
                attempt += 1
                // Where that fails the upload begins anew.
                try? await look(at: &upload)
            }
        }
    }

    /// Has the registry take a blob that it has in another repository.
    ///
    /// - Returns: where to send the blob, if the registry does not do that.
    func mount(_ blob: Digest, _ what: String) async throws(Problem) -> String? {
        let uploads = "/v2/\(reference.path)/blobs/uploads/"
        var open = Call(uploads, what: what)
        open.method = .POST
        open.actions = "pull,push"
        open.headers.add(name: "content-length", value: "0")
        let few = sources.prefix(3)
        for (number, source) in few.enumerated() {
            let form = Token.form([("mount", "\(blob)"), ("from", source)])
            open.target = "\(uploads)?\(form)"
            let answer = try await send(open)
            if answer.status.code == 201 { return nil }
            if number == few.count - 1 { return try place(answer, what) }
        }
        return try place(await send(open), what)
    }

    /// An upload under way: what the registry has of the blob, and where more goes.
    private struct Upload {
        let blob: ContentDescriptor
        let what: String
        var place: String?
        var offset: Int64 = 0
        /// Bytes for each request; nil sends all that is left.
        var chunk: Int64?
    }

    /// Sends what is missing, and says the digest.
    private func go(on upload: inout Upload, from directory: BlobDirectory) async throws(Problem) {
        let blob = upload.blob
        if upload.place == nil {
            guard let place = try await mount(blob.digest, upload.what) else { return }
            (upload.place, upload.offset) = (place, 0)
        }
        // A small blob comes with its end, which saves its registry a turn to the disk.
        let isOneRequest = upload.offset == 0 && blob.size <= Limits.smallBlobBytes
        while !isOneRequest, upload.offset < blob.size {
            try await part(of: &upload, from: directory)
        }
        let end = upload.place ?? ""
        let query = (end.contains("?") ? "&" : "?") + Token.form([("digest", "\(blob.digest)")])
        var close = Call(end + query, what: upload.what)
        close.method = .PUT
        close.actions = "pull,push"
        if isOneRequest, blob.size > 0 {
            close.headers.add(name: "content-type", value: "application/octet-stream")
            close.body = body(of: blob, from: 0, to: blob.size, in: directory)
        } else {
            close.headers.add(name: "content-length", value: "0")
        }
        _ = try await send(close)
    }

    /// A part of a blob as the body of a request, opened anew for each attempt.
    private func body(
        of blob: ContentDescriptor, from start: Int64, to end: Int64, in directory: BlobDirectory
    ) -> @Sendable () throws(Problem) -> HTTPClientRequest.Body {
        let (digest, report) = (blob.digest, report)
        return { () throws(Problem) in
            let source = try directory.source(digest, from: start, to: end)
            return .stream(
                BlobStream(blob: source, digest: digest, report: report),
                length: .known(end - start))
        }
    }

    /// Sends one part of a blob.
    private func part(of upload: inout Upload, from directory: BlobDirectory)
        async throws(Problem)
    {
        let (start, digest) = (upload.offset, upload.blob.digest)
        let end = min(upload.blob.size, start + (upload.chunk ?? upload.blob.size))
        var patch = Call(upload.place ?? "", what: upload.what)
        patch.method = .PATCH
        patch.actions = "pull,push"
        patch.headers.add(name: "content-type", value: "application/octet-stream")
        if start > 0 || end < upload.blob.size {
            patch.headers.add(name: "content-range", value: "\(start)-\(end - 1)")
        }
        patch.understood = [413]
        patch.body = body(of: upload.blob, from: start, to: end, in: directory)
        let answer = try await send(patch)
        if answer.status.code == 413 {
            // It takes no such large request; RFC 9110, 15.5.14.
            guard upload.chunk == nil, end - start > Session.chunkBytes else {
                throw Problem(
                    .refused, upload.what, why: "\(host) answered with 413: it is too large for it")
            }
            upload.chunk = Session.chunkBytes
            upload.place = try await mount(digest, upload.what)
            upload.offset = 0
            return
        }
        upload.place = try place(answer, upload.what)
        upload.offset = end
    }

    /// The size of parts where a registry refuses large requests.
    private static let chunkBytes: Int64 = 8 << 20

    /// Asks how much of a broken upload has arrived; what cannot be told begins anew.
    private func look(at upload: inout Upload) async throws(Problem) {
        guard let known = upload.place else { return }
        var ask = Call(known, what: upload.what)
        ask.actions = "pull,push"
        ask.understood = [400, 404, 405, 416]
        upload.place = nil
        let answer = try await send(ask)
        guard (200..<300).contains(answer.status.code),
            let range = answer.headers.first(name: "range"),
            let end = range.split(separator: "-").last.flatMap({ Int64($0) }),
            // "0-0" may mean one byte or none.
            end > 0, end < upload.blob.size
        else { return }
        upload.place = answer.headers.first(name: "location") ?? known
        upload.offset = end + 1
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

    func makeAsyncIterator() -> Iterator { Iterator(of: self) }

    struct Iterator: AsyncIteratorProtocol {
        private let stream: BlobStream
        private var position: Int64
        private var told = Clock.monotonic()

        init(of stream: BlobStream) {
            self.stream = stream
            position = stream.blob.start
        }

        mutating func next() async throws -> ByteBuffer? {
            let bytes = try stream.blob.bytes(at: position)
            guard !bytes.isEmpty else { return nil }
            position += Int64(bytes.count)
            let now = Clock.monotonic()
            if now - told > 100_000_000 {
                told = now
                stream.report(.blobProgress(stream.digest, bytes: position))
            }
            return ByteBuffer(bytes: bytes)
        }
    }
}
