import AsyncHTTPClient
import Base
import NIOHTTP1
import Specs

extension Job {
    /// Fetches documents and blobs as they are: for copying, and for looking at them.
    func fetch() async throws(Problem) {
        let directory = try directory()
        let depth = request.depth ?? .image
        let (reference, root) = try await firstOf { candidate, session throws(Problem) in
            let root: FetchedManifest
            switch depth {
            case .image: root = try await chosen(candidate, session).image
            case .root, .all:
                root = try await session.manifest(candidate.selector)
                try directory.keep(root.bytes, as: root.digest)
            }
            if depth != .root {
                try await check(candidate, root.digest, session)
                let contents = try await contents(of: root, candidate, session, depth: 0)
                if let failure = await fetchAll(contents, session, directory) {
                    throw failure.during("fetching \"\(candidate)\"")
                }
            }
            return (candidate, root)
        }
        report(
            .fetched(
                reference,
                ContentDescriptor(
                    mediaType: root.mediaType, digest: root.digest, size: Int64(root.bytes.count))))
    }

    /// Returns all blobs below a document, whose own documents are kept on the way.
    private func contents(
        of document: FetchedManifest, _ candidate: ImageReference, _ session: Session, depth: Int
    ) async throws(Problem) -> [ContentDescriptor] {
        switch document.document {
        case .image(let image): return [image.config] + image.layers
        case .index(let index):
            guard depth < 3 else {
                throw Problem(
                    .badDocument, "\"\(session.reference)\" cannot be read",
                    why: "its indexes are nested")
            }
            var found: [ContentDescriptor] = []
            for entry in index.manifests {
                let child = try await session.manifest(entry.digest.description, expected: entry)
                if case .image = child.document {
                    try await check(candidate, child.digest, session)
                }
                try directory().keep(child.bytes, as: child.digest)
                found += try await contents(of: child, candidate, session, depth: depth + 1)
            }
            return found
        }
    }

    /// Tells which blobs are with a registry, or can be taken there from another repository of it.
    func probe() async throws(Problem) {
        guard let candidate = request.candidates.first,
            let endpoint = try configuration.endpoints(for: candidate).last
        else { throw Problem(.badUsage, "no image was named") }
        let session = try session(endpoint)
        for digest in request.known {
            if try await session.has(digest) { report(.blobSkipped(digest)) }
        }
        report(.done)
    }
}

extension Session {
    /// Whether the repository has a blob, or the registry gives it one that it has elsewhere.
    func has(_ digest: Digest) async throws(Problem) -> Bool {
        let what = "cannot look for the blob \(digest.short) at \(host)"
        var look = Call("/v2/\(reference.path)/blobs/\(digest)", what: what)
        look.method = .HEAD
        look.actions = "pull,push"
        look.understood = [404]
        if try await send(look).status.code != 404 { return true }
        if sources.isEmpty { return false }
        return try await mount(digest, what) == nil
    }
}
