package import Base
package import Specs

/// A layer that is encrypted, with what opens it.
package struct SealedLayer: Equatable, Sendable {
    /// What lies in the registry.
    package let content: ContentDescriptor
    let secret: LayerSecret
    let hmac: [UInt8]

    private static let namespace = "org.opencontainers.image.enc."
    private static let keysName = namespace + "keys.jwe"
    private static let publicName = namespace + "pubopts"

    /// Reads what a descriptor says of an encrypted layer, and unwraps its key.
    ///
    /// - Throws: `noPermission` where none of the keys opens it, `notBuilt` where it was wrapped by
    ///   other means, `badDocument` where what it says cannot be used.
    package init(_ content: ContentDescriptor, keys: [DecryptionKey]) throws(Problem) {
        func refuse(_ why: String) -> Problem {
            Problem(.badDocument, "the layer \(content.digest.short) cannot be decrypted", why: why)
        }
        self.content = content
        let said = content.annotations ?? [:]
        guard let wrapped = said[Self.keysName] else {
            let others = said.keys.filter { $0.hasPrefix(Self.namespace + "keys.") }.sorted()
            if others.isEmpty { throw refuse("its descriptor has no key") }
            let kinds = others.map { $0.dropFirst(Self.namespace.count + 5) }
            throw Problem(
                .notBuilt, "the layer \(content.digest.short) cannot be decrypted",
                why: "its key is wrapped by \(kinds.joined(separator: ", ").printable), "
                    + "and jwe alone is understood")
        }
        let cipher = try Self.json(said[Self.publicName] ?? "", refuse)
        guard cipher["cipher"]?.text == LayerCipher.name else {
            throw refuse("its cipher is none that is understood: \(LayerCipher.name) is")
        }
        hmac = try Self.bytes(cipher["hmac"], "hmac", refuse)
        var opened: [UInt8]?
        for part in wrapped.split(separator: ",") where opened == nil {
            guard let text = Base64.decode(part) else { throw refuse("its key is no base64") }
            opened = try KeyEnvelope(text, of: content.digest).open(keys)
        }
        guard let opened else {
            throw Problem(
                .noPermission, "the layer \(content.digest.short) cannot be decrypted",
                why: keys.isEmpty
                    ? "it is encrypted" : "none of the keys that were given is one of its keys",
                next: "give the private key: --decryption-key FILE")
        }
        let inside = try JSON(parsing: opened, name: "key of a layer", limit: 64 << 10)
        secret = LayerSecret(
            key: try Self.bytes(inside["symkey"], "symkey", refuse),
            nonce: try Self.bytes(inside["cipheroptions"]?["nonce"], "nonce", refuse))
    }

    /// What it is once it is decrypted.
    ///
    /// The digest that lies beside the key is not asked: where skopeo and podman pack and encrypt at
    /// once, it is that of what they began with.
    ///
    /// - Parameter digest: of what was decrypted.
    package func plain(_ digest: Digest) -> ContentDescriptor {
        var said = content.annotations ?? [:]
        for name in said.keys where name.hasPrefix(Self.namespace) { said[name] = nil }
        // The cipher changes no size.
        return ContentDescriptor(
            mediaType: MediaType.decrypted(content.mediaType), digest: digest, size: content.size,
            annotations: said.isEmpty ? nil : said)
    }

    /// Describes a layer that was encrypted.
    ///
    /// - Parameters:
    ///   - digest: of what is encrypted.
    ///   - hmac: of the same, from the cipher.
    package init(
        _ plain: ContentDescriptor, as digest: Digest, _ secret: LayerSecret, hmac: [UInt8],
        for keys: [EncryptionKey]
    ) throws(Problem) {
        let inside = JSON.object([
            .init("symkey", .string(Base64.encode(secret.key))),
            .init("digest", .string("\(plain.digest)")),
            .init("cipheroptions", .object([.init("nonce", .string(Base64.encode(secret.nonce)))])),
        ])
        let envelope = try KeyEnvelope.seal(inside.bytes(), for: keys)
        let cipher = JSON.object([
            .init("cipher", .string(LayerCipher.name)),
            .init("hmac", .string(Base64.encode(hmac))),
            .init("cipheroptions", .object([])),
        ])
        self.secret = secret
        self.hmac = hmac
        var said = plain.annotations ?? [:]
        said[Self.keysName] = Base64.encode(envelope)
        said[Self.publicName] = Base64.encode(cipher.bytes())
        content = ContentDescriptor(
            mediaType: MediaType.encrypted(plain.mediaType), digest: digest, size: plain.size,
            annotations: said)
    }

    /// The cipher that opens it.
    package func cipher() throws(Problem) -> LayerCipher {
        try LayerCipher(secret, encrypts: false)
    }

    /// Refuses content whose HMAC is another one than the descriptor's.
    package func check(_ found: [UInt8]) throws(Problem) {
        // Every byte is compared, wherever the first difference is.
        var difference: UInt8 = found.count == hmac.count ? 0 : 1
        for (one, other) in zip(found, hmac) { difference |= one ^ other }
        guard difference == 0 else {
            throw Problem(
                .notVerified, "the layer \(content.digest.short) is not what was encrypted",
                why: "its HMAC is another one")
        }
    }

    private static func json(_ text: String, _ refuse: (String) -> Problem) throws(Problem) -> JSON
    {
        guard let bytes = Base64.decode(text), !bytes.isEmpty else {
            throw refuse("what its descriptor says about its cipher is no base64")
        }
        return try JSON(parsing: bytes, name: "cipher of a layer", limit: 64 << 10)
    }

    private static func bytes(_ json: JSON?, _ name: String, _ refuse: (String) -> Problem)
        throws(Problem) -> [UInt8]
    {
        guard let bytes = json?.text.flatMap({ Base64.decode($0) }), !bytes.isEmpty else {
            throw refuse("its \(name) is missing or no base64")
        }
        return bytes
    }
}
