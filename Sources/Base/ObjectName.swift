/// The name of a container, pod, volume or network: `[a-zA-Z0-9][a-zA-Z0-9_.-]*`.
///
/// Names become file names, so nothing else is ever let through (T-NAME-1).
package struct ObjectName: Hashable, Sendable, CustomStringConvertible {
    package let text: String
    package var description: String { text }

    /// - Throws: `badValue` that says which character is not allowed.
    package init(_ text: String, of kind: String) throws(Problem) {
        func refuse(_ why: String) -> Problem {
            Problem(
                .badValue, "\"\(text.printable)\" is no name for a \(kind)", why: why,
                next: "use letters, digits, \"_\", \".\" and \"-\", with a letter or digit first")
        }
        guard let first = text.utf8.first else { throw refuse("it is empty") }
        guard text.utf8.count <= Limits.nameLength else {
            throw refuse("it has more than \(Limits.nameLength) characters")
        }
        guard first.isLetterOrDigit else {
            throw refuse("it begins with neither a letter nor a digit")
        }
        for scalar in text.unicodeScalars {
            let plain = scalar.isASCII && UInt8(ascii: scalar).isLetterOrDigit
            guard plain || scalar == "_" || scalar == "." || scalar == "-" else {
                throw refuse("it contains \"\(String(scalar).printable)\"")
            }
        }
        self.text = text
    }
}

extension UInt8 {
    package var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

extension String {
    /// The text with control characters made visible, so that it can be shown on a terminal (T-LOG-5).
    package var printable: String {
        var out = ""
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x0A: out += "\\n"
            case 0x09: out += "\\t"
            case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069:
                let hex = String(scalar.value, radix: 16)
                out += "\\u{\(hex)}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
