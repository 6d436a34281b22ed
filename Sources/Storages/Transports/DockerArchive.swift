import Base
import Checksums
import Kernel
import Specs

/// What `docker save` writes: configurations and layers in an archive, and manifest.json over them.
///
/// There are no digests in it but those of the configuration, so layers are read once to learn
/// theirs.
struct DockerArchive {
    /// One image of manifest.json.
    struct Item: Codable {
        var config: String
        var names: [String]?
        var layers: [String]

        enum CodingKeys: String, CodingKey {
            case config = "Config"
            case names = "RepoTags"
            case layers = "Layers"
        }
    }

    let index: ArchiveIndex

    init(_ index: ArchiveIndex) { self.index = index }

    /// Reads manifest.json.
    func items() throws(Problem) -> [Item] {
        let bytes = try index.member("manifest.json").all(
            limit: Limits.manifestBytes, name: "manifest.json")
        let items = try JSON(parsing: bytes, name: "manifest.json", limit: Limits.manifestBytes)
            .decode([Item].self, name: "manifest.json")
        guard !items.isEmpty else { throw Problem(.badDocument, "the archive holds no image") }
        return items
    }

    /// Makes the manifest that the archive lacks.
    ///
    /// - Parameter name: a full name, or nil where the archive holds one image alone.
    func bundle(named name: String?, shown: String) throws(Problem) -> ImageBundle {
        let items = try items()
        let found = name.map { name in items.filter { $0.fullNames.contains(name) } } ?? items
        guard let item = found.first, found.count == 1 else {
            let names = items.flatMap(\.fullNames).joined(separator: ", ").printable
            throw Problem(
                found.isEmpty ? .noSuchImage : .badUsage,
                found.isEmpty
                    ? "\"\(shown.printable)\" holds no image of that name"
                    : "\"\(shown.printable)\" holds several images", why: "it has \(names)",
                next: "write the name of one after a colon")
        }
        let config = try index.member(item.config).all(
            limit: Limits.imageConfigBytes, name: item.config)
        var source = KnownRanges()
        var layers: [ContentDescriptor] = []
        for name in item.layers {
            let range = try index.member(name)
            let (digest, head) = try DockerArchive.digest(range)
            let type =
                Unpacker.isCompressed(head[...]) ? MediaType.dockerLayerGzip : MediaType.dockerLayer
            layers.append(ContentDescriptor(mediaType: type, digest: digest, size: range.count))
            source.ranges[digest] = range
        }
        let manifest = ImageManifest(
            mediaType: MediaType.dockerManifest,
            config: ContentDescriptor(
                mediaType: MediaType.dockerConfig, digest: Checksum.of(config),
                size: Int64(config.count)), layers: layers)
        let bytes = JSON(encoding: manifest).bytes()
        let documents = [Checksum.of(config): config, Checksum.of(bytes): bytes]
        return ImageBundle(
            root: ContentDescriptor(
                mediaType: MediaType.dockerManifest, digest: Checksum.of(bytes),
                size: Int64(bytes.count)),
            name: name ?? item.fullNames.first,
            source: MadeDocuments(documents: documents, rest: source))
    }

    /// Returns a whole name: Docker leaves its own registry's out.
    static func full(_ name: String) throws(Problem) -> String {
        let reference = try ImageReference(name).complete
        return (reference.isShort ? reference.qualified(with: "docker.io") : reference).description
    }

    private static func digest(_ range: ByteRange) throws(Problem) -> (Digest, [UInt8]) {
        var rest = range
        var checksum = Checksum()
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let got = try rest.read(into: &buffer)
            if got == 0 { return (checksum.finish(), head) }
            if head.isEmpty { head = Array(buffer[..<min(got, 6)]) }
            checksum.update(buffer.span.extracting(0..<got))
        }
    }
}

extension DockerArchive.Item {
    /// The full names.
    var fullNames: [String] {
        (names ?? []).compactMap { try? DockerArchive.full($0) }
    }
}

/// Blobs whose places are known.
private struct KnownRanges: BlobSource {
    var ranges: [Digest: ByteRange] = [:]

    func blob(_ digest: Digest) throws(Problem) -> ByteRange {
        guard let range = ranges[digest] else {
            throw Problem(.noSuchObject, "there is no content \"\(digest)\" in the archive")
        }
        return range
    }
}
