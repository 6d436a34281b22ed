package import Base

/// The name of content by its own bytes: `sha256:` and 64 lower-case hexadecimal digits.
///
/// A digest names files and stands in URLs, so nothing but its exact form is let through
/// (T-DIGEST-2). See image-spec descriptor.md, "Digests".
package struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The functions that are registered in the image specification and supported here.
    package enum Algorithm: String, Sendable, CaseIterable {
        case sha256, sha512

        /// The number of hexadecimal digits of a digest.
        package var hexLength: Int {
            switch self {
            case .sha256: 64
            case .sha512: 128
            }
        }
    }

    /// The function that made the digest.
    package let algorithm: Algorithm
    /// The digits after the colon.
    package let hex: String

    /// `sha256:9f86d081…`
    package var description: String { "\(algorithm.rawValue):\(hex)" }

    /// The first twelve digits, as lists show them.
    package var short: String { String(hex.prefix(12)) }

    /// Reads a digest with its algorithm.
    ///
    /// - Throws: `badValue` that says what is wrong with it.
    package init(_ text: String) throws(Problem) {
        func refuse(_ why: String) -> Problem {
            Problem(
                .badValue, "\"\(String(text.prefix(160)).printable)\" is no digest", why: why,
                next: "write it as sha256: and 64 hexadecimal digits in lower case")
        }
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            throw refuse("it names no algorithm")
        }
        guard let algorithm = Algorithm(rawValue: String(text[..<colon])) else {
            throw refuse("its algorithm is neither sha256 nor sha512")
        }
        let digits = text.utf8[text.utf8.index(after: colon)...]
        guard digits.count == algorithm.hexLength else {
            throw refuse("it has \(digits.count) digits instead of \(algorithm.hexLength)")
        }
        guard digits.allSatisfy(\.isLowerHexDigit) else {
            throw refuse("it has characters other than 0-9 and a-f")
        }
        self.algorithm = algorithm
        self.hex = String(decoding: digits, as: UTF8.self)
    }

    /// Makes a digest of what a hash function returned.
    ///
    /// - Requires: as many bytes as `algorithm` yields.
    package init(_ algorithm: Algorithm, bytes: [UInt8]) {
        precondition(bytes.count * 2 == algorithm.hexLength)
        self.algorithm = algorithm
        let digits = Array("0123456789abcdef".utf8)
        let hex = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        self.hex = String(decoding: hex, as: UTF8.self)
    }
}

extension Digest: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(String(from: decoder))
    }

    package func encode(to encoder: any Encoder) throws {
        try description.encode(to: encoder)
    }
}

extension UInt8 {
    /// Whether the byte is `0`-`9` or `a`-`f`.
    package var isLowerHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
