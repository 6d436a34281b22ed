import Base

/// What a registry wants to see before it answers: one challenge of a WWW-Authenticate header.
///
/// See RFC 9110, 11.3 and 11.6.1. The text comes from a stranger: whatever is malformed ends the
/// reading, and what was read before it stands.
package struct Challenge: Equatable, Sendable {
    /// `bearer` or `basic`, in lower case.
    package var scheme: String
    /// The parameters, names in lower case; the first of two with one name stands.
    package var parameters: [String: String]

    private static let headerBytes = 16 << 10
    private static let parameterCount = 64

    /// Reads all challenges of all such headers, in order.
    package static func parse(_ headers: [String]) -> [Challenge] {
        headers.flatMap { header -> [Challenge] in
            var reader = Reader(bytes: Array(header.utf8.prefix(headerBytes)))
            return reader.challenges()
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

        mutating func challenges() -> [Challenge] {
            var found: [Challenge] = []
            var count = 0
            while count < parameterCount {
                count += 1
                skip { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ",") }
                let word = token()
                guard !word.isEmpty else { return found }
                let end = index
                skip { $0 == 0x20 || $0 == 0x09 }
                if peek == UInt8(ascii: "="), !found.isEmpty {
                    index += 1
                    skip { $0 == 0x20 || $0 == 0x09 }
                    guard let value = value() else { return found }
                    let last = found.count - 1
                    if found[last].parameters[word] == nil { found[last].parameters[word] = value }
                } else {
                    // A scheme is followed by a blank, a comma or nothing.
                    guard index > end || peek == nil || peek == UInt8(ascii: ",") else {
                        return found
                    }
                    found.append(Challenge(scheme: word, parameters: [:]))
                }
            }
            return found
        }

        mutating func token() -> String {
            let start = index
            skip { $0.isLetterOrDigit || "!#$%&'*+-.^_`|~".utf8.contains($0) }
            return String(decoding: bytes[start..<index], as: UTF8.self).lowercased()
        }

        mutating func value() -> String? {
            guard peek == UInt8(ascii: "\"") else {
                let start = index
                skip { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: ",") }
                return String(validating: bytes[start..<index], as: UTF8.self)
            }
            index += 1
            var text: [UInt8] = []
            while let byte = peek {
                index += 1
                if byte == UInt8(ascii: "\"") { return String(validating: text, as: UTF8.self) }
                if byte == UInt8(ascii: "\\"), let escaped = peek {
                    index += 1
                    text.append(escaped)
                } else {
                    text.append(byte)
                }
            }
            return nil
        }

        mutating func skip(_ wanted: (UInt8) -> Bool) {
            while let byte = peek, wanted(byte) { index += 1 }
        }
    }
}
