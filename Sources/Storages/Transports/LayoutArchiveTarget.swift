package import Base
package import Kernel
package import Specs

/// An OCI layout in an archive, written in one go: it may be a pipe.
package final class LayoutArchiveTarget: BlobTarget {
    package let scratch: SharedDescriptor
    private let archive: GrowingArchive
    private var written: Set<Digest> = []
    private var index = ImageIndex(manifests: [])

    /// - Parameter scratch: a directory for what has to be made before its size is known.
    package init(_ file: SharedDescriptor, scratch: SharedDescriptor) throws(Problem) {
        archive = try GrowingArchive(file)
        self.scratch = scratch
        for name in ["blobs/", "blobs/sha256/"] { try archive.addDirectory(name) }
    }

    package func accepts(_ type: String) -> Bool {
        type == MediaType.ociManifest || type == MediaType.ociIndex
    }
    package func has(_ content: ContentDescriptor) throws(Problem) -> Bool {
        written.contains(content.digest)
    }
    package func take(_ content: ContentDescriptor, from range: ByteRange) throws(Problem) {
        try LayoutTarget.check(content.digest)
        guard written.insert(content.digest).inserted else { return }
        try archive.add(Self.path(content), content, range)
    }
    package func take(
        _ contents: [ContentDescriptor], making: (Int, BlobSink) throws(Problem) -> Void
    ) throws(Problem) {
        for content in contents {
            try LayoutTarget.check(content.digest)
            written.insert(content.digest)
        }
        try archive.add(contents.map { ($0.size, Self.path($0)) }, making)
    }
    package func take(manifest bytes: [UInt8], _ content: ContentDescriptor) throws(Problem) {
        try LayoutTarget.check(content.digest)
        guard written.insert(content.digest).inserted else { return }
        try archive.add(Self.path(content), bytes)
    }
    package func finish(_ root: ContentDescriptor, _ bytes: [UInt8], names: [String])
        throws(Problem)
    {
        try take(manifest: bytes, root)
        index = LayoutTarget.listing(root, names, in: index)
    }

    /// Writes the list of all images that were finished, and the end.
    package func close() throws(Problem) {
        try archive.add("index.json", JSON(encoding: index).bytes())
        try archive.add("oci-layout", LayoutTarget.version)
        try archive.finish()
    }

    private static func path(_ content: ContentDescriptor) -> String {
        "blobs/sha256/\(content.digest.hex)"
    }
}
