import CCrypto

package import Base

/// What a layer is encrypted with: AES-256 in counter mode, and an HMAC of what came of it.
///
/// ocicrypt calls it `AES_256_CTR_HMAC_SHA256`; cipher and HMAC have one key.
@safe package final class LayerCipher {
    static let name = "AES_256_CTR_HMAC_SHA256"
    static let keyBytes = 32
    static let nonceBytes = 16

    private let encrypts: Bool
    private let cipher: OpaquePointer
    private let seal: OpaquePointer

    /// Begins with a layer's first byte.
    package init(_ secret: LayerSecret, encrypts: Bool) throws(Problem) {
        guard secret.key.count == Self.keyBytes, secret.nonce.count == Self.nonceBytes else {
            throw Problem(.badDocument, "a layer's key has the wrong size")
        }
        guard let cipher = unsafe EVP_CIPHER_CTX_new(), let seal = unsafe HMAC_CTX_new() else {
            throw Self.failed
        }
        self.encrypts = encrypts
        unsafe self.cipher = cipher
        unsafe self.seal = seal
        // Safety: key and nonce have the sizes that these functions read, as was looked at above.
        guard
            unsafe EVP_CipherInit_ex(cipher, EVP_aes_256_ctr(), nil, secret.key, secret.nonce, 1)
                == 1,
            unsafe HMAC_Init_ex(
                seal, secret.key, CInt(secret.key.count), EVP_sha256(), nil) == 1
        else { throw Self.failed }
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(cipher)
        unsafe HMAC_CTX_free(seal)
    }

    /// Encrypts or decrypts the next bytes, at most 1 GiB.
    package func next(_ bytes: [UInt8]) throws(Problem) -> [UInt8] {
        if bytes.isEmpty { return [] }
        var made = [UInt8](repeating: 0, count: bytes.count)
        var count: CInt = 0
        // Safety: in counter mode as many bytes are written as are read, and `made` has so many.
        guard
            unsafe EVP_CipherUpdate(cipher, &made, &count, bytes, CInt(bytes.count)) == 1,
            Int(count) == bytes.count
        else { throw Self.failed }
        let encrypted = encrypts ? made : bytes
        guard unsafe HMAC_Update(seal, encrypted, encrypted.count) == 1 else { throw Self.failed }
        return made
    }

    /// Returns the HMAC of all that was encrypted, or was when it came; nothing may follow.
    package func finish() throws(Problem) -> [UInt8] {
        var hmac = [UInt8](repeating: 0, count: 32)
        var count: CUnsignedInt = 0
        // Safety: an HMAC of SHA-256 has 32 bytes.
        guard unsafe HMAC_Final(seal, &hmac, &count) == 1, count == 32 else { throw Self.failed }
        return hmac
    }

    static let failed = Problem(.helper, "libcrypto refuses to encrypt or decrypt")
}

/// What opens one layer.
package struct LayerSecret: Equatable, Sendable {
    let key: [UInt8]
    let nonce: [UInt8]

    /// Draws a new one.
    package init() throws(Problem) {
        key = try Random.bytes(LayerCipher.keyBytes)
        nonce = try Random.bytes(LayerCipher.nonceBytes)
    }

    init(key: [UInt8], nonce: [UInt8]) {
        self.key = key
        self.nonce = nonce
    }
}

/// Bytes that nobody can foresee.
enum Random {
    static func bytes(_ count: Int) throws(Problem) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        // Safety: as many bytes are written as `bytes` has.
        guard unsafe RAND_bytes(&bytes, CInt(count)) == 1 else { throw LayerCipher.failed }
        return bytes
    }
}
