import CCrypto

/// Opens what NaCl's secretbox closed: XSalsa20 and Poly1305.
///
/// libcrypto has the second of them alone. See Bernstein, "Extending the Salsa20 nonce" and
/// "The Poly1305-AES message-authentication code".
struct SecretBox {
    static let keyBytes = 32
    private static let tagBytes = 16

    let key: [UInt8]
    let nonce: [UInt8]

    /// Returns what is inside, or nil where key, nonce or content are not those of the closing.
    func open(_ closed: [UInt8]) -> [UInt8]? {
        guard key.count == Self.keyBytes, nonce.count == 24, closed.count >= Self.tagBytes else {
            return nil
        }
        let subkey = Salsa20.subkey(key, nonce[0..<16])
        let stream = Salsa20.stream(subkey, nonce[16..<24], count: 32 + closed.count)
        let content = Array(closed[Self.tagBytes...])
        guard let tag = SecretBox.tag(of: content, key: Array(stream[..<32])) else { return nil }
        // Every byte is compared, wherever the first difference is.
        var difference: UInt8 = 0
        for (one, other) in zip(tag, closed) { difference |= one ^ other }
        guard difference == 0 else { return nil }
        return zip(content, stream[32...]).map { $0 ^ $1 }
    }

    private static func tag(of content: [UInt8], key: [UInt8]) -> [UInt8]? {
        guard let kind = unsafe EVP_MAC_fetch(nil, "POLY1305", nil) else { return nil }
        defer { unsafe EVP_MAC_free(kind) }
        guard let context = unsafe EVP_MAC_CTX_new(kind) else { return nil }
        defer { unsafe EVP_MAC_CTX_free(context) }
        var tag = [UInt8](repeating: 0, count: tagBytes)
        var count = 0
        // Safety: the counts are those of the arrays, and a tag has 16 bytes.
        guard unsafe EVP_MAC_init(context, key, key.count, nil) == 1,
            unsafe EVP_MAC_update(context, content, content.count) == 1,
            unsafe EVP_MAC_final(context, &tag, &count, tagBytes) == 1, count == tagBytes
        else { return nil }
        return tag
    }
}

/// The stream cipher Salsa20 with twenty rounds. See its specification, sections 3 to 9.
private enum Salsa20 {
    private static let constants: [UInt32] = [0x6170_7865, 0x3320_646E, 0x7962_2D32, 0x6B20_6574]

    /// HSalsa20: a key for a nonce's first sixteen bytes.
    static func subkey(_ key: [UInt8], _ nonce: ArraySlice<UInt8>) -> [UInt8] {
        let state = rounds(layout(key, words(nonce)))
        return bytes([0, 5, 10, 15, 6, 7, 8, 9].map { state[$0] })
    }

    static func stream(_ key: [UInt8], _ nonce: ArraySlice<UInt8>, count: Int) -> [UInt8] {
        var stream: [UInt8] = []
        var counter: UInt64 = 0
        while stream.count < count {
            let start = layout(
                key,
                words(nonce) + [UInt32(truncatingIfNeeded: counter), UInt32(counter >> 32)])
            stream += bytes(zip(rounds(start), start).map { $0 &+ $1 })
            counter += 1
        }
        return Array(stream.prefix(count))
    }

    private static func layout(_ key: [UInt8], _ middle: [UInt32]) -> [UInt32] {
        let key = words(key[...])
        return [constants[0]] + key[0..<4] + [constants[1]] + middle + [constants[2]] + key[4..<8]
            + [constants[3]]
    }

    private static func rounds(_ start: [UInt32]) -> [UInt32] {
        var x = start
        func quarter(_ a: Int, _ b: Int, _ c: Int, _ d: Int) {
            x[b] ^= turned(x[a] &+ x[d], 7)
            x[c] ^= turned(x[b] &+ x[a], 9)
            x[d] ^= turned(x[c] &+ x[b], 13)
            x[a] ^= turned(x[d] &+ x[c], 18)
        }
        for _ in 0..<10 {
            quarter(0, 4, 8, 12)
            quarter(5, 9, 13, 1)
            quarter(10, 14, 2, 6)
            quarter(15, 3, 7, 11)
            quarter(0, 1, 2, 3)
            quarter(5, 6, 7, 4)
            quarter(10, 11, 8, 9)
            quarter(15, 12, 13, 14)
        }
        return x
    }

    private static func turned(_ word: UInt32, _ by: UInt32) -> UInt32 {
        word << by | word >> (32 - by)
    }

    private static func words(_ bytes: ArraySlice<UInt8>) -> [UInt32] {
        stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { at in
            (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) }
        }
    }

    private static func bytes(_ words: [UInt32]) -> [UInt8] {
        words.flatMap { word in (0..<4).map { UInt8(word >> (8 * UInt32($0)) & 0xFF) } }
    }
}
