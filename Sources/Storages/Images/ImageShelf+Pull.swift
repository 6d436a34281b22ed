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

    /// Adds an image whose documents lie in the directory of blobs, and whose layers lie there or
    /// are on their way.
    ///
    /// The blobs of its layers are removed when they are unpacked, before the store is made durable:
    /// else the disk would be given them too.
    ///
    /// - Parameters:
    ///   - names: full names with tags that the image gets.
    ///   - word: a pipe's reading end that brings one byte when all is there and verified; nil where
    ///     it is there already.
    /// - Throws: `wrongState` where a blob is gone again: whoever pulled the same image has removed
    ///   it, and has it in the store.
    package func add(
        pulled image: RegistryImage, names: [String], until word: SharedDescriptor? = nil
    ) throws(Problem) -> ImageRecord {
        let blobs = SharedDescriptor(try blobs())
        let arriving = word.map { ArrivingBlobs(in: blobs, until: $0) }
        var layers: [Arrival.Layer] = []
        for layer in image.layers {
            layers.append(
                Arrival.Layer(content: layer, isVerified: true) { () throws(Problem) in
                    guard let arriving else { return try ImageShelf.file(layer.digest, in: blobs) }
                    return try arriving.open(layer)
                })
        }
        var arrival = Arrival(
            manifest: try document(image.manifest, Limits.manifestBytes, in: blobs),
            config: try document(image.config, Limits.imageConfigBytes, in: blobs), layers: layers)
        arrival.names = names
        var digests = ["\(image.reference.name)@\(image.digest)"]
        if image.manifest.digest != image.digest, !image.isDecrypted {
            digests.append("\(image.reference.name)@\(image.manifest.digest)")
        }
        arrival.digestNames = digests
        return try add(arrival) { (hasUnpacked) throws(Problem) in
            if hasUnpacked { try arriving?.allAreVerified() }
            ImageShelf.drop(image.blobs, in: blobs)
        }
    }

    /// Removes blobs that are needed no more, and what a transfer that was broken off left of them.
    package static func drop(_ digests: [Digest], in blobs: SharedDescriptor) {
        for digest in digests {
            // Another program may have removed it, or still read it; both are fine.
            try? Files.remove(at: blobs.descriptor, FileName("\(digest)"))
            removePart(of: digest, in: blobs)
        }
    }

    /// Removes what a transfer that was broken off left of a blob, unless somebody goes on with it.
    private static func removePart(of digest: Digest, in blobs: SharedDescriptor) {
        let name = ".\(digest).part"
        guard let file = try? Files.open(at: blobs.descriptor, name, [.read, .noFollow]),
            (try? file.lock(exclusive: true, waiting: false)) == true
        else { return }
        try? Files.remove(at: blobs.descriptor, name)
    }

    private func document(
        _ content: ContentDescriptor, _ limit: Int, in blobs: SharedDescriptor
    ) throws(Problem) -> [UInt8] {
        guard let range = try ImageShelf.file(content.digest, in: blobs) else {
            throw ArrivingBlobs.missing
        }
        return try range.all(limit: limit, name: "\(content.digest)")
    }

    private static func file(_ digest: Digest, in blobs: SharedDescriptor) throws(Problem)
        -> ByteRange?
    {
        let file: SharedDescriptor
        do throws(KernelFault) {
            file = SharedDescriptor(
                try Files.open(at: blobs.descriptor, FileName("\(digest)"), [.read, .noFollow]))
        } catch {
            if error.isAbsence { return nil }
            throw error.problem("cannot read blob \(digest.short)")
        }
        return try ByteRange(file)
    }
}

extension RegistryImage {
    /// All that is fetched for it.
    package var blobs: [Digest] {
        (layers + [manifest, config]).map(\.digest) + [digest]
    }
}
