import Base
import Specs

extension Job {
    /// Fetches an image: its documents, and all of its layers that are not known yet.
    func pull() async throws(Problem) {
        let directory = try directory()
        let image = try await firstOf { candidate, session throws(Problem) in
            let (image, config, decrypted) = try await undisturbed { () async throws(Problem) in
                try await documents(candidate, session)
            }
            guard config != nil else {
                throw Problem(
                    .badDocument, "\"\(candidate)\" is no image",
                    why: "it is an artifact of the type \"\(image.config.mediaType.printable)\"")
            }
            // From here on others may read what arrives.
            report(.resolved(image))
            // No registry has what was decrypted; where it is gone, another pull has stored it.
            let missing = image.layers.filter { !decrypted.contains($0.digest) }
            if let failure = await fetchAll(missing, session, directory) {
                throw failure.during("pulling \"\(candidate)\"")
            }
            return image
        }
        report(.pulled(image))
    }

    /// Does it again where another pull of the same image has removed what it needs meanwhile.
    private func undisturbed<Value>(_ work: () async throws(Problem) -> Value)
        async throws(Problem) -> Value
    {
        for _ in 0..<Job.otherPulls {
            do throws(Problem) {
                return try await work()
            } catch  where error.code == .noSuchObject {
                continue
            }
        }
        return try await work()
    }

    /// As many pulls of one image can be in the way of another one, each of them once.
    private static let otherPulls = 10

    /// Reads manifest and configuration, and nothing else.
    func inspect() async throws(Problem) {
        let image = try await firstOf { candidate, session throws(Problem) in
            try await documents(candidate, session).image
        }
        report(.pulled(image))
    }

    /// Reads index, manifest and configuration and keeps them in the directory.
    ///
    /// What is pulled is the image decrypted, where layers are encrypted; what is inspected is what
    /// the registry has.
    ///
    /// - Returns: the image, its configuration where it is one of a container image, and which of
    ///   its layers were decrypted.
    private func documents(_ candidate: ImageReference, _ session: Session)
        async throws(Problem) -> (
            image: RegistryImage, config: ImageConfig?, decrypted: Set<Digest>
        )
    {
        let directory = try directory()
        var (first, fetched) = try await chosen(candidate, session)
        if request.verb == .pull { try await check(candidate, fetched.digest, session) }
        guard case .image(var manifest) = fetched.document else {
            throw Problem(.badDocument, "\"\(candidate)\" has no manifest")
        }
        var decrypted: Set<Digest> = []
        if request.verb == .pull, let opened = try await opened(manifest, session, directory) {
            decrypted = Set(opened.layers.map(\.digest)).subtracting(manifest.layers.map(\.digest))
            manifest = opened
            // The engine removes the one that the name stands for.
            if fetched.digest != first.digest { directory.drop(fetched.digest) }
            fetched = try keep(manifest, like: fetched, in: directory)
        }
        var image = RegistryImage(
            reference: candidate, digest: first.digest,
            manifest: ContentDescriptor(
                mediaType: fetched.mediaType, digest: fetched.digest,
                size: Int64(fetched.bytes.count)),
            config: manifest.config.bare, layers: manifest.layers.map(\.bare))
        image.isDecrypted = !decrypted.isEmpty
        guard manifest.isImage else { return (image, nil, decrypted) }
        guard manifest.config.size <= Int64(Limits.imageConfigBytes) else {
            throw Problem(
                .badDocument, "the configuration of \"\(candidate)\" is too large",
                why:
                    "it has \(manifest.config.size) bytes and \(Limits.imageConfigBytes) are allowed"
            )
        }
        try await session.fetch(manifest.config, into: directory)
        let bytes = try directory.read(manifest.config.digest, limit: Limits.imageConfigBytes)
        let config = try ImageConfig(
            parsing: bytes, layers: manifest.layers.count, name: "configuration of \(candidate)")
        return (image, config, decrypted)
    }

    /// Reads what a name stands for and, of an index, the manifest for the platform.
    func chosen(_ candidate: ImageReference, _ session: Session) async throws(Problem)
        -> (first: FetchedManifest, image: FetchedManifest)
    {
        let directory = try directory()
        let first = try await session.manifest(candidate.selector)
        try directory.keep(first.bytes, as: first.digest)
        var fetched = first
        var depth = 0
        while case .index(let index) = fetched.document {
            depth += 1
            guard depth <= 3 else {
                throw Problem(
                    .badDocument, "\"\(candidate)\" cannot be read", why: "its indexes are nested")
            }
            let chosen = try index.choose(for: request.platform ?? .host, name: "\(candidate)")
            fetched = try await session.manifest(chosen.digest.description, expected: chosen)
            try directory.keep(fetched.bytes, as: fetched.digest)
        }
        return (first, fetched)
    }

    /// Fetches blobs, several at once, those left out that are known; layers are unpacked in the
    /// order in which they are given.
    ///
    /// - Returns: the first problem, where there was one.
    func fetchAll(
        _ blobs: [ContentDescriptor], _ session: Session, _ directory: BlobDirectory
    ) async
        -> Problem?
    {
        let known = Set(request.known)
        var seen = known
        let missing = blobs.filter { seen.insert($0.digest).inserted }
        for blob in blobs where known.contains(blob.digest) { report(.blobSkipped(blob.digest)) }
        return await Job.forEach(missing, Limits.parallelBlobs) { (blob) async throws(Problem) in
            try await session.fetch(blob, into: directory)
        }
    }

    /// Does work for each blob, several at once in their order; ends at the first problem.
    static func forEach(
        _ blobs: [ContentDescriptor], _ width: Int,
        _ work: @escaping @Sendable (ContentDescriptor) async throws(Problem) -> Void
    ) async -> Problem? {
        await withTaskGroup(of: Problem?.self) { group in
            var waiting = blobs[...]
            var failure: Problem?
            func start() {
                guard failure == nil, let blob = waiting.popFirst() else { return }
                group.addTask {
                    do throws(Problem) {
                        try await work(blob)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            for _ in 0..<width { start() }
            for await problem in group {
                if let problem, failure == nil {
                    failure = problem
                    group.cancelAll()
                }
                start()
            }
            return failure
        }
    }
}

extension ContentDescriptor {
    /// Only what finds the content; messages have a limit and annotations have none.
    fileprivate var bare: ContentDescriptor {
        ContentDescriptor(mediaType: String(mediaType.prefix(256)), digest: digest, size: size)
    }
}
