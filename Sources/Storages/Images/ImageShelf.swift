package import Base
import Checksums
import Kernel
package import Specs

/// The images of the store: adding, finding, naming and removing them.
package final class ImageShelf {
    package let store: Store
    package let catalog: any ImageCatalog
    /// What to do with the owners of files.
    package let ownership: LayerWriter.Ownership
    /// Told of things a user may want to know though the work goes on.
    package var warn: (String) -> Void = { _ in }

    package init(
        store: Store, catalog: any ImageCatalog, ownership: LayerWriter.Ownership = .kept
    ) {
        self.store = store
        self.catalog = catalog
        self.ownership = ownership
    }

    /// An image whose parts are at hand, on its way into the store.
    package struct Arrival {
        /// The manifest as it came; nil where the archive has none, and one is made then.
        package var manifest: [UInt8]?
        package var config: [UInt8]
        /// Lowest first, as in the manifest.
        package var layers: [Layer]
        /// Full names with tags.
        package var names: [String] = []
        /// Full names with digests: `docker.io/library/debian@sha256:…`.
        package var digestNames: [String] = []

        package init(manifest: [UInt8]?, config: [UInt8], layers: [Layer]) {
            self.manifest = manifest
            self.config = config
            self.layers = layers
        }

        package struct Layer {
            /// Opens the archive; nil where the layer is believed to be in the store.
            let open: () throws(Problem) -> ByteRange?
            /// What the manifest says of the archive.
            package var content: ContentDescriptor?
            /// Whether the archive's own digest has been checked already.
            package var isVerified: Bool

            package init(bytes: ByteRange?, content: ContentDescriptor?, isVerified: Bool) {
                self.init(content: content, isVerified: isVerified) { bytes }
            }

            init(
                content: ContentDescriptor?, isVerified: Bool,
                open: @escaping () throws(Problem) -> ByteRange?
            ) {
                self.open = open
                self.content = content
                self.isVerified = isVerified
            }
        }
    }

    /// Puts an image into the store: every layer verified, all of it durable when this returns
    /// (I5).
    ///
    /// - Parameter settled: called when all is unpacked, and whether anything was, before it counts.
    /// - Throws: `notVerified` where a digest or a size differs; nothing is left then (T-DIGEST-4).
    @discardableResult
    package func add(
        _ arrival: Arrival, settled: (_ hasUnpacked: Bool) throws(Problem) -> Void = { _ in }
    ) throws(Problem) -> ImageRecord {
        let id = Checksum.of(arrival.config)
        let config = try ImageConfig(
            parsing: arrival.config, layers: arrival.layers.count, name: "image \(id.short)")
        guard arrival.layers.count <= Limits.layers else {
            throw Problem(
                .badDocument, "image \(id.short) has too many layers",
                why: "it has \(arrival.layers.count) and \(Limits.layers) are allowed")
        }
        let draft = try store.draft()
        var records: [LayerRecord] = []
        var missing: [Int] = []
        for (index, diff) in config.rootfs.diffIDs.enumerated() {
            let chain = ImageShelf.chain(above: records.last, diff: diff)
            if let standing = try claim(chain, in: draft) {
                records.append(standing)
                continue
            }
            missing.append(index)
            var record = LayerRecord(
                id: ImageShelf.layerID(chain), chain: "\(chain)", diff: "\(diff)",
                parent: records.last?.id)
            let content = arrival.layers[index].content
            record.blob = content.map { "\($0.digest)" }
            record.blobSize = content?.size
            record.mediaType = content?.mediaType
            records.append(record)
        }
        var sources: [LayerSource] = []
        for index in missing {
            sources.append(
                source(
                    of: arrival.layers[index], records[index], config.rootfs.diffIDs[index],
                    above: records.prefix(index).map(\.id)))
        }
        for (index, unpacked) in zip(missing, try draft.unpack(sources)) {
            records[index].size = unpacked.size
            tell(unpacked, records[index].id)
        }
        try settled(!missing.isEmpty)
        return try commit(arrival, id: id, config: config, records: records, draft: draft)
    }

    /// Returns the chain ids of layers, lowest first (image-spec config.md, "Layer ChainID").
    package static func chains(_ diffs: [Digest]) -> [Digest] {
        var chains: [Digest] = []
        for diff in diffs { chains.append(chain(above: chains.last?.description, diff: diff)) }
        return chains
    }

    /// Returns the directory name of a layer: the first 16 digits of its chain id.
    package static func layerID(_ chain: Digest) -> String { String(chain.hex.prefix(16)) }

    static func chain(above below: LayerRecord?, diff: Digest) -> Digest {
        chain(above: below?.chain, diff: diff)
    }

    private static func chain(above below: String?, diff: Digest) -> Digest {
        guard let below else { return diff }
        return Checksum.of(Array("\(below) \(diff)".utf8))
    }

    /// Returns the record of a layer that is there; otherwise the draft is to make it.
    private func claim(_ chain: Digest, in draft: Draft) throws(Problem) -> LayerRecord? {
        let id = ImageShelf.layerID(chain)
        guard try draft.claim(id) else { return nil }
        let standing = try standing(id)
        guard standing.chain == "\(chain)" else {
            throw Problem(
                .notVerified, "two layers have the short id \(id)",
                why: "\(standing.chain) is stored, and \(chain) was to be added")
        }
        return standing
    }

    private func source(
        of arriving: Arrival.Layer, _ record: LayerRecord, _ diff: Digest, above below: [String]
    ) -> LayerSource {
        let id = record.id
        var source = LayerSource(name: id, ownership: ownership) { () throws(Problem) in
            guard let bytes = try arriving.open() else {
                throw Problem(
                    .noSuchObject, "layer \(id) is not in the store any more",
                    why: "it was removed while the image was fetched",
                    next: "fetch the image again")
            }
            // What was verified may come in another packing than the manifest's.
            if !arriving.isVerified, let size = arriving.content?.size, size != bytes.count {
                throw Problem(
                    .notVerified, "layer \(id) has the wrong size",
                    why: "it has \(bytes.count) bytes, and the manifest says \(size)")
            }
            return bytes
        }
        source.diff = diff
        source.below = below
        source.blob = arriving.isVerified ? nil : arriving.content?.digest
        return source
    }

    /// Returns the record of a layer that is there: the database's, or the one beside it (F-53).
    func standing(_ id: String) throws(Problem) -> LayerRecord {
        if let record = try catalog.layerAnywhere(id: id) { return record }
        return try store.record(ofLayer: id)
    }

    func tell(_ unpacked: Unpacked, _ id: String) {
        if unpacked.lostAttributes > 0 {
            warn(
                "layer \(id) has \(unpacked.lostAttributes) extended attributes that this file "
                    + "system does not take, continuing without them")
        }
    }

    func commit(
        _ arrival: Arrival, id: Digest, config: ImageConfig, records: [LayerRecord], draft: Draft
    ) throws(Problem) -> ImageRecord {
        let manifest = arrival.manifest ?? ImageShelf.manifest(arrival, records)
        var image = ImageRecord(id: id.hex, digest: "\(Checksum.of(manifest))")
        image.names = arrival.names
        image.digestNames = arrival.digestNames
        image.created = config.created.flatMap { Moment.parse($0) } ?? 0
        image.added = Clock.wall()
        image.layers = records.map(\.id)
        image.size = records.reduce(0) { $0 + $1.size }
        image.config = arrival.config
        image.manifest = manifest
        let catalog = catalog
        let moved = try draft.commit(records) { () throws(Problem) in
            try catalog.insert(image, layers: records)
        }
        for name in moved { warn("\(name) was another image's name before") }
        return try catalog.image(id: image.id) ?? image
    }

    /// Makes the manifest of an image that came without one.
    private static func manifest(_ arrival: Arrival, _ records: [LayerRecord]) -> [UInt8] {
        func content(_ type: String, _ digest: String, _ size: Int64) -> JSON {
            .object([
                .init("mediaType", .string(type)), .init("digest", .string(digest)),
                .init("size", .integer(size)),
            ])
        }
        let config = content(
            MediaType.ociConfig, "\(Checksum.of(arrival.config))", Int64(arrival.config.count))
        let layers = records.map {
            content($0.mediaType ?? MediaType.ociLayer, $0.blob ?? $0.diff, $0.blobSize ?? 0)
        }
        return JSON.object([
            .init("schemaVersion", .integer(2)), .init("mediaType", .string(MediaType.ociManifest)),
            .init("config", config), .init("layers", .array(layers)),
        ]).bytes()
    }
}
