import Base
import Specs

extension Job {
    /// Fetches an image: its documents, and all of its layers that are not known yet.
    func pull() async throws(Problem) {
        let directory = try directory()
        let image = try await firstOf { candidate, session throws(Problem) in
            let (image, config) = try await documents(candidate, session)
            report(.resolved(image))
            guard config != nil else {
                throw Problem(
                    .badDocument, "\"\(candidate)\" is no image",
                    why: "it is an artifact of the type \"\(image.config.mediaType.printable)\"")
            }
            try await layers(image, session, directory)
            return image
        }
        report(.pulled(image))
    }

    /// Reads manifest and configuration, and nothing else.
    func inspect() async throws(Problem) {
        let image = try await firstOf { candidate, session throws(Problem) in
            try await documents(candidate, session).image
        }
        report(.pulled(image))
    }

    /// Reads index, manifest and configuration and keeps them in the directory.
    ///
    /// - Returns: the image, and its configuration where it is one of a container image.
    private func documents(_ candidate: ImageReference, _ session: Session)
        async throws(Problem) -> (image: RegistryImage, config: ImageConfig?)
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
        guard case .image(let manifest) = fetched.document else {
            throw Problem(.badDocument, "\"\(candidate)\" has no manifest")
        }
        let image = RegistryImage(
            reference: candidate, digest: first.digest,
            manifest: ContentDescriptor(
                mediaType: fetched.mediaType, digest: fetched.digest,
                size: Int64(fetched.bytes.count)),
            config: manifest.config.bare, layers: manifest.layers.map(\.bare))
        guard manifest.isImage else { return (image, nil) }
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
        return (image, config)
    }

    /// Fetches the layers, several at once, the lowest first as they are unpacked in that order.
    private func layers(_ image: RegistryImage, _ session: Session, _ directory: BlobDirectory)
        async throws(Problem)
    {
        var seen = Set(request.known)
        let missing = image.layers.filter { seen.insert($0.digest).inserted }
        for layer in image.layers where request.known.contains(layer.digest) {
            report(.blobSkipped(layer.digest))
        }
        let failure = await withTaskGroup(of: Problem?.self) { group in
            var waiting = missing[...]
            var failure: Problem?
            func start() {
                guard failure == nil, let layer = waiting.popFirst() else { return }
                group.addTask {
                    do throws(Problem) {
                        try await session.fetch(layer, into: directory)
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
        if let failure { throw failure.during("pulling \"\(image.reference)\"") }
    }
}

extension ContentDescriptor {
    /// Only what finds the content; messages have a limit and annotations have none.
    fileprivate var bare: ContentDescriptor {
        ContentDescriptor(mediaType: String(mediaType.prefix(256)), digest: digest, size: size)
    }
}
