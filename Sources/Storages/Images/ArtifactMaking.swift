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
    /// What a configuration is that nobody has given a type.
    private static let unknownConfigType = "application/vnd.unknown.config.v1+json"
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

    /// Lets it refer to an image or another artifact, so that it is found with that; see image-spec
    /// manifest.md, "subject".
    package mutating func setSubject(_ subject: ContentDescriptor) { manifest.subject = subject }

    /// Gives it the content of a file as its configuration, or the empty one another type.
    ///
    /// - Throws: `badUsage` for the type of images, which it is none of.
    package mutating func setConfig(_ path: String?, type: String?) throws(Problem) {
        guard type != MediaType.ociConfig, type != MediaType.dockerConfig else {
            throw Problem(
                .badUsage, "an artifact cannot have an image's configuration",
                why: "\(type ?? "") is what tells an image from an artifact",
                next: "use a type of your own, or leave --artifact-config-type out")
        }
        if let path {
            let what = "cannot use \"\(path.printable)\" as the artifact's configuration"
            manifest.config = try take(path, what).content
            manifest.config.mediaType = Self.unknownConfigType
        }
        if let type { manifest.config.mediaType = type }
    }

    /// Writes when it was made, as `artifact ls` shows it.
    package mutating func date(_ nanoseconds: Int64) {
        var annotations = manifest.annotations ?? [:]
        annotations["org.opencontainers.image.created"] = Timestamp.text(nanoseconds)
        manifest.annotations = annotations
    }

    /// Adds a file under the last part of its path.
    ///
    /// - Parameters:
    ///   - type: its media type; nil is told from its first bytes.
    ///   - isTitled: whether the artifact says what it is called.
    /// - Throws: `nameInUse` where the artifact has a file of that name.
    package mutating func add(
        _ path: String, type: String?, annotations: [String: String], isTitled: Bool = true
    ) throws(Problem) {
        let title = String(path.split(separator: "/").last ?? "")
        let what = "cannot add \"\(path.printable)\" to the artifact"
        guard !isTitled || !manifest.layers.contains(where: { $0.title == title }) else {
            throw Problem(.nameInUse, what, why: "it has a file \"\(title.printable)\" already")
        }
        var (content, head) = try take(path, what)
        content.mediaType = type ?? Self.type(of: head)
        var annotations = annotations
        if isTitled { annotations[ContentDescriptor.titleKey] = title }
        content.annotations = annotations.isEmpty ? nil : annotations
        manifest.layers.append(content)
    }

    /// Takes a file into the layout.
    ///
    /// - Returns: what it is, without a type, and its first bytes.
    private func take(_ path: String, _ what: String) throws(Problem)
        -> (content: ContentDescriptor, head: [UInt8])
    {
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
        let content = ContentDescriptor(mediaType: "", digest: checksum.finish(), size: range.count)
        if try !layout.has(content) { try layout.take(content, from: range) }
        return (content, head)
    }

    /// Writes the manifest, and returns what it is; the draft's layout is whole then.
    @discardableResult
    package func finish() throws(Problem) -> ContentDescriptor {
        let bytes = JSON(encoding: manifest).bytes()
        let root = ContentDescriptor(
            mediaType: MediaType.ociManifest, digest: Checksum.of(bytes), size: Int64(bytes.count))
        try LayoutTarget(draft.place).finish(root, bytes, names: [])
        return root
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
