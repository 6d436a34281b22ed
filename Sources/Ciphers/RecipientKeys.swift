package import Base
import CCrypto

/// A public key that layers are encrypted for: of RSA or of an elliptic curve.
package struct EncryptionKey: Sendable {
    private let der: [UInt8]

    /// Reads a public key, in PEM or as it is.
    ///
    /// - Throws: `badDocument` where it is none, or of another kind.
    package init(_ bytes: [UInt8], name: String) throws(Problem) {
        var der = bytes
        if bytes.starts(with: Array("-----BEGIN".utf8)) || bytes.first != 0x30 {
            guard let block = try ArmoredText.blocks(bytes, name: name).first,
                block.label == "PUBLIC KEY"
            else {
                throw Problem(
                    .badDocument, "\"\(name)\" has no public key",
                    why: "it has no block \"PUBLIC KEY\"")
            }
            der = block.bytes
        }
        self.der = der
        let isKnown = unsafe withKey { key in
            [EVP_PKEY_EC, EVP_PKEY_RSA].contains(unsafe EVP_PKEY_get_base_id(key))
        }
        guard isKnown == true else {
            throw Problem(
                .badDocument, "\"\(name)\" has no public key to encrypt for",
                why: "keys of RSA and of elliptic curves are")
        }
    }

    /// Wraps a key for the owner of the private half, and says how.
    func wrap(_ inner: [UInt8]) throws(Problem) -> (header: [JSON.Member], key: [UInt8]) {
        let wrapped = unsafe withKey { key -> ([JSON.Member], [UInt8])? in
            if unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA {
                guard let made = unsafe OAEP.run(inner, key, .oaep, encrypts: true) else {
                    return nil
                }
                return ([.init("alg", .string(KeyWrapping.oaep.rawValue))], made)
            }
            guard let (own, shared) = unsafe Agreement.begin(with: key) else { return nil }
            let name = KeyWrapping.agreed256
            let agreed = Agreement.key(shared, name, from: [], to: [])
            guard let agreed, let made = KeyWrap.run(inner, agreed, wraps: true) else { return nil }
            return ([.init("alg", .string(name.rawValue)), .init("epk", own)], made)
        }
        guard let wrapped, let wrapped else {
            throw Problem(.helper, "cannot encrypt for a public key", why: "libcrypto refuses")
        }
        return wrapped
    }

    private func withKey<Value>(_ body: (OpaquePointer) -> Value) -> Value? {
        unsafe der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            guard let key = unsafe d2i_PUBKEY(nil, &position, bytes.count) else { return nil }
            defer { unsafe EVP_PKEY_free(key) }
            return unsafe body(key)
        }
    }
}

