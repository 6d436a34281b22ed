package import Base
import Checksums
package import Kernel
package import Specs

/// The archive that `docker load` reads: layers unpacked, and manifest.json over them.
package final class DockerArchiveTarget: BlobTarget {
    package let scratch: SharedDescriptor
    private let archive: GrowingArchive
    private var written: Set<String> = []
    private var config: (name: String, bytes: [UInt8])?
    private var layers: [String] = []
    private var items: [JSON] = []

    /// - Parameter scratch: a directory for what has to be made before its size is known.
    package init(_ file: SharedDescriptor, scratch: SharedDescriptor) {
        archive = GrowingArchive(file: file)
        self.scratch = scratch
    }

    package func accepts(_ type: String) -> Bool { type == MediaType.dockerManifest }

    package func take(_ content: ContentDescriptor, from range: ByteRange) throws(Problem) {
        guard content.mediaType != MediaType.dockerConfig else {
            let bytes = try range.all(limit: Limits.imageConfigBytes, name: "configuration")
            let found = Checksum.of(bytes)
            if found != content.digest {
                throw LayerSource.differs("configuration", content.digest, found)
            }
            config = ("\(content.digest.hex).json", bytes)
            return
        }
        let name = "\(content.digest.hex).tar"
        layers.append(name)
        guard written.insert(name).inserted else { return }
        try archive.add(name, content, range)
    }

    package func take(manifest bytes: [UInt8], _ content: ContentDescriptor) throws(Problem) {
        throw Problem(
            .badUsage, "an index cannot be written into a docker-archive",
            next: "choose one platform, or write an oci-archive")
    }

    package func finish(_ root: ContentDescriptor, _ bytes: [UInt8], name: String?)
        throws(Problem)
    {
        guard let config, MediaType.isManifest(root.mediaType) else {
            return try take(manifest: bytes, root)
        }
        if written.insert(config.name).inserted { try archive.add(config.name, config.bytes) }
        items.append(
            .object([
                .init("Config", .string(config.name)),
                .init("RepoTags", .array(name.map { [.string($0)] } ?? [])),
                .init("Layers", .array(layers.map { .string($0) })),
            ]))
        (self.config, layers) = (nil, [])
    }

    /// Gives the image that was finished last one more name.
    package func add(name: String) {
        guard case .object(var members)? = items.popLast(),
            case .array(let names) = members[1].value
        else { return }
        members[1].value = .array(names + [.string(name)])
        items.append(.object(members))
    }

    /// Writes the list of all images that were finished, and the end.
    package func close() throws(Problem) {
        try archive.add("manifest.json", JSON.array(items).bytes())
        try archive.write(TarWriter.end.span)
    }
}
