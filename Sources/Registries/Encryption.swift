import Base
import Checksums
import Ciphers
import Kernel
import Specs

/// Encrypted layers: decrypted while they are pulled, or in the blobs directory.
extension Job {
    /// Returns the encrypted layers of an image by their places, each with what opens it.
    ///
    /// - Throws: what `SealedLayer` throws where the keys that were given are none of a layer's.
    private func sealed(_ image: ImageManifest) throws(Problem) -> [Int: SealedLayer] {
        var sealed: [Int: SealedLayer] = [:]
        let places = image.layers.indices.filter {
            MediaType.isEncrypted(image.layers[$0].mediaType)
        }
        if places.isEmpty { return [:] }
        let keys = try decryptionKeys()
        for place in places { sealed[place] = try SealedLayer(image.layers[place], keys: keys) }
        return sealed
    }

    /// Fetches the encrypted layers of an image and decrypts them in the directory.
    ///
    /// What they are shows only then, so all other layers come after them.
    ///
    /// - Returns: the image with all layers decrypted; nil where none is encrypted.
    /// - Throws: `noSuchObject` where another pull of the image has removed its encrypted layers.
    func opened(_ image: ImageManifest, _ session: Session, _ directory: BlobDirectory)
        async throws(Problem) -> ImageManifest?
    {
        let sealed = try sealed(image)
        if sealed.isEmpty { return nil }
        if let failure = await fetchAll(sealed.values.map(\.content), session, directory) {
            throw failure
        }
        defer { for layer in sealed.values { directory.drop(layer.content.digest) } }
        return try directory.decrypt(sealed, of: image)
    }

    private func decryptionKeys() throws(Problem) -> [DecryptionKey] {
        var keys: [DecryptionKey] = []
        for wish in request.decryption ?? [] {
            keys.append(
                try DecryptionKey(
                    try key(wish.key, "private"), passphrase: wish.passphrase,
                    name: wish.key.printable))
        }
        return keys
    }

    private func key(_ path: String, _ kind: String) throws(Problem) -> [UInt8] {
        guard let bytes = try view.read(path) else {
            throw Problem(.badValue, "there is no \(kind) key \"\(path.printable)\"")
        }
        return bytes
    }

    /// Keeps a manifest that was made of another one.
    func keep(_ image: ImageManifest, like old: FetchedManifest, in directory: BlobDirectory)
        throws(Problem) -> FetchedManifest
    {
        let bytes = JSON(encoding: image).bytes()
        let digest = Checksum.of(bytes)
        try directory.keep(bytes, as: digest)
        return FetchedManifest(
            bytes: bytes, digest: digest, document: .image(image), mediaType: old.mediaType)
    }

    /// Decrypts in the directory the layers of an image, or of all images of an index.
    func decrypt() throws(Problem) {
        try remake { (image, directory) throws(Problem) in
            try directory.decrypt(try sealed(image), of: image)
        }
    }

    /// Encrypts in the directory layers of an image, or of all images of an index.
    func encrypt() throws(Problem) {
        guard let wish = request.encryption, !wish.keys.isEmpty else {
            throw Problem(.badUsage, "no key was named", next: "give --encryption-key jwe:FILE")
        }
        var keys: [EncryptionKey] = []
        for path in wish.keys {
            keys.append(try EncryptionKey(try key(path, "public"), name: path.printable))
        }
        try remake { (image, directory) throws(Problem) in
            // Nothing that was to be encrypted is left as it is without a word.
            guard image.isImage else {
                throw Problem(.notBuilt, "artifacts are not encrypted")
            }
            var made = image
            for place in try Job.chosen(wish.layers, of: image.layers.count) {
                let layer = image.layers[place]
                guard !MediaType.isEncrypted(layer.mediaType) else {
                    throw Problem(
                        .refused, "the layer \(layer.digest.short) cannot be encrypted",
                        why: "it is encrypted already",
                        next: "have it decrypted, too: --decryption-key FILE")
                }
                made.layers[place] = try directory.encrypt(layer, for: keys).content
            }
            return made
        }
    }

    /// Which layers are meant, where the lowest is 0 and the highest -1.
    static func chosen(_ wished: [Int]?, of count: Int) throws(Problem) -> [Int] {
        guard let wished else { return Array(0..<count) }
        var chosen: Set<Int> = []
        for number in wished {
            guard (-count..<count).contains(number) else {
                throw Problem(
                    .badValue, "there is no layer \(number)", why: "the image has \(count) layers",
                    next: "count from 0, the lowest, or down from -1, the highest")
            }
            chosen.insert(number < 0 ? number + count : number)
        }
        return chosen.sorted()
    }