/// A private key that opens layers: of RSA or of an elliptic curve.
package struct DecryptionKey: Sendable {
    /// As PKCS #8 has it.
    private let der: [UInt8]

    /// Reads a private key, in PEM or as it is.
    ///
    /// - Throws: `badDocument` where it is none, `noPermission` where its passphrase is another.
    package init(_ bytes: [UInt8], passphrase: String?, name: String) throws(Problem) {
        let text = String(decoding: bytes, as: UTF8.self)
        let isText = text.contains("-----BEGIN ")
        let isLocked = isText && text.contains("ENCRYPTED")
        let key = isText ? unsafe Self.read(bytes, passphrase ?? "") : unsafe Self.parse(bytes)
        guard let key = unsafe key else {
            if isLocked {
                throw Problem(
                    .noPermission, "the private key \"\(name)\" does not open",
                    why: passphrase == nil
                        ? "it has a passphrase" : "the passphrase is not the right one",
                    next: "give it with the key: --decryption-key FILE:file=PASSPHRASEFILE")
            }
            throw Problem(
                .badDocument, "\"\(name)\" has no private key",
                why: "keys of RSA and of elliptic curves are read, in PEM or DER")
        }
        defer { unsafe EVP_PKEY_free(key) }
        guard [EVP_PKEY_EC, EVP_PKEY_RSA].contains(unsafe EVP_PKEY_get_base_id(key)) else {
            throw Problem(
                .badDocument, "\"\(name)\" has no private key that layers are encrypted for",
                why: "keys of RSA and of elliptic curves are")
        }
        var written: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_PrivateKey(key, &written)
        guard count > 0, let start = unsafe written else { throw LayerCipher.failed }
        // Safety: libcrypto wrote so many bytes there, which are ours to free.
        der = unsafe Array(UnsafeBufferPointer(start: start, count: Int(count)))
        unsafe CRYPTO_clear_free(start, Int(count), "", 0)
    }

    /// Unwraps a key; nil where it was wrapped for another one.
    func unwrap(_ wrapped: [UInt8], _ wrapping: KeyWrapping, _ header: KeyEnvelope.Header)
        -> [UInt8]?
    {
        let opened = unsafe withKey { key -> [UInt8]? in
            let isRSA = unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA
            guard wrapping.agreedBytes != nil else {
                return isRSA ? unsafe OAEP.run(wrapped, key, wrapping, encrypts: false) : nil
            }
            guard !isRSA, let other = header["epk"], let from = header.bytes("apu"),
                let to = header.bytes("apv"),
                let shared = unsafe Agreement.end(key, with: other),
                let agreed = Agreement.key(shared, wrapping, from: from, to: to)
            else { return nil }
            return KeyWrap.run(wrapped, agreed, wraps: false)
        }
        return opened ?? nil
    }

    private func withKey<Value>(_ body: (OpaquePointer) -> Value) -> Value? {
        guard let key = unsafe Self.parse(der) else { return nil }
        defer { unsafe EVP_PKEY_free(key) }
        return unsafe body(key)
    }

    private static func parse(_ der: [UInt8]) -> OpaquePointer? {
        unsafe der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            return unsafe d2i_AutoPrivateKey(nil, &position, bytes.count)
        }
    }

    private static func read(_ pem: [UInt8], _ passphrase: String) -> OpaquePointer? {
        unsafe pem.withUnsafeBufferPointer { bytes in
            guard let source = unsafe BIO_new_mem_buf(bytes.baseAddress, CInt(bytes.count)) else {
                return nil
            }
            defer { unsafe BIO_free(source) }
            // Without a passphrase libcrypto would ask for one on the terminal.
            return unsafe passphrase.withCString { words in
                unsafe PEM_read_bio_PrivateKey(
                    source, nil, nil, UnsafeMutableRawPointer(mutating: words))
            }
        }
    }
}

/// RSA with the padding OAEP. See RFC 7518, section 4.3.
private enum OAEP {
    static func run(
        _ bytes: [UInt8], _ key: OpaquePointer, _ wrapping: KeyWrapping, encrypts: Bool
    ) -> [UInt8]? {
        guard let context = unsafe EVP_PKEY_CTX_new(key, nil) else { return nil }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        let begun =
            encrypts
            ? unsafe EVP_PKEY_encrypt_init(context) : unsafe EVP_PKEY_decrypt_init(context)
        let hash = wrapping == .oaep256 ? unsafe EVP_sha256() : unsafe EVP_sha1()
        guard begun == 1,
            unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1,
            unsafe EVP_PKEY_CTX_set_rsa_oaep_md(context, hash) == 1,
            unsafe EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash) == 1
        else { return nil }
        var made = [UInt8](repeating: 0, count: Int(unsafe EVP_PKEY_get_size(key)))
        var count = made.count
        // Safety: `count` is the size of `made` going in, and what was written coming out.
        let done =
            encrypts
            ? unsafe EVP_PKEY_encrypt(context, &made, &count, bytes, bytes.count)
            : unsafe EVP_PKEY_decrypt(context, &made, &count, bytes, bytes.count)
        return done == 1 ? Array(made.prefix(count)) : nil
    }
}

/// A key that two agree on by their keys of an elliptic curve. See RFC 7518, section 4.6.
private enum Agreement {
    /// Names of curves: RFC 7518's, and libcrypto's.
    private static let curves = [
        ("P-256", "prime256v1"), ("P-384", "secp384r1"), ("P-521", "secp521r1"),
    ]

