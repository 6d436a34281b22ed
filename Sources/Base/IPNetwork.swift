/// A range of addresses that share their first bits: `10.0.2.0/24`.
package struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// The lowest address of the range.
    package let base: IPAddress
    /// How many bits all of its addresses share.
    package let length: Int

    /// Makes a network of numbers known to be right.
    ///
    /// - Requires: `base` has no bit set beyond `length`.
    package init(base: IPAddress, length: Int) {
        precondition(base.host(0, length: length) == base)
        self.base = base
        self.length = length
    }

    /// Makes the network of `length` bits that holds `address`; nil for more bits than there are.
    package init?(holding address: IPAddress, length: Int) {
        guard (0...(address.isV4 ? 32 : 128)).contains(length) else { return nil }
        base = address.host(0, length: length)
        self.length = length
    }

    /// Reads `10.0.2.0/24`; bits beyond the length are cleared. Nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0])),
            parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
            let length = Int(parts[1])
        else { return nil }
        self.init(holding: address, length: length)
    }

    /// Returns the address number `number` of the range.
    package func host(_ number: UInt64) -> IPAddress {
        switch base {
        case .v4(let value): .v4(value | UInt32(truncatingIfNeeded: number))
        case .v6(let high, let low): .v6(high: high, low: low | number)
        }
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.isV4 == base.isV4 && address.host(0, length: length) == base
    }

    /// The highest address of the range: of IPv4 the one that all hear.
    package var last: IPAddress {
        base.filled(from: length)
    }

    /// Whether the two have an address in common.
    package func overlaps(_ other: IPNetwork) -> Bool {
        contains(other.base) || other.contains(base)
    }

    package var description: String { "\(base)/\(length)" }
}

extension IPNetwork: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let network = IPNetwork(text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "a network like 10.0.2.0/24 was expected"))
        }
        self = network
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
