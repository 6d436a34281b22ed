package import Base
import Checksums
import Kernel
package import Specs

/// Making an image of what a container has written.
extension ImageShelf {
    /// What `martlet commit` was told besides the container.
    package struct CommitChoices: Sendable {
        /// The name of the new image, or nil for none.
        package var name: String?
        /// Containerfile instructions that change the configuration: `CMD /bin/sh`.
        package var changes: [String] = []
        package var author: String?
        package var message: String?
        /// Whether the new image has one layer, with all that the container sees.
        package var squashes = false
        /// How containers of the new image start.
        package var execution = ImageConfig.Execution()

        package init() {}
    }

    /// Where the files of a container are, for `commit`.
    package struct CommitSource {
        /// The directory of what the container wrote, and below it those of its image where the
        /// new image has one layer of everything; topmost first.
        package var stack: [TreePart]
        /// Ids of the image's layers, lowest first.
        package var layers: [String]
        /// The image's configuration; nil where the container has a root directory of its own.
        package var base: ImageConfig?
        /// Returns what owners are called in the image.
        package var owners: TreeArchive.Owners

        package init(
            stack: [TreePart], layers: [String], base: ImageConfig?,
            owners: @escaping TreeArchive.Owners
        ) {
            self.stack = stack
            self.layers = layers
            self.base = base
            self.owners = owners
        }
    }

    /// Makes an image of a container's image and what it has written since.
    ///
    /// The new layer takes the way of every layer: an archive, verified while it is unpacked.
    package func commit(_ source: CommitSource, _ choices: CommitChoices) throws(Problem)
        -> ImageRecord
    {
        let execution = try Changes.execution(choices.changes, on: choices.execution)
        let name = try choices.name.map { name throws(Problem) in try ImageShelf.newName(name) }
        let isWhole = choices.squashes || source.base == nil
        let draft = try store.draft()
        let archive = try archive(source, isWhole, in: draft)
        let bytes = try ByteRange(archive)
        var below: [LayerRecord] = []
        for id in isWhole ? [] : source.layers {
            guard try draft.claim(id) else {
                throw Problem(
                    .noSuchObject, "layer \(id) of the container's image is not in the store",
                    next: "pull the image again")
            }
            below.append(try standing(id))
        }
        var layer = LayerSource(name: "commit", bytes: bytes, ownership: ownership)
        layer.below = below.map(\.id)
        let unpacked = try draft.unpack(layer)
        let chain = ImageShelf.chain(above: below.last, diff: unpacked.diff)
        let id = ImageShelf.layerID(chain)
        var record = LayerRecord(
            id: id, chain: "\(chain)", diff: "\(unpacked.diff)", parent: below.last?.id)
        record.size = unpacked.size
        record.blobSize = bytes.count
        if try draft.claim(id) {
            try draft.drop("commit")
            record = try standing(id)
        } else {
            try draft.rename("commit", to: id)
        }
        tell(unpacked, id)
        let config = config(source, choices, execution, unpacked.diff, isWhole)
        var arrival = Arrival(manifest: nil, config: JSON(encoding: config).bytes(), layers: [])
        if let name { arrival.names = [name] }
        return try commit(
            arrival, id: Checksum.of(arrival.config), config: config, records: below + [record],
            draft: draft)
    }

    private func archive(_ source: CommitSource, _ isWhole: Bool, in draft: Draft)
        throws(Problem) -> SharedDescriptor
    {
        let shared = SharedDescriptor(try draft.scratch())
        let warn = warn
        try TreeArchive.write(
            source.stack, marks: isWhole ? .applied : .kept, owners: source.owners,
            leftOut: { path in
                warn(
                    "\"/\(String(decoding: path, as: UTF8.self).printable)\" would hide another "
                        + "file in a layer, continuing without it")
            }
        ) { bytes throws(Problem) in
            do throws(KernelFault) {
                try shared.descriptor.writeAll(bytes)
            } catch {
                throw error.problem("cannot write the new layer's archive")
            }
        }
        return shared
    }

    private func config(
        _ source: CommitSource, _ choices: CommitChoices, _ execution: ImageConfig.Execution,
        _ diff: Digest, _ isWhole: Bool
    ) -> ImageConfig {
        let now = Timestamp.text(Clock.wall())
        var step = ImageConfig.Step(created: now, createdBy: "martlet commit")
        step.author = choices.author
        step.comment = choices.message
        var config = source.base ?? ImageConfig(diffIDs: [])
        config.created = now
        config.author = choices.author ?? config.author
        config.config = execution
        config.rootfs.diffIDs = (isWhole ? [] : config.rootfs.diffIDs) + [diff]
        config.history = (isWhole ? [] : config.history ?? []) + [step]
        return config
    }
}
