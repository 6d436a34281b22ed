package import Base
import CCrypto

/// A private key of sigstore's, decrypted. See EVP_DigestSign(3).
package struct PrivateKey: Sendable {
    /// As PKCS #8 has it.
    private let der: [UInt8]

    /// Reads sigstore's file of an encrypted private key.
    ///
    /// - Throws: `badDocument` where it is none, `noPermission` where the passphrase is another.
    package init(pem: [UInt8], passphrase: [UInt8], name: String) throws(Problem) {
        func refuse(_ why: String) -> Problem {
            Problem(.badDocument, "\"\(name)\" is no private key that can be used", why: why)
        }
        let labels = ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"]
        guard let block = try ArmoredText.blocks(pem, name: name).first,
            labels.contains(block.label)
        else { throw refuse("it has no block \"\(labels[0])\"") }
        let json = try JSON(parsing: block.bytes, name: name, limit: 64 << 10)
        func integer(_ name: String) throws(Problem) -> UInt64 {
            guard case .number(let text)? = json["kdf"]?["params"]?[name], let n = UInt64(text)
            else { throw refuse("\"\(name)\" is missing") }
            return n
        }
        func bytes(_ json: JSON?) throws(Problem) -> [UInt8] {
            guard let bytes = json?.text.flatMap({ Base64.decode($0) }) else {
                throw refuse("a part of it is no base64")
            }
            return bytes
        }
        guard json["kdf"]?["name"]?.text == "scrypt",
            json["cipher"]?["name"]?.text == "nacl/secretbox"
        else { throw refuse("it is encrypted by other means than scrypt and secretbox") }
        let (cost, block8, lanes) = (try integer("N"), try integer("r"), try integer("p"))
        guard cost.nonzeroBitCount == 1, cost <= 1 << 20, (1...16).contains(block8),
            (1...4).contains(lanes), cost * block8 <= 1 << 21
        else { throw refuse("its scrypt parameters are beyond what is computed here") }
        let secret = try PrivateKey.scrypt(
            passphrase, try bytes(json["kdf"]?["salt"]), cost, block8, lanes)
        let box = SecretBox(key: secret, nonce: try bytes(json["cipher"]?["nonce"]))
        guard let opened = box.open(try bytes(json["ciphertext"])) else {
            throw Problem(
                .noPermission, "the private key \"\(name)\" does not open",
                why: "the passphrase is not the right one")
        }
        der = opened
        guard unsafe withKey({ unsafe PublicKey.isKnown($0) }) == true else {
            throw refuse("what is in it is no key of ECDSA, RSA or Ed25519")
        }
    }

    /// Signs `message` as `PublicKey.verifies` checks it.
    package func sign(_ message: [UInt8]) throws(Problem) -> [UInt8] {
        let signature = unsafe withKey { key -> [UInt8]? in
            guard let context = unsafe EVP_MD_CTX_new() else { return nil }
            defer { unsafe EVP_MD_CTX_free(context) }
            let digest = unsafe PublicKey.digest(of: key)
            guard unsafe EVP_DigestSignInit(context, nil, digest, nil, key) == 1 else { return nil }
            var count = 0
            guard unsafe EVP_DigestSign(context, nil, &count, message, message.count) == 1
            else { return nil }
            var bytes = [UInt8](repeating: 0, count: count)
            // Safety: `count` is the size of `bytes` going in, and what was written coming out.
            guard unsafe EVP_DigestSign(context, &bytes, &count, message, message.count) == 1
            else { return nil }
            return Array(bytes.prefix(count))
        }
        guard let signature, let signature else {
            throw Problem(.helper, "cannot sign", why: "the private key does not do it")
        }
        return signature
    }

    private func withKey<Value>(_ body: (OpaquePointer) -> Value) -> Value? {
        unsafe der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            guard let key = unsafe d2i_AutoPrivateKey(nil, &position, bytes.count) else {
                return nil
            }
            defer { unsafe EVP_PKEY_free(key) }
            return unsafe body(key)
        }
    }

    private static func scrypt(
        _ passphrase: [UInt8], _ salt: [UInt8], _ cost: UInt64, _ block: UInt64, _ lanes: UInt64
    ) throws(Problem) -> [UInt8] {
        var key = [UInt8](repeating: 0, count: SecretBox.keyBytes)
        let words = passphrase.map { CChar(bitPattern: $0) }
        let count = key.count
        // Safety: the counts are those of the arrays; the parameters were bounded before.
        let done = unsafe EVP_PBE_scrypt(
            words, words.count, salt, salt.count, cost, block, lanes, 512 << 20, &key, count)
        guard done == 1 else {
            throw Problem(.helper, "cannot decrypt the private key", why: "scrypt refuses")
        }
        return key
    }
}
