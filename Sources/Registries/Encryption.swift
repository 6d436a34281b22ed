import Base
import Checksums
import Ciphers
import Kernel
import NIOCore
import Specs

/// Encrypted layers: decrypted while they are pulled, or in the blobs directory.
extension Job {
    /// An image whose layers can be read, and how the encrypted ones of them come about.
    struct OpenedImage {
        var manifest: ImageManifest
        /// By the digests that they have once they are decrypted.
        var encrypted: [Digest: SealedLayer]
    }

    /// Returns an image with all layers decrypted; nil where none is encrypted.
    ///
    /// - Throws: what `SealedLayer` throws where the keys that were given are none of a layer's.
    func opened(_ image: ImageManifest) throws(Problem) -> OpenedImage? {
        guard image.layers.contains(where: { MediaType.isEncrypted($0.mediaType) }) else {
            return nil
        }
        let keys = try decryptionKeys()
        var opened = OpenedImage(manifest: image, encrypted: [:])
        for (place, layer) in image.layers.enumerated()
        where MediaType.isEncrypted(layer.mediaType) {
            let sealed = try SealedLayer(layer, keys: keys)
            opened.manifest.layers[place] = sealed.plain
            opened.encrypted[sealed.plain.digest] = sealed
        }
        return opened
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
            guard let opened = try opened(image) else { return nil }
            for (number, layer) in opened.encrypted.values.enumerated() {
                try directory.decrypt(layer, number)
            }
            return opened.manifest
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
            guard image.isImage else { return nil }
            let chosen = try Job.chosen(wish.layers, of: image.layers.count)
            var made = image
            for place in chosen where !MediaType.isEncrypted(image.layers[place].mediaType) {
                made.layers[place] = try directory.encrypt(image.layers[place], place, for: keys)
                    .content
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

extension Session {
    /// Fetches an encrypted layer and decrypts it; what is encrypted goes once that is done.
    func fetch(_ layer: SealedLayer, into directory: BlobDirectory) async throws(Problem) {
        if try directory.has(layer.plain) {
            report(.blobSkipped(layer.content.digest))
            return
        }
        try await fetch(layer.content, into: directory)
        // Another pull may be at it; what it brings is the same.
        guard let part = try await begin(layer.plain, in: directory) else { return }
        do throws(Problem) {
            // A cipher begins at the first byte.
            try part.restart()
            try directory.decrypt(layer) { (bytes) throws(Problem) in
                try part.append(ByteBuffer(bytes: bytes))
            }
            try part.finish()
        } catch {
            part.discard()
            throw error
        }
        directory.drop(layer.content.digest)
    }
}

extension BlobDirectory {
    /// Passes on what is in an encrypted layer, and checks its HMAC in the end.
    func decrypt(_ layer: SealedLayer, _ take: ([UInt8]) throws(Problem) -> Void) throws(Problem) {
        let cipher = try layer.cipher()
        try contents(layer.content) { (bytes) throws(Problem) in try take(cipher.next(bytes)) }
        try layer.check(cipher.finish())
    }

    /// Decrypts a layer into a file of its own.
    fileprivate func decrypt(_ layer: SealedLayer, _ number: Int) throws(Problem) {
        let draft = try draft(number)
        try decrypt(layer) { (bytes) throws(Problem) in try draft.append(bytes) }
        let found = try draft.finish()
        guard found == layer.plain.digest else {
            drop(found)
            throw Problem(
                .notVerified, "the layer \(layer.content.digest.short) is not what was encrypted",
                why: "decrypted it has the digest \(found)")
        }
    }

    /// Encrypts a layer into a file of its own.
    fileprivate func encrypt(
        _ layer: ContentDescriptor, _ number: Int, for keys: [EncryptionKey]
    ) throws(Problem) -> SealedLayer {
        let secret = try LayerSecret()
        let cipher = try LayerCipher(secret, encrypts: true)
        let draft = try draft(number)
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
