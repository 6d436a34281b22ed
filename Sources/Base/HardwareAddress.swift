/// The address of a network card: six bytes, written `aa:bb:cc:dd:ee:ff`.
package struct HardwareAddress: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// Reads six pairs of digits, parted by `:` or `-`; nil for anything else, and for an address
    /// of several cards.
    package init?(_ text: String) {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        guard parts.count == 6, parts.allSatisfy({ $0.utf8.count == 2 }) else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard part.utf8.allSatisfy(\.isLetterOrDigit), let byte = UInt8(part, radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        guard bytes[0] & 1 == 0, bytes != [0, 0, 0, 0, 0, 0] else { return nil }
        self.bytes = bytes
    }

    /// Makes the address number `place` of a container: the same for each of its starts, and one
    /// that no maker gave a card.
    ///
    /// - Parameter id: 64 hexadecimal digits.
    package init(container id: String, place: Int) {
        let digits = Array(id.dropFirst(12 * (place % 5)).prefix(12))
        var bytes: [UInt8] = stride(from: 0, to: 12, by: 2).map { at in
            at + 1 < digits.count ? UInt8(String(digits[at...at + 1]), radix: 16) ?? 0 : 0
        }
        // Administered here, of one card, and different in each round of five.
        bytes[0] = bytes[0] & 0xFC | 2
        bytes[5] ^= UInt8(truncatingIfNeeded: place / 5)
        self.bytes = bytes
    }

    package var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
