/// An IPv4 or IPv6 address, read and written without the system's resolver.
package enum IPAddress: Hashable, Sendable {
    /// Four bytes, the first one highest.
    case v4(UInt32)
    /// Sixteen bytes, the first one highest.
    case v6(high: UInt64, low: UInt64)

    /// Reads `192.0.2.1` or `2001:db8::1`; no zone, no port, no brackets. Nil for anything else.
    package init?(_ text: String) {
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard let words = Self.words(text[...]) else { return nil }
            self = .v6(high: Self.join(words[..<4]), low: Self.join(words[4...]))
        } else {
            guard let value = Self.quad(text[...]) else { return nil }
            self = .v4(value)
        }
    }

    /// Makes an address of its 4 or 16 bytes in network order; nil for any other number.
    package init?(bytes: some Collection<UInt8>) {
        func value(_ part: some Sequence<UInt8>) -> UInt64 {
            part.reduce(0) { $0 << 8 | UInt64($1) }
        }
        switch bytes.count {
        case 4: self = .v4(UInt32(value(bytes)))
        case 16: self = .v6(high: value(bytes.prefix(8)), low: value(bytes.dropFirst(8)))
        default: return nil
        }
    }

    /// The 4 or 16 bytes in network order.
    package var bytes: [UInt8] {
        switch self {
        case .v4(let value): (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
        case .v6(let high, let low):
            [high, low].flatMap { half in
                (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) }
            }
        }
    }

    package var isV4: Bool { if case .v4 = self { true } else { false } }

    /// Whether it is the address that stands for all of the machine's: `0.0.0.0` or `::`.
    package var isWildcard: Bool { self == .v4(0) || self == .v6(high: 0, low: 0) }

    /// Whether it never leaves its machine: 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        switch self {
        case .v4(let value): value >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        }
    }

    /// Whether it is valid on one link alone: 169.254.0.0/16 or fe80::/10.
    package var isLinkLocal: Bool {
        switch self {
        case .v4(let value): value >> 16 == 0xA9FE
        case .v6(let high, _): high >> 54 == 0x3FA
        }
    }

    /// The IPv4 address that an IPv6 one of ::ffff:0:0/96 stands for; otherwise the address itself.
    package var unmapped: IPAddress {
        if case .v6(0, let low) = self, low >> 32 == 0xFFFF {
            .v4(UInt32(truncatingIfNeeded: low))
        } else {
            self
        }
    }

    /// Returns the address whose host part is `number` in the network of `length` bits that holds
    /// this one.
    package func host(_ number: UInt64, length: Int) -> IPAddress {
        switch self {
        case .v4(let value):
            let mask = length == 0 ? 0 : UInt32.max << (32 - UInt32(length))
            return .v4(value & mask | UInt32(truncatingIfNeeded: number) & ~mask)
        case .v6(let high, let low):
            let mask = length <= 64 ? 0 : UInt64.max << UInt64(128 - length)
            let upper =
                length >= 64 ? UInt64.max : length == 0 ? 0 : UInt64.max << UInt64(64 - length)
            return .v6(high: high & upper, low: low & mask | number & ~mask)
        }
    }
}

extension IPAddress {
    /// The same address with every bit from `length` on set.
    func filled(from length: Int) -> IPAddress {
        switch self {
        case .v4(let value):
            return .v4(length >= 32 ? value : value | UInt32.max >> UInt32(length))
        case .v6(let high, let low):
            let upper = length >= 64 ? high : high | UInt64.max >> UInt64(length)
            let rest = max(0, length - 64)
            return .v6(high: upper, low: rest >= 64 ? low : low | UInt64.max >> UInt64(rest))
        }
    }

    /// The address before this one; nil before the first of all.
    package var previous: IPAddress? {
        switch self {
        case .v4(0), .v6(high: 0, low: 0): nil
        case .v4(let value): .v4(value - 1)
        case .v6(let high, 0): .v6(high: high - 1, low: .max)
        case .v6(let high, let low): .v6(high: high, low: low - 1)
        }
    }

