package import Base
import Checksums
package import Kernel
package import Specs

/// Writing images in the forms that other programs read.
extension ImageShelf {
    /// The forms of podman-save(1).
    package enum SavedForm: String, CaseIterable, Sendable {
        case dockerArchive = "docker-archive"
        case ociArchive = "oci-archive"
        case dockerDirectory = "docker-dir"
        case ociDirectory = "oci-dir"

        /// Whether it is a directory and not one file.
        package var isDirectory: Bool { self == .dockerDirectory || self == .ociDirectory }
        var isOCI: Bool { self == .ociArchive || self == .ociDirectory }
    }

    /// What `martlet save` was told.
    package struct SaveChoices: Sendable {
        package var form = SavedForm.dockerArchive
        /// How layers are packed.
        package var compression = Compression(.none)

        package init() {}
    }

    /// Saves images by the names that were asked for; every layer is verified on its way.
    ///
    /// - Parameter target: an open file, or a directory for the forms that are one.
    /// - Requires: the caller stands in the user namespace.
    package func save(
        _ images: [(image: ImageRecord, names: [String])], to target: consuming Descriptor,
        _ choices: SaveChoices
    ) throws(Problem) {
        let shared = SharedDescriptor(target)
        let files: any SavedFiles =
            choices.form.isDirectory ? SavedDirectory(shared) : SavedArchive(shared)
        if choices.form.isOCI {
            try saveLayout(images, to: files, choices)
        } else if choices.form == .dockerArchive {
            try saveDocker(images, to: files)
        } else {
            guard let only = images.first, images.count == 1 else {
                throw Problem(
                    .badUsage, "a directory of Docker's form holds one image",
                    next: "save one image, or use --format oci-dir")
            }
            try saveDirectory(only.image, to: files, choices)
        }
        try files.finish()
    }

    // MARK: OCI

    private func saveLayout(
        _ images: [(image: ImageRecord, names: [String])], to files: any SavedFiles,
        _ choices: SaveChoices
    ) throws(Problem) {
        try files.put("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        try files.makeDirectory("blobs")
        try files.makeDirectory("blobs/sha256")
        var index = ImageIndex(manifests: [])
        for (image, names) in images {
            let manifest = try saveBlobs(of: image, to: files, choices) {
                "blobs/\($0.algorithm.rawValue)/\($0.hex)"
            }
            let bytes = JSON(encoding: manifest).bytes()
            var content = ContentDescriptor(
                mediaType: MediaType.ociManifest, digest: Checksum.of(bytes),
                size: Int64(bytes.count))
            try putOnce("blobs/sha256/\(content.digest.hex)", bytes, to: files)
            for name in names {
                content.annotations = ["org.opencontainers.image.ref.name": name]
                index.manifests.append(content)
            }
            if names.isEmpty { index.manifests.append(content) }
        }
        try files.put("index.json", JSON(encoding: index).bytes())
    }

    /// Saves the configuration and the layers of an image, and returns the manifest of them.
    private func saveBlobs(
        of image: ImageRecord, to files: any SavedFiles, _ choices: SaveChoices,
        name: (Digest) -> String
    ) throws(Problem) -> ImageManifest {
        let isOCI = choices.form.isOCI
        let config = Checksum.of(image.config)
        try putOnce(name(config), image.config, to: files)
        var layers: [ContentDescriptor] = []
        for id in image.layers {
            let layer = try standing(id)
            layers.append(try saveLayer(layer, to: files, choices, isOCI: isOCI, name: name))
        }
        return ImageManifest(
            mediaType: isOCI ? MediaType.ociManifest : MediaType.dockerManifest,
            config: ContentDescriptor(
                mediaType: isOCI ? MediaType.ociConfig : MediaType.dockerConfig, digest: config,
                size: Int64(image.config.count)),
            layers: layers)
    }

    private func saveLayer(
        _ layer: LayerRecord, to files: any SavedFiles, _ choices: SaveChoices, isOCI: Bool,
        name: (Digest) -> String
    ) throws(Problem) -> ContentDescriptor {
        let store = store
        guard choices.compression.kind != .none else {
            let digest = try Digest(layer.diff)
            let size = try store.archiveSize(of: layer.id)
            if !files.has(name(digest)) {
                try files.put(name(digest), size: size) { write throws(Problem) in
                    try store.archive(of: layer, write)
                }
            }
            return ContentDescriptor(
                mediaType: isOCI ? MediaType.ociLayer : MediaType.dockerLayer, digest: digest,
                size: size)
        }
        // Name and size come before the content, and are known after it.
        let draft = try store.draft()
        let packed = SharedDescriptor(try draft.scratch())
        let digest = try pack(layer, choices.compression, into: packed)
        var source = try ByteRange(packed)
        let size = source.count
        if !files.has(name(digest)) {
            try files.put(name(digest), size: size) { write throws(Problem) in
                var buffer = [UInt8](repeating: 0, count: 256 << 10)
                while true {
                    let count = try source.read(into: &buffer)
                    if count == 0 { return }
                    try write(buffer.span.extracting(0..<count))
                }
            }
        }
        let isZstd = choices.compression.kind == .zstd
        let type =
            isOCI
            ? (isZstd ? MediaType.ociLayerZstd : MediaType.ociLayerGzip)
            : (isZstd ? MediaType.dockerLayerZstd : MediaType.dockerLayerGzip)
        return ContentDescriptor(mediaType: type, digest: digest, size: size)
    }

    private func pack(
        _ layer: LayerRecord, _ compression: Compression, into file: SharedDescriptor
    ) throws(Problem) -> Digest {
        var checksum = Checksum(.sha256)
        let packer = Packer(compression)
        try store.archive(of: layer) { bytes throws(Problem) in
            try packer.feed(bytes) { packed throws(Problem) in
                checksum.update(packed)
                try ImageShelf.write(packed, file.descriptor)
            }
        }
        try packer.finish { packed throws(Problem) in
            checksum.update(packed)
            try ImageShelf.write(packed, file.descriptor)
        }
        return checksum.finish()
    }

    private func putOnce(_ name: String, _ bytes: [UInt8], to files: any SavedFiles)
        throws(Problem)
    {
        if !files.has(name) { try files.put(name, bytes) }
    }

    // MARK: Docker

    private struct DockerItem: Encodable {
        var config: String
        var names: [String]
        var layers: [String]

        enum CodingKeys: String, CodingKey {
            case config = "Config"
            case names = "RepoTags"
            case layers = "Layers"
        }
    }

    private func saveDocker(
        _ images: [(image: ImageRecord, names: [String])], to files: any SavedFiles
    ) throws(Problem) {
        var choices = SaveChoices()
        choices.compression = Compression(.none)
        var items: [DockerItem] = []
        for (image, names) in images {
            let config = "\(image.id).json"
            try putOnce(config, image.config, to: files)
            var layers: [String] = []
            for id in image.layers {
                let layer = try standing(id)
                let content = try saveLayer(layer, to: files, choices, isOCI: false) {
                    "\($0.hex).tar"
                }
                layers.append("\(content.digest.hex).tar")
            }
            items.append(DockerItem(config: config, names: names, layers: layers))
        }
        try files.put("manifest.json", JSON(encoding: items).bytes())
    }

    private func saveDirectory(
        _ image: ImageRecord, to files: any SavedFiles, _ choices: SaveChoices
    ) throws(Problem) {
        try files.put("version", Array("Directory Transport Version: 1.1\n".utf8))
        let manifest = try saveBlobs(of: image, to: files, choices) { $0.hex }
        try files.put("manifest.json", JSON(encoding: manifest).bytes())
    }
}