    /// Makes other images of those that are there, and says what stands for the whole then.
    ///
    /// - Parameter work: returns nil where an image stays as it is.
    private func remake(
        _ work: (ImageManifest, BlobDirectory) throws(Problem) -> ImageManifest?
    ) throws(Problem) {
        guard let root = request.manifest else { throw Problem(.badUsage, "no image was named") }
        report(.made(try remade(root, try directory(), depth: 0, work)))
    }

    private func remade(
        _ digest: Digest, _ directory: BlobDirectory, depth: Int,
        _ work: (ImageManifest, BlobDirectory) throws(Problem) -> ImageManifest?
    ) throws(Problem) -> ContentDescriptor {
        let bytes = try directory.read(digest, limit: Limits.manifestBytes)
        let document = try ManifestDocument(parsing: bytes, announced: nil, name: "\(digest)")
        var made: ManifestDocument?
        switch document {
        case .image(let image): made = try work(image, directory).map { .image($0) }
        case .index(var index):
            guard depth < 3 else {
                throw Problem(
                    .badDocument, "\"\(digest)\" cannot be read", why: "its indexes are nested")
            }
            for place in index.manifests.indices {
                let child = try remade(
                    index.manifests[place].digest, directory, depth: depth + 1, work)
                index.manifests[place].digest = child.digest
                index.manifests[place].size = child.size
            }
            made = .index(index)
        }
        guard let made, made != document else {
            return ContentDescriptor(
                mediaType: document.mediaType, digest: digest, size: Int64(bytes.count))
        }
        let new =
            switch made {
            case .image(let image): JSON(encoding: image).bytes()
            case .index(let index): JSON(encoding: index).bytes()
            }
        let name = Checksum.of(new)
        try directory.keep(new, as: name)
        return ContentDescriptor(mediaType: made.mediaType, digest: name, size: Int64(new.count))
    }
}

extension BlobDirectory {
    /// Decrypts layers, by their places, into files of their own: all of them or none.
    fileprivate func decrypt(_ layers: [Int: SealedLayer], of image: ImageManifest)
        throws(Problem) -> ImageManifest
    {
        var opened = image
        var made: [Digest] = []
        do throws(Problem) {
            for (place, layer) in layers {
                let plain = try decrypt(layer)
                made.append(plain.digest)
                opened.layers[place] = plain
            }
        } catch {
            for digest in made { drop(digest) }
            throw error
        }
        return opened
    }

    /// Decrypts a layer into a file of its own.
    private func decrypt(_ layer: SealedLayer) throws(Problem) -> ContentDescriptor {
        let draft = try draft(of: layer.content.digest)
        let cipher = try layer.cipher()
        try contents(layer.content) { (bytes) throws(Problem) in
            try draft.append(cipher.next(bytes))
        }
        try layer.check(cipher.finish())
        return layer.plain(try draft.finish())
    }

    /// Encrypts a layer into a file of its own.
    fileprivate func encrypt(_ layer: ContentDescriptor, for keys: [EncryptionKey])
        throws(Problem) -> SealedLayer
    {
        let secret = try LayerSecret()
        let cipher = try LayerCipher(secret, encrypts: true)
        let draft = try draft(of: layer.digest)
        try contents(layer) { (bytes) throws(Problem) in try draft.append(cipher.next(bytes)) }
        return try SealedLayer(
            layer, as: draft.finish(), secret, hmac: cipher.finish(), for: keys)
    }

    /// Passes on all bytes of content that is here.
    private func contents(
        _ content: ContentDescriptor, _ take: ([UInt8]) throws(Problem) -> Void
    ) throws(Problem) {
        let source = try source(content.digest, from: 0, to: content.size)
        var position: Int64 = 0
        while true {
            let bytes = try explaining("cannot read \"\(content.digest)\"") {
                () throws(KernelFault) in
                try source.bytes(at: position)
            }
            if bytes.isEmpty { break }
            position += Int64(bytes.count)
            try take(bytes)
        }
        guard position == content.size else {
            throw Problem(
                .notVerified, "the blob \(content.digest.short) has the wrong size",
                why: "it has \(position) bytes instead of \(content.size)")
        }
    }
}
