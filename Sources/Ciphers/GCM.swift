import CCrypto

/// AES in Galois/Counter Mode, as RFC 7518, section 5.3 uses it. See EVP_aes_256_gcm(3).
enum GCM: String {
    case a128 = "A128GCM"
    case a192 = "A192GCM"
    case a256 = "A256GCM"

    static let nonceBytes = 12
    static let tagBytes = 16

    var keyBytes: Int {
        switch self {
        case .a128: 16
        case .a192: 24
        case .a256: 32
        }
    }

    private var cipher: OpaquePointer? {
        switch self {
        case .a128: unsafe EVP_aes_128_gcm()
        case .a192: unsafe EVP_aes_192_gcm()
        case .a256: unsafe EVP_aes_256_gcm()
        }
    }

    /// Encrypts; nil where libcrypto refuses.
    ///
    /// - Parameter bound: what is not encrypted and cannot be changed either.
    func close(_ bytes: [UInt8], _ key: [UInt8], _ nonce: [UInt8], bound: [UInt8])
        -> (content: [UInt8], tag: [UInt8])?
    {
        guard let (content, tag) = run(bytes, key, nonce, bound, tag: nil) else { return nil }
        return (content, tag)
    }

    /// Decrypts; nil where key, nonce, tag, what is bound or content are not those of the closing.
    func open(
        _ bytes: [UInt8], _ key: [UInt8], _ nonce: [UInt8], tag: [UInt8], bound: [UInt8]
    ) -> [UInt8]? {
        run(bytes, key, nonce, bound, tag: tag)?.0
    }

    /// - Parameter tag: nil encrypts.
    private func run(
        _ bytes: [UInt8], _ key: [UInt8], _ nonce: [UInt8], _ bound: [UInt8], tag: [UInt8]?
    ) -> ([UInt8], [UInt8])? {
        guard key.count == keyBytes, nonce.count == Self.nonceBytes,
            tag.map({ $0.count == Self.tagBytes }) ?? true,
            let context = unsafe EVP_CIPHER_CTX_new()
        else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        var made = [UInt8](repeating: 0, count: bytes.count)
        var last = [UInt8](repeating: 0, count: Self.tagBytes)
        var count: CInt = 0
        // Safety: key and nonce have the mode's sizes, as was looked at above; GCM writes as many
        // bytes as it reads, and none at its end.
        guard
            unsafe EVP_CipherInit_ex(context, cipher, nil, key, nonce, tag == nil ? 1 : 0) == 1,
            unsafe EVP_CipherUpdate(context, nil, &count, bound, CInt(bound.count)) == 1,
            unsafe EVP_CipherUpdate(context, &made, &count, bytes, CInt(bytes.count)) == 1,
            Int(count) == bytes.count
        else { return nil }
        if var tag {
            let done = unsafe EVP_CIPHER_CTX_ctrl(
                context, EVP_CTRL_AEAD_SET_TAG, CInt(Self.tagBytes), &tag)
            guard done == 1 else { return nil }
        }
        guard unsafe EVP_CipherFinal_ex(context, &last, &count) == 1 else { return nil }
        if let tag { return (made, tag) }
        let done = unsafe EVP_CIPHER_CTX_ctrl(
            context, EVP_CTRL_AEAD_GET_TAG, CInt(Self.tagBytes), &last)
        return done == 1 ? (made, last) : nil
    }
}

/// Wrapping keys by AES. See RFC 3394 and EVP_aes_256_wrap(3).
enum KeyWrap {
    /// Wraps or unwraps; nil where the key is another one.
    static func run(_ bytes: [UInt8], _ key: [UInt8], wraps: Bool) -> [UInt8]? {
        let cipher: OpaquePointer? =
            switch key.count {
            case 16: unsafe EVP_aes_128_wrap()
            case 24: unsafe EVP_aes_192_wrap()
            case 32: unsafe EVP_aes_256_wrap()
            default: nil
            }
        guard let cipher = unsafe cipher, bytes.count % 8 == 0, (16...128).contains(bytes.count),
            let context = unsafe EVP_CIPHER_CTX_new()
        else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        unsafe EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW)
        var made = [UInt8](repeating: 0, count: bytes.count + 16)
        var (count, more): (CInt, CInt) = (0, 0)
        // Safety: the key has the size of its cipher; wrapping adds eight bytes.
        guard unsafe EVP_CipherInit_ex(context, cipher, nil, key, nil, wraps ? 1 : 0) == 1,
            unsafe EVP_CipherUpdate(context, &made, &count, bytes, CInt(bytes.count)) == 1,
            unsafe EVP_CipherFinal_ex(context, nil, &more) == 1
        else { return nil }
        return Array(made.prefix(Int(count)))
    }
}
