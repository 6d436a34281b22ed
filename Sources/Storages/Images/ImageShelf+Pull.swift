package import Base
package import Kernel
package import Specs

/// Adding what the registry helper has fetched.
extension ImageShelf {
    /// Returns the digests of compressed layers whose content is in the store already.
    ///
    /// What is only believed to be there is not listed: each row's directory is looked for.
    package func known(_ layers: [ContentDescriptor], config: [UInt8]) throws(Problem) -> [Digest] {
        let config = try ImageConfig(
            parsing: config, layers: layers.count, name: "image configuration")
        var known: [Digest] = []
        for (layer, chain) in zip(layers, ImageShelf.chains(config.rootfs.diffIDs)) {
            if try store.has(layer: ImageShelf.layerID(chain)) { known.append(layer.digest) }
        }
        return known
    }

    /// Opens the directory that the registry helper fetches into, below the data directory.
    package func blobs() throws(Problem) -> Descriptor {
        try explaining("cannot open the directory of blobs") { () throws(KernelFault) in
            try Store.directory("blobs", in: store.data)
        }
    }

    /// Adds an image whose documents and layers lie in the directory of blobs, verified.
    ///
    /// The blobs of its layers are removed once the image is in the store.
    ///
    /// - Parameter names: full names with tags that the image gets.
    package func add(pulled image: RegistryImage, names: [String]) throws(Problem) -> ImageRecord {
        let blobs = try blobs()
        func file(_ digest: Digest) throws(Problem) -> ByteRange? {
            let name = FileName("\(digest)")
            let open: Descriptor
            do throws(KernelFault) {
                open = try Files.open(at: blobs, name, [.read, .noFollow])
            } catch {
                if error.isAbsence { return nil }
                throw error.problem("cannot read blob \(digest.short)")
            }
            return try ByteRange(SharedDescriptor(open))
        }
        func document(_ content: ContentDescriptor, _ limit: Int) throws(Problem) -> [UInt8] {
            guard let range = try file(content.digest) else {
                throw Problem(.helper, "the registry helper left no \(content.digest)")
            }
            return try range.all(limit: limit, name: "\(content.digest)")
        }
        var layers: [Arrival.Layer] = []
        for layer in image.layers {
            layers.append(
                Arrival.Layer(bytes: try file(layer.digest), content: layer, isVerified: true))
        }
        var arrival = Arrival(
            manifest: try document(image.manifest, Limits.manifestBytes),
            config: try document(image.config, Limits.imageConfigBytes), layers: layers)
        arrival.names = names
        var digests = ["\(image.reference.name)@\(image.digest)"]
        if image.manifest.digest != image.digest {
            digests.append("\(image.reference.name)@\(image.manifest.digest)")
        }
        arrival.digestNames = digests
        let record = try add(arrival)
        for content in image.layers + [image.manifest, image.config] {
            // Another program may have removed it, or still read it; both are fine.
            try? Files.remove(at: blobs, FileName("\(content.digest)"))
        }
        return record
    }
}