    /// The address after this one; nil after the last of all.
    package var next: IPAddress? {
        switch self {
        case .v4(.max), .v6(high: .max, low: .max): nil
        case .v4(let value): .v4(value + 1)
        case .v6(let high, .max): .v6(high: high + 1, low: 0)
        case .v6(let high, let low): .v6(high: high, low: low + 1)
        }
    }
}

extension IPAddress: Comparable {
    /// IPv4 comes before IPv6.
    package static func < (one: IPAddress, other: IPAddress) -> Bool {
        switch (one, other) {
        case (.v4(let a), .v4(let b)): a < b
        case (.v6(let a, let b), .v6(let c, let d)): (a, b) < (c, d)
        case (.v4, .v6): true
        case (.v6, .v4): false
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// The address as RFC 5952 writes it.
    package var description: String {
        switch self {
        case .v4: return bytes.map { "\($0)" }.joined(separator: ".")
        case .v6:
            let bytes = bytes
            let words = (0..<8).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
            var longest = 0..<0
            var start = 0
            while start < 8 {
                var end = start
                while end < 8, words[end] == 0 { end += 1 }
                if end - start > max(1, longest.count) { longest = start..<end }
                start = end + 1
            }
            func text(_ part: ArraySlice<UInt16>) -> String {
                part.map { String($0, radix: 16) }.joined(separator: ":")
            }
            if longest.isEmpty { return text(words[...]) }
            return text(words[..<longest.lowerBound]) + "::" + text(words[longest.upperBound...])
        }
    }
}

extension IPAddress: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let address = IPAddress(text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath, debugDescription: "an IP address was expected"))
        }
        self = address
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension IPAddress {
    private static func join(_ words: ArraySlice<UInt16>) -> UInt64 {
        words.reduce(0) { $0 << 16 | UInt64($1) }
    }

    private static func quad(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            // A leading zero would be octal to some readers, so nobody may write it.
            guard part.utf8.allSatisfy({ (48...57).contains($0) }),
                part == "0" || part.first != "0",
                let byte = UInt8(part)
            else { return nil }
            value = value << 8 | UInt32(byte)
        }
        return value
    }

    private static func words(_ text: Substring) -> [UInt16]? {
        var halves: [[UInt16]] = []
        var rest = text
        while true {
            let gap = firstGap(in: rest)
            // A dotted tail is the end of the whole address, never of what stands before a "::".
            guard let words = plainWords(gap.map { rest[..<$0] } ?? rest, mayEndDotted: gap == nil)
            else {
                return nil
            }
            halves.append(words)
            guard let gap else { break }
            rest = rest[rest.index(gap, offsetBy: 2)...]
        }
        switch halves.count {
        case 1: return halves[0].count == 8 ? halves[0] : nil
        case 2:
            let missing = 8 - halves[0].count - halves[1].count
            guard missing >= 1 else { return nil }
            return halves[0] + [UInt16](repeating: 0, count: missing) + halves[1]
        default: return nil
        }
    }

    private static func firstGap(in text: Substring) -> Substring.Index? {
        var index = text.startIndex
        while index < text.endIndex {
            let next = text.index(after: index)
            if text[index] == ":", next < text.endIndex, text[next] == ":" { return index }
            index = next
        }
        return nil
    }

    private static func plainWords(_ text: Substring, mayEndDotted: Bool) -> [UInt16]? {
        if text.isEmpty { return [] }
        var words: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if mayEndDotted, index == parts.count - 1, part.utf8.contains(UInt8(ascii: ".")) {
                guard let tail = quad(part) else { return nil }
                words += [UInt16(tail >> 16), UInt16(truncatingIfNeeded: tail)]
                continue
            }
            guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(\.isHexadecimal),
                let word = UInt16(part, radix: 16)
            else { return nil }
            words.append(word)
        }
        return words.count <= 8 ? words : nil
    }
}

extension UInt8 {
    fileprivate var isHexadecimal: Bool {
        (48...57).contains(self) || (65...70).contains(self) || (97...102).contains(self)
    }
}
