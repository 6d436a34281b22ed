package import Base
import Checksums
package import Kernel
package import Specs

/// The archive that `docker load` reads: layers unpacked, and manifest.json over them.
package final class DockerArchiveTarget: BlobTarget {
    package let scratch: SharedDescriptor
    private let archive: GrowingArchive
    private var written: Set<Digest> = []
    private var items: [DockerArchive.Item] = []

    /// - Parameter scratch: a directory for what has to be made before its size is known.
    package init(_ file: SharedDescriptor, scratch: SharedDescriptor) throws(Problem) {
        archive = try GrowingArchive(file)
        self.scratch = scratch
    }

    package var unpacksLayers: Bool { true }
    package func accepts(_ type: String) -> Bool { type == MediaType.dockerManifest }
    package func has(_ content: ContentDescriptor) throws(Problem) -> Bool {
        written.contains(content.digest)
    }

    package func take(_ content: ContentDescriptor, from range: ByteRange) throws(Problem) {
        guard written.insert(content.digest).inserted else { return }
        let name = content.mediaType == MediaType.dockerConfig ? Self.config : Self.layer
        try archive.add(name(content), content, range)
    }

    package func take(
        _ contents: [ContentDescriptor], making: (Int, BlobSink) throws(Problem) -> Void
    ) throws(Problem) {
        for content in contents { written.insert(content.digest) }
        try archive.add(contents.map { ($0.size, Self.layer($0)) }, making)
    }

    package func take(manifest bytes: [UInt8], _ content: ContentDescriptor) throws(Problem) {
        throw Problem(
            .badUsage, "an index cannot be written into a docker-archive",
            next: "choose one platform, or write an oci-archive")
    }

    package func finish(_ root: ContentDescriptor, _ bytes: [UInt8], names: [String])
        throws(Problem)
    {
        let document = try ManifestDocument(
            parsing: bytes, announced: root.mediaType, name: "\(root.digest)")
        guard case .image(let image) = document else { return try take(manifest: bytes, root) }
        items.append(
            DockerArchive.Item(
                config: Self.config(image.config), names: names,
                layers: image.layers.map(Self.layer)))
    }

    /// Writes the list of all images that were finished, and the end.
    package func close() throws(Problem) {
        try archive.add("manifest.json", JSON(encoding: items).bytes())
        try archive.finish()
    }

    private static func config(_ content: ContentDescriptor) -> String {
        "\(content.digest.hex).json"
    }

    private static func layer(_ content: ContentDescriptor) -> String {
        "\(content.digest.hex).tar"
    }
}
