package import Base
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
        if choices.form == .dockerDirectory, images.count != 1 {
            throw Problem(
                .badUsage, "a directory of Docker's form holds one image",
                next: "save one image, or use --format oci-dir")
        }
        let place = ImagePlace(writing: SharedDescriptor(target), as: choices.form.location)
        let target = try place.target(scratch: store.draft())
        var wish = ImageTransfer.Choices()
        wish.form = choices.form.isOCI ? .oci : .v2s2
        wish.compression = choices.compression
        for (image, names) in images {
            var layers: [LayerRecord] = []
            for id in image.layers { layers.append(try standing(id)) }
            let bundle = try ImageBundle(of: image)
            var transfer = ImageTransfer(bundle, to: target.blobs, wish)
            transfer.unpacked[bundle.root.digest] = UnpackedLayers(store, layers)
            _ = try transfer.run(names: names)
        }
        try target.close()
    }
}

extension ImageShelf.SavedForm {
    /// The place of that form; it is open already, so its path is of no use.
    fileprivate var location: ImageLocation {
        switch self {
        case .dockerArchive: .dockerArchive(path: "", name: nil)
        case .ociArchive: .layoutArchive(path: "", name: nil)
        case .dockerDirectory: .directory(path: "")
        case .ociDirectory: .layout(path: "", name: nil)
        }
    }
}