    /// Draws a key of the same curve; returns its public half as a JSON Web Key, and the secret.
    static func begin(with other: OpaquePointer) -> (own: JSON, shared: [UInt8])? {
        guard let curve = unsafe curve(of: other),
            let context = unsafe EVP_PKEY_CTX_new(other, nil)
        else { return nil }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1,
            unsafe EVP_PKEY_keygen(context, &made) == 1, let own = unsafe made
        else { return nil }
        defer { unsafe EVP_PKEY_free(own) }
        var written: UnsafeMutablePointer<UInt8>?
        let count = unsafe EVP_PKEY_get1_encoded_public_key(own, &written)
        guard count > 1, let start = unsafe written,
            let shared = unsafe secret(own, other)
        else { return nil }
        // Safety: libcrypto wrote so many bytes there, which are ours to free.
        let point = unsafe Array(UnsafeBufferPointer(start: start, count: count))
        unsafe CRYPTO_free(start, "", 0)
        // SEC 1, section 2.3.3: 4, then both coordinates.
        guard point[0] == 4 else { return nil }
        let half = (point.count - 1) / 2
        let words = JSON.object([
            .init("kty", .string("EC")), .init("crv", .string(curve)),
            .init("x", .string(Base64URL.encode(Array(point[1...half])))),
            .init("y", .string(Base64URL.encode(Array(point[(half + 1)...])))),
        ])
        return (words, shared)
    }

    /// Returns the secret of a private key and another's public one, which is a JSON Web Key.
    static func end(_ key: OpaquePointer, with other: JSON) -> [UInt8]? {
        guard other["kty"]?.text == "EC", let curve = unsafe curve(of: key),
            other["crv"]?.text == curve,
            let x = other["x"]?.text.flatMap({ Base64URL.decode($0) }),
            let y = other["y"]?.text.flatMap({ Base64URL.decode($0) }), x.count == y.count,
            let peer = unsafe EVP_PKEY_new()
        else { return nil }
        defer { unsafe EVP_PKEY_free(peer) }
        let point = [4] + x + y
        // A point that is not on the curve is refused here.
        guard unsafe EVP_PKEY_copy_parameters(peer, key) == 1,
            unsafe EVP_PKEY_set1_encoded_public_key(peer, point, point.count) == 1
        else { return nil }
        return unsafe secret(key, peer)
    }

    /// Makes a key of the secret: one round of NIST SP 800-56A's derivation.
    static func key(
        _ shared: [UInt8], _ wrapping: KeyWrapping, from: [UInt8], to: [UInt8]
    ) -> [UInt8]? {
        guard let count = wrapping.agreedBytes else { return nil }
        func number(_ value: Int) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
        }
        let name = Array(wrapping.rawValue.utf8)
        let input =
            number(1) + shared + number(name.count) + name + number(from.count) + from
            + number(to.count) + to + number(count * 8)
        var made = [UInt8](repeating: 0, count: 32)
        // Safety: SHA-256 has 32 bytes.
        _ = unsafe SHA256(input, input.count, &made)
        return Array(made.prefix(count))
    }

    private static func curve(of key: OpaquePointer) -> String? {
        var name = [CChar](repeating: 0, count: 80)
        var count = 0
        // Safety: at most as many bytes are written as `name` has, with a zero at their end.
        guard unsafe EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else {
            return nil
        }
        let word = String(decoding: name.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return curves.first { $0.1 == word }?.0
    }

    private static func secret(_ own: OpaquePointer, _ other: OpaquePointer) -> [UInt8]? {
        guard let context = unsafe EVP_PKEY_CTX_new(own, nil) else { return nil }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var secret = [UInt8](repeating: 0, count: 80)
        var count = secret.count
        // Safety: `count` is the size of `secret` going in, and what was written coming out.
        guard unsafe EVP_PKEY_derive_init(context) == 1,
            unsafe EVP_PKEY_derive_set_peer(context, other) == 1,
            unsafe EVP_PKEY_derive(context, &secret, &count) == 1
        else { return nil }
        return Array(secret.prefix(count))
    }
}
