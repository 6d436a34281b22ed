package import Base
import Checksums
import Kernel
package import Specs

/// An artifact that is put together of files, in the layout of a draft.
///
/// See image-spec manifest.md, "Guidelines for Artifact Usage".
package struct ArtifactMaking {
    private let layout: BlobFiles
    private let draft: Draft
    private var manifest: ImageManifest

    /// What a manifest without a configuration has in its place.
    private static let empty = Array("{}".utf8)
    private static let emptyType = "application/vnd.oci.empty.v1+json"
    /// What an artifact is that nobody has given a type.
    package static let unknownType = "application/vnd.unknown.artifact.v1"

    /// Begins a new artifact, or one that has all that another has.
    package init(
        in draft: Draft, from standing: ArtifactShelf.Artifact?, of shelf: ArtifactShelf
    ) throws(Problem) {
        self.draft = draft
        let target = try LayoutTarget(draft.place)
        layout = BlobFiles(directory: target.scratch, name: \.hex)
        guard let standing else {
            let config = ContentDescriptor(
                mediaType: Self.emptyType, digest: Checksum.of(Self.empty),
                size: Int64(Self.empty.count))
            manifest = ImageManifest(config: config, layers: [])
            manifest.artifactType = Self.unknownType
            try layout.write(Self.empty, as: config.digest.hex)
            return
        }
        manifest = standing.manifest
        for part in [manifest.config] + manifest.layers where try !layout.has(part) {
            try layout.take(part, from: shelf.blob(part.digest))
        }
    }

    package mutating func setType(_ type: String) { manifest.artifactType = type }

    /// Writes when it was made, as `artifact ls` shows it.
    package mutating func date(_ nanoseconds: Int64) {
        var annotations = manifest.annotations ?? [:]
        annotations["org.opencontainers.image.created"] = Timestamp.text(nanoseconds)
        manifest.annotations = annotations
    }

    /// Adds a file under the last part of its path.
    ///
    /// - Parameter type: its media type; nil is told from its first bytes.
    /// - Throws: `nameInUse` where the artifact has a file of that name.
    package mutating func add(
        _ path: String, type: String?, annotations: [String: String]
    ) throws(Problem) {
        let title = String(path.split(separator: "/").last ?? "")
        let what = "cannot add \"\(path.printable)\" to the artifact"
        guard !manifest.layers.contains(where: { $0.title == title }) else {
            throw Problem(.nameInUse, what, why: "it has a file \"\(title.printable)\" already")
        }
        let file = try explaining(what) { () throws(KernelFault) in
            SharedDescriptor(try Files.open(path, [.read, .nonBlocking]))
        }
        let status = try explaining(what) { () throws(KernelFault) in try file.descriptor.status() }
        guard status.kind == .regular else { throw Problem(.badUsage, what, why: "it is no file") }
        let range = try ByteRange(file)
        var rest = range
        var checksum = Checksum()
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var head: [UInt8] = []
        while true {
            let count = try rest.read(into: &buffer)
            if count == 0 { break }
            if head.isEmpty { head = Array(buffer[..<min(count, 512)]) }
            checksum.update(buffer.span.extracting(0..<count))
        }
        var content = ContentDescriptor(
            mediaType: type ?? Self.type(of: head), digest: checksum.finish(), size: range.count)
        content.annotations = annotations.merging([ContentDescriptor.titleKey: title]) { $1 }
        if try !layout.has(content) { try layout.take(content, from: range) }
        manifest.layers.append(content)
    }

    /// Writes the manifest; the draft's layout is whole then.
    package func finish() throws(Problem) {
        let bytes = JSON(encoding: manifest).bytes()
        let root = ContentDescriptor(
            mediaType: MediaType.ociManifest, digest: Checksum.of(bytes), size: Int64(bytes.count))
        try LayoutTarget(draft.place).finish(root, bytes, names: [])
    }

    /// What a file's first bytes say it is; see RFC 6838 for the words.
    private static func type(of head: [UInt8]) -> String {
        if head.starts(with: [0x1F, 0x8B]) { return "application/x-gzip" }
        if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return "application/zstd" }
        if head.starts(with: "PK".utf8 + [3, 4]) { return "application/zip" }
        let isText = head.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
        return isText ? "text/plain; charset=utf-8" : "application/octet-stream"
    }
}

extension ContentDescriptor {
    package static let titleKey = "org.opencontainers.image.title"

    /// The name of the file that this is the content of.
    package var title: String? { annotations?[Self.titleKey] }
}
