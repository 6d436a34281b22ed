package import Base
import Checksums
package import Kernel
package import Specs

/// An OCI layout in a directory; images that are there already stay. See image-spec
/// image-layout.md.
package final class LayoutTarget: BlobTarget {
    package let scratch: SharedDescriptor
    private let top: BlobFiles
    private let blobs: BlobFiles
    private var index: ImageIndex

    /// Takes over an open directory, which may be empty.
    package init(_ directory: SharedDescriptor) throws(Problem) {
        scratch = try explaining("cannot make an image layout") { () throws(KernelFault) in
            for name in ["blobs", "blobs/sha256"]
            where try Files.statusIfPresent(at: directory.descriptor, FileName(name)) == nil {
                try Files.makeDirectory(at: directory.descriptor, name, permissions: 0o755)
            }
            return SharedDescriptor(
                try Files.openBeneath(
                    directory.descriptor, "blobs/sha256", [.read, .directory],
                    [.beneath, .noLinks]))
        }
        top = BlobFiles(directory: directory) { "\($0)" }
        blobs = BlobFiles(directory: scratch, name: \.hex)
        index = ImageIndex(manifests: [])
        let standing = try explaining("cannot read the image layout") { () throws(KernelFault) in
            try Files.statusIfPresent(at: directory.descriptor, "index.json")
        }
        guard standing != nil else { return }
        let bytes = try DirectoryLayout(directory).document(
            "index.json", limit: Limits.manifestBytes)
        guard
            case .index(let found) = try ManifestDocument(
                parsing: bytes, announced: nil, name: "index.json")
        else { throw Problem(.badDocument, "the index.json of the image layout is no index") }
        index = found
    }

    package func accepts(_ type: String) -> Bool {
        type == MediaType.ociManifest || type == MediaType.ociIndex
    }
    package func has(_ content: ContentDescriptor) throws(Problem) -> Bool {
        guard content.digest.algorithm == .sha256 else { return false }
        return try blobs.has(content)
    }
    package func take(_ content: ContentDescriptor, from range: ByteRange) throws(Problem) {
        try LayoutTarget.check(content.digest)
        try blobs.take(content, from: range)
    }
    package func take(_ content: ContentDescriptor, made name: String) throws(Problem) {
        try blobs.take(content, made: name, from: scratch)
    }
    package func take(manifest bytes: [UInt8], _ content: ContentDescriptor) throws(Problem) {
        try LayoutTarget.check(content.digest)
        try blobs.write(bytes, as: content.digest.hex)
    }

    package func take(
        _ contents: [ContentDescriptor], making: (Int, BlobSink) throws(Problem) -> Void
    ) throws(Problem) {
        for content in contents { try LayoutTarget.check(content.digest) }
        try blobs.take(contents, making: making)
    }

    package func finish(_ root: ContentDescriptor, _ bytes: [UInt8], names: [String])
        throws(Problem)
    {
        try take(manifest: bytes, root)
        index = LayoutTarget.listing(root, names, in: index)
        try top.write(JSON(encoding: index).bytes(), as: "index.json")
        try top.write(LayoutTarget.version, as: "oci-layout")
    }

    static let version = Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8)

    /// Returns the index with one more image under all its names; those of the same names go.
    static func listing(_ root: ContentDescriptor, _ names: [String], in index: ImageIndex)
        -> ImageIndex
    {
        guard !names.isEmpty else { return listing(root, nil, in: index) }
        return names.reduce(index) { listing(root, $1, in: $0) }
    }

    private static func listing(_ root: ContentDescriptor, _ name: String?, in index: ImageIndex)
        -> ImageIndex
    {
        var entry = root
        entry.annotations = name.map { ["org.opencontainers.image.ref.name": $0] }
        var index = index
        index.manifests.removeAll { old in
            let label = old.annotations?["org.opencontainers.image.ref.name"]
            return label == name && (name != nil || old.digest == root.digest)
        }
        index.manifests.append(entry)
        return index
    }

    static func check(_ digest: Digest) throws(Problem) {
        guard digest.algorithm == .sha256 else {
            throw Problem(
                .notBuilt, "content named by \(digest.algorithm.rawValue) cannot be written",
                why: "image layouts are written with sha256 alone")
        }
    }
}
