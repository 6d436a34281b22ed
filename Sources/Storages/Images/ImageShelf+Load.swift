package import Base
import Checksums
package import Kernel
package import Specs

/// Reading images that other programs saved: oci-archive, docker-archive, OCI directories.
extension ImageShelf {
    /// An image of an archive, and the names it had there.
    package struct Loaded {
        package let image: ImageRecord
        package let names: [String]
    }

    /// Loads every image of an archive or an OCI directory.
    ///
    /// The archive may be a pipe, and may be compressed as a whole.
    ///
    /// - Parameter admit: called for each image with the transport and the image's name there, before
    ///   anything of it is taken.
    package func load(
        _ file: consuming Descriptor, platform: Platform = .host,
        admit: (_ transport: String, _ name: String) throws(Problem) -> Void = { _, _ in }
    ) throws(Problem) -> [Loaded] {
        do throws(Problem) {
            let status = try explaining("cannot examine the archive") { () throws(KernelFault) in
                try file.status()
            }
            if status.kind == .directory {
                return try loadLayout(DirectoryLayout(SharedDescriptor(file)), platform) {
                    (name) throws(Problem) in try admit("oci", name)
                }
            }
            let plain = try plainFile(file, isRegular: status.kind == .regular)
            return try loadArchive(ArchiveIndex(plain), platform, admit)
        } catch {
            throw error.during("loading images")
        }
    }

    private func loadArchive(
        _ index: ArchiveIndex, _ platform: Platform,
        _ admit: (_ transport: String, _ name: String) throws(Problem) -> Void
    ) throws(Problem) -> [Loaded] {
        if index.has("oci-layout"), index.has("index.json") {
            return try loadLayout(ArchiveLayout(index), platform) { (name) throws(Problem) in
                try admit("oci-archive", name)
            }
        }
        if index.has("manifest.json") {
            try admit("docker-archive", "")
            return try loadDocker(index)
        }
        throw Problem(
            .badDocument, "the archive holds no image",
            why: "it has neither index.json nor manifest.json",
            next: "if it is a root file system, use \"martlet import FILE NAME\"")
    }

    /// Returns the archive uncompressed and seekable; what is not is written to a temporary file.
    func plainFile(_ file: consuming Descriptor, isRegular: Bool) throws(Problem)
        -> SharedDescriptor
    {
        let shared = SharedDescriptor(file)
        var head = [UInt8](repeating: 0, count: 6)
        if isRegular {
            var range = try ByteRange(shared)
            let count = try range.read(into: &head)
            if !Unpacker.isCompressed(head[..<count]) { return shared }
        }
        // The file has no name once it is open, so it goes whatever happens.
        let draft = try store.draft()
        let copy = try draft.scratch()
        var unpacker = Unpacker()
        while true {
            let bytes = try explaining("cannot read the archive") { () throws(KernelFault) in
                try shared.descriptor.read(upTo: 256 << 10)
            }
            if bytes.isEmpty { break }
            try unpacker.feed(bytes.span) { plain throws(Problem) in
                try ImageShelf.write(plain, copy)
            }
        }
        try unpacker.finish { plain throws(Problem) in try ImageShelf.write(plain, copy) }
        return SharedDescriptor(copy)
    }

    static func write(_ bytes: ByteSpan, _ file: borrowing Descriptor) throws(Problem) {
        do throws(KernelFault) {
            try file.writeAll(bytes)
        } catch {
            throw error.problem("cannot copy the archive into the store")
        }
    }

    // MARK: OCI

    private func loadLayout(
        _ layout: some ImageLayout, _ platform: Platform,
        _ admit: (_ name: String) throws(Problem) -> Void
    ) throws(Problem) -> [Loaded] {
        let document = try ManifestDocument(
            parsing: try layout.document("index.json", limit: Limits.manifestBytes),
            announced: MediaType.ociIndex, name: "index.json")
        guard case .index(let index) = document else {
            throw Problem(.badDocument, "the archive's index.json is no index")
        }
        let listed = index.manifests.filter { !$0.isAttestation }
        // Several without names are one image for several platforms.
        let isOneImage = listed.count > 1 && listed.allSatisfy { ImageShelf.name(of: $0) == nil }
        let chosen = isOneImage ? [try index.choose(for: platform, name: "the archive")] : listed
        guard !chosen.isEmpty else { throw Problem(.badDocument, "the archive holds no image") }
        var loaded: [Loaded] = []
        for manifest in chosen {
            try admit(manifest.annotations?["org.opencontainers.image.ref.name"] ?? "")
            let names = try ImageShelf.name(of: manifest).map { name throws(Problem) in
                [try ImageShelf.newName(name)]
            }
            loaded.append(try loadManifest(manifest, names: names ?? [], from: layout, platform))
        }
        return loaded
    }

    /// The name that the program which saved an image gave it.
    private static func name(of manifest: ContentDescriptor) -> String? {
        manifest.annotations?["io.containerd.image.name"]
            ?? manifest.annotations?["org.opencontainers.image.ref.name"]
    }

    private func loadManifest(
        _ content: ContentDescriptor, names: [String], from layout: some ImageLayout,
        _ platform: Platform
    ) throws(Problem) -> Loaded {
        var content = content
        // An index in an index is what Docker saves for several platforms.
        for _ in 0..<4 {
            let bytes = try layout.verified(content, limit: Limits.manifestBytes)
            switch try ManifestDocument(
                parsing: bytes, announced: content.mediaType, name: "\(content.digest)")
            {
            case .index(let index): content = try index.choose(for: platform, name: "the archive")
            case .image(let manifest):
                let config = try layout.verified(manifest.config, limit: Limits.imageConfigBytes)
                var layers: [Arrival.Layer] = []
                for layer in manifest.layers {
                    layers.append(
                        Arrival.Layer(
                            bytes: try? layout.blob(layer.digest), content: layer, isVerified: false
                        ))
                }
                var arrival = Arrival(manifest: bytes, config: config, layers: layers)
                arrival.names = names
                return Loaded(image: try add(arrival), names: names)
            }
        }
        throw Problem(.badDocument, "the archive's indexes are nested too deep")
    }

    // MARK: Docker

    private func loadDocker(_ index: ArchiveIndex) throws(Problem) -> [Loaded] {
        let items = try DockerArchive(index).items()
        var loaded: [Loaded] = []
        for item in items {
            let config = try index.member(item.config).all(
                limit: Limits.imageConfigBytes, name: item.config)
            try ImageShelf.checkDockerName(item.config, config)
            var layers: [Arrival.Layer] = []
            for name in item.layers {
                layers.append(
                    Arrival.Layer(bytes: try index.member(name), content: nil, isVerified: true))
            }
            var arrival = Arrival(manifest: nil, config: config, layers: layers)
            for name in item.names ?? [] { arrival.names.append(try DockerArchive.full(name)) }
            loaded.append(Loaded(image: try add(arrival), names: arrival.names))
        }
        return loaded
    }

    /// The configuration's file name is its digest, where it is one at all.
    private static func checkDockerName(_ name: String, _ config: [UInt8]) throws(Problem) {
        var word = Substring(name.split(separator: "/").last ?? "")
        if word.hasSuffix(".json") { word = word.dropLast(5) }
        guard let digest = try? Digest("sha256:\(word)") else { return }
        let found = Checksum.of(config)
        if found != digest { throw LayerSource.differs("configuration", digest, found) }
    }
}
