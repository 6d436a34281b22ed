package import Base
import Kernel
package import Specs
import Storages

/// An image as it lies at some place, its documents alone.
package struct ExaminedImage: Sendable {
    /// The candidate that answered, where the place is a registry.
    package var reference: ImageReference?
    /// What the place's name stands for: an index or a manifest, and its bytes.
    package var root: ContentDescriptor
    package var rootBytes: [UInt8]
    /// The image for the platform that was asked for; nil where only the root was.
    package var image: Parts?

    package struct Parts: Sendable {
        /// The digest of the manifest.
        package var digest: Digest
        package var manifest: ImageManifest
        package var config: [UInt8]
    }
}

extension House {
    /// Reads the documents of an image in a registry, an archive or a directory.
    ///
    /// - Parameter onlyRoot: leaves out what the root points at.
    package func examine(
        _ location: ImageLocation, _ request: RegistryRequest, onlyRoot: Bool
    ) throws(Problem) -> ExaminedImage {
        switch location {
        case .registry(let reference):
            return try examineRemote(reference, request, onlyRoot: onlyRoot)
        case .store, .podmanStore:
            throw Problem(
                .badUsage, "\"\(location)\" is not looked at by this",
                next: "use \"martlet image inspect NAME\"")
        default:
            let bundle = try ImagePlace(opening: location, in: dataPath).bundle()
            return try examined(bundle, request, onlyRoot: onlyRoot, shown: "\(location)")
        }
    }

    private func examineRemote(
        _ reference: ImageReference, _ request: RegistryRequest, onlyRoot: Bool
    ) throws(Problem) -> ExaminedImage {
        let ledger = try ledger()
        let blobs = SharedDescriptor(try shelf(ledger).blobs())
        let folder = BlobFolder(blobs)
        var ask = request
        ask.candidates = try registries().candidates(for: reference)
        ask.verb = .fetch
        ask.depth = .root
        let client = try RegistryClient(self)
        func tell(_ event: RegistryEvent) {
            if case .warning(let text) = event { warn(text) }
        }
        let fetched = try client.fetch(ask, into: blobs.descriptor, progress: tell)
        if !onlyRoot {
            ask.verb = .inspect
            // The tag may move in between, so it is what was fetched that is looked into.
            ask.candidates = [fetched.reference]
            ask.candidates[0].digest = fetched.root.digest
            _ = try client.pull(ask, into: blobs.descriptor, progress: tell)
        }
        let bundle = ImageBundle(root: fetched.root, source: folder)
        var found = try examined(bundle, request, onlyRoot: onlyRoot, shown: "\(reference)")
        found.reference = fetched.reference
        folder.remove(fetched.root.digest)
        if let parts = found.image {
            folder.remove(parts.digest)
            folder.remove(parts.manifest.config.digest)
        }
        return found
    }

    private func examined(
        _ bundle: ImageBundle, _ request: RegistryRequest, onlyRoot: Bool, shown: String
    ) throws(Problem) -> ExaminedImage {
        let (bytes, _) = try bundle.manifest(bundle.root)
        var found = ExaminedImage(root: bundle.root, rootBytes: bytes)
        if onlyRoot { return found }
        let chosen = try bundle.choosing(request.platform ?? .host, name: shown)
        guard case .image(let manifest) = try chosen.manifest(chosen.root).document else {
            throw Problem(.badDocument, "\"\(shown)\" has no manifest")
        }
        let config = try chosen.document(manifest.config, limit: Limits.imageConfigBytes)
        found.image = ExaminedImage.Parts(
            digest: chosen.root.digest, manifest: manifest, config: config)
        return found
    }
}
