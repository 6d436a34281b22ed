package import Base
import CCrypto

/// A public key: ECDSA, RSA or Ed25519. See EVP_DigestVerify(3).
package struct PublicKey: Equatable, Sendable {
    /// Its SubjectPublicKeyInfo.
    package let der: [UInt8]

    /// Reads the first key of a text, which has to be one of the labels that public keys have.
    package init(pem: [UInt8], name: String) throws(Problem) {
        let blocks = try ArmoredText.blocks(pem, name: name)
        guard let block = blocks.first, block.label == "PUBLIC KEY" else {
            throw Problem(
                .badDocument, "\"\(name)\" has no public key",
                why: "it has no block \"PUBLIC KEY\"")
        }
        try self.init(der: block.bytes, name: name)
    }

    /// Reads a SubjectPublicKeyInfo, of a kind that is known here.
    package init(der: [UInt8], name: String) throws(Problem) {
        self.der = der
        guard unsafe withKey({ unsafe PublicKey.isKnown($0) }) == true else {
            throw Problem(
                .badDocument, "\"\(name)\" has no public key that is understood",
                why: "ECDSA, RSA and Ed25519 are")
        }
    }

    /// Whether `signature` was made of `message` with the other half of this key.
    ///
    /// ECDSA and RSA sign the SHA-256 of the message, RSA with the padding of PKCS #1 v1.5.
    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        unsafe withKey { key in
            guard let context = unsafe EVP_MD_CTX_new() else { return false }
            defer { unsafe EVP_MD_CTX_free(context) }
            let digest = unsafe PublicKey.digest(of: key)
            guard unsafe EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1 else {
                return false
            }
            // Safety: the function reads as many bytes as the counts say.
            return unsafe EVP_DigestVerify(
                context, signature, signature.count, message, message.count) == 1
        } ?? false
    }

    /// Whether this is a key of ECDSA, as a Rekor's must be.
    package var isECDSA: Bool {
        unsafe withKey { unsafe EVP_PKEY_get_base_id($0) == EVP_PKEY_EC } ?? false
    }

    static func isKnown(_ key: OpaquePointer) -> Bool {
        let kind = unsafe EVP_PKEY_get_base_id(key)
        return [EVP_PKEY_EC, EVP_PKEY_RSA, EVP_PKEY_ED25519].contains(kind)
    }

    /// Ed25519 hashes the message itself.
    static func digest(of key: OpaquePointer) -> OpaquePointer? {
        unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nil : EVP_sha256()
    }

    private func withKey<Value>(_ body: (OpaquePointer) -> Value) -> Value? {
        unsafe der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            guard let key = unsafe d2i_PUBKEY(nil, &position, bytes.count) else { return nil }
            defer { unsafe EVP_PKEY_free(key) }
            // What follows the key would be no part of what is compared.
            guard unsafe position == bytes.baseAddress?.advanced(by: bytes.count) else { return nil }
            return unsafe body(key)
        }
    }
}
