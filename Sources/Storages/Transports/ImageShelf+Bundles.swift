package import Base
import Checksums
import Kernel
package import Specs

/// Images of the store as bundles, and bundles as images of the store.
extension ImageShelf {
    /// Adds the one image that a bundle holds.
    @discardableResult
    package func add(_ bundle: ImageBundle, names: [String]) throws(Problem) -> ImageRecord {
        let (bytes, document) = try bundle.manifest(bundle.root)
        guard case .image(let manifest) = document, manifest.isImage else {
            throw Problem(
                .badDocument, "what was to be stored is no image",
                why: "its manifest is an index or one of an artifact")
        }
        if let layer = manifest.layers.first(where: { MediaType.isEncrypted($0.mediaType) }) {
            throw Problem(
                .noPermission, "the layer \(layer.digest.short) cannot be stored",
                why: "it is encrypted", next: "decrypt it: --decryption-key FILE")
        }
        let config = try bundle.document(manifest.config, limit: Limits.imageConfigBytes)
        var layers: [Arrival.Layer] = []
        for layer in manifest.layers {
            layers.append(
                Arrival.Layer(
                    bytes: try? bundle.source.blob(layer.digest), content: layer,
                    isVerified: false))
        }
        var arrival = Arrival(manifest: bytes, config: config, layers: layers)
        arrival.names = names
        return try add(arrival)
    }
}

extension ImageBundle {
    /// The documents of an image of the store; its layers lie there unpacked.
    package init(of image: ImageRecord) throws(Problem) {
        let document = try ManifestDocument(
            parsing: image.manifest, announced: nil, name: "manifest of \(image.id.prefix(12))")
        let digest = Checksum.of(image.manifest)
        let documents = [digest: image.manifest, Checksum.of(image.config): image.config]
        self.init(
            root: ContentDescriptor(
                mediaType: document.mediaType, digest: digest, size: Int64(image.manifest.count)),
            source: MadeDocuments(documents: documents, rest: NoBlobs()))
    }

    /// Every digest below the root, itself included, as far as its documents are there.
    package func digests() throws(Problem) -> [Digest] {
        var found: [Digest] = []
        var waiting = [root]
        while let next = waiting.popLast(), found.count < 100_000 {
            found.append(next.digest)
            guard MediaType.manifests.contains(next.mediaType) else { continue }
            do throws(Problem) {
                switch try manifest(next).document {
                case .index(let index): waiting += index.manifests
                case .image(let image): found += ([image.config] + image.layers).map(\.digest)
                }
            } catch  where error.code == .noSuchObject {
                // An image of an index that was left out, as its target has it.
            }
        }
        return found
    }
}

extension ImageBundle {
    /// An index that is made here, of images that lie in the store and at other places.
    package init(
        of index: ImageIndex, images: [ImageRecord], places: [any BlobSource]
    ) throws(Problem) {
        let bytes = JSON(encoding: index).bytes()
        let digest = Checksum.of(bytes)
        var documents = [digest: bytes]
        for image in images {
            documents[Checksum.of(image.manifest)] = image.manifest
            documents[Checksum.of(image.config)] = image.config
        }
        self.init(
            root: ContentDescriptor(
                mediaType: index.mediaType ?? MediaType.ociIndex, digest: digest,
                size: Int64(bytes.count)),
            source: MadeDocuments(documents: documents, rest: SeveralPlaces(places: places)))
    }
}

/// Nothing but documents is there.
private struct NoBlobs: BlobSource {
    func blob(_ digest: Digest) throws(Problem) -> ByteRange {
        throw Problem(.noSuchObject, "there is no content \"\(digest)\"")
    }
}

/// The first place that has the content counts: a digest is the same everywhere.
private struct SeveralPlaces: BlobSource {
    let places: [any BlobSource]

    func blob(_ digest: Digest) throws(Problem) -> ByteRange {
        for place in places {
            do throws(Problem) { return try place.blob(digest) } catch {
                guard error.code == .noSuchObject || error.code == .badDocument else { throw error }
            }
        }
        return try NoBlobs().blob(digest)
    }
}
