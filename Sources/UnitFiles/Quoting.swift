/// How values are written so that systemd reads back exactly what was meant.
package enum Quoting {
    /// Returns `word` as one word of a command line. See systemd.service(5), "Command lines".
    ///
    /// `%` and `$` are left alone: in a unit file they are the user's specifiers and variables.
    package static func word(_ word: String) -> String {
        var plain = !word.isEmpty
        for byte in word.utf8 where needsQuotes(byte) { plain = false }
        // A word that is only a semicolon would begin another command.
        if plain, word != ";" { return word }
        return quoted(word)
    }

    /// Returns `words` as one command line.
    package static func line(_ words: [String]) -> String {
        var line = ""
        for word in words {
            if !line.isEmpty { line += " " }
            line += self.word(word)
        }
        return line
    }

    /// Returns `text` with specifiers and variables made literal, for text that no user wrote into
    /// a value: the path of a directory, a message. See systemd.unit(5), "Specifiers".
    package static func literal(_ text: String, variables: Bool = true) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "$") })
        else {
            return text
        }
        var out = ""
        for scalar in text.unicodeScalars {
            out.unicodeScalars.append(scalar)
            if scalar == "%" || (variables && scalar == "$") { out.unicodeScalars.append(scalar) }
        }
        return out
    }

    private static func needsQuotes(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == 0x7F || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
            || byte == UInt8(ascii: "\\")
    }

    private static func quoted(_ word: String) -> String {
        var out: [UInt8] = [UInt8(ascii: "\"")]
        for byte in word.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
            case 0x07: out += Array(#"\a"#.utf8)
            case 0x08: out += Array(#"\b"#.utf8)
            case 0x09: out += Array(#"\t"#.utf8)
            case 0x0A: out += Array(#"\n"#.utf8)
            case 0x0B: out += Array(#"\v"#.utf8)
            case 0x0C: out += Array(#"\f"#.utf8)
            case 0x0D: out += Array(#"\r"#.utf8)
            case 0...0x20, 0x7F:
                let hex = String(byte, radix: 16)
                out += Array((hex.utf8.count < 2 ? "\\x0" : "\\x").utf8) + Array(hex.utf8)
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
        return String(decoding: out, as: UTF8.self)
    }
}
