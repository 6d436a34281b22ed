extension TOMLReader {
    /// Reads a value of any kind.
    mutating func value() throws(Problem) -> JSON {
        switch peek {
        case UInt8(ascii: "\""):
            return .string(
                bytes[index...].starts(with: Array("\"\"\"".utf8))
                    ? try longString(UInt8(ascii: "\"")) : try basicString())
        case UInt8(ascii: "'"):
            return .string(
                bytes[index...].starts(with: Array("'''".utf8))
                    ? try longString(UInt8(ascii: "'")) : try literalString())
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "{"): return try inlineTable()
        default: return try word()
        }
    }

    private mutating func array() throws(Problem) -> JSON {
        try enter()
        var elements: [JSON] = []
        while true {
            try skipBlankLines()
            if take(UInt8(ascii: "]")) { break }
            elements.append(try value())
            guard elements.count <= Limits.jsonMembers else {
                throw wrong("an array has more than \(Limits.jsonMembers) elements")
            }
            try skipBlankLines()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw wrong("\",\" or \"]\" was expected") }
            break
        }
        depth -= 1
        return .array(elements)
    }

    private mutating func inlineTable() throws(Problem) -> JSON {
        try enter()
        let table = TOMLTable(.dotted)
        skipBlanks()
        if !take(UInt8(ascii: "}")) {
            repeat {
                skipBlanks()
                try pair(into: table)
                skipBlanks()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw wrong("\",\" or \"}\" was expected") }
        }
        depth -= 1
        return table.json
    }

    private mutating func enter() throws(Problem) {
        index += 1
        depth += 1
        guard depth <= Limits.jsonDepth else {
            throw wrong("it is nested deeper than \(Limits.jsonDepth) levels")
        }
    }

    /// `"…"` on one line, with escapes.
    mutating func basicString() throws(Problem) -> String {
        index += 1
        var text: [UInt8] = []
        while let byte = peek {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return try utf8(text[...])
            case UInt8(ascii: "\\"): text += String(try escape()).utf8
            default:
                try refuseControl(byte)
                text.append(byte)
            }
        }
        throw wrong("a string is not closed")
    }

    /// `'…'` on one line, as it stands.
    mutating func literalString() throws(Problem) -> String {
        index += 1
        let start = index
        while let byte = peek {
            if byte == UInt8(ascii: "'") {
                let text = try utf8(bytes[start..<index])
                index += 1
                return text
            }
            try refuseControl(byte)
            index += 1
        }
        throw wrong("a string is not closed")
    }

    /// `"""…"""` or `'''…'''` over many lines.
    private mutating func longString(_ quote: UInt8) throws(Problem) -> String {
        index += 3
        _ = takeLineEnd()
        var text: [UInt8] = []
        while let byte = peek {
            if byte == quote {
                var count = 0
                while peek == quote, count < 5 {
                    count += 1
                    index += 1
                }
                // Up to two quotes may stand right before the three that close.
                if count >= 3 {
                    return try utf8((text + repeatElement(quote, count: count - 3))[...])
                }
                text += repeatElement(quote, count: count)
            } else if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                index += 1
                if try !skipFoldedLines() { text += String(try escape()).utf8 }
            } else if takeLineEnd() {
                text.append(0x0A)
            } else {
                try refuseControl(byte)
                text.append(byte)
                index += 1
            }
        }
        throw wrong("a string is not closed")
    }

    /// A backslash at a line's end swallows all blanks and line ends up to the next character.
    private mutating func skipFoldedLines() throws(Problem) -> Bool {
        let start = index
        skipBlanks()
        guard takeLineEnd() else {
            index = start
            return false
        }
        repeat { skipBlanks() } while takeLineEnd()
        return true
    }

    private func refuseControl(_ byte: UInt8) throws(Problem) {
        guard byte >= 0x20 && byte != 0x7F || byte == 0x09 else {
            throw wrong(
                byte == 0x0A ? "a string is not closed" : "a control character stands in a string")
        }
    }

    private mutating func escape() throws(Problem) -> Unicode.Scalar {
        let byte = peek
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return Unicode.Scalar(byte ?? 0)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try scalar(digits: 4)
        case UInt8(ascii: "U"): return try scalar(digits: 8)
        default: throw wrong("an unknown escape stands in a string")
        }
    }

    private mutating func scalar(digits: Int) throws(Problem) -> Unicode.Scalar {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw wrong("\(digits) hexadecimal digits were expected")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        guard let scalar = Unicode.Scalar(value) else { throw wrong("an escape is no character") }
        return scalar
    }

    private func utf8(_ slice: ArraySlice<UInt8>) throws(Problem) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw wrong("it is not valid UTF-8")
        }
        return text
    }

    /// A boolean, a number or a date.
    private mutating func word() throws(Problem) -> JSON {
        let start = index
        while let byte = peek, byte.isLetterOrDigit || "+-_.:".utf8.contains(byte) { index += 1 }
        var text = String(decoding: bytes[start..<index], as: UTF8.self)
        // A date and its time may be separated by one blank.
        if text.utf8.count == 10, TOMLReader.isDate(text), peek == 0x20, index + 1 < bytes.count,
            bytes[index + 1].isDigit
        {
            index += 1
            let rest = index
            while let byte = peek, byte.isLetterOrDigit || "+-.:".utf8.contains(byte) { index += 1 }
            text += "T" + String(decoding: bytes[rest..<index], as: UTF8.self)
        }
        if text == "true" { return .boolean(true) }
        if text == "false" { return .boolean(false) }
        guard text.utf8.count <= Limits.jsonNumberLength else {
            throw wrong("a number has more than \(Limits.jsonNumberLength) characters", at: start)
        }
        if let number = TOMLReader.number(text) { return .number(number) }
        if TOMLReader.isDate(text) || TOMLReader.isTime(text) { return .string(text) }
        throw wrong(text.isEmpty ? "a value was expected" : "\"\(text)\" is no value", at: start)
    }

    /// Returns a number in JSON's form, or nil where `text` is none.
    private static func number(_ text: String) -> String? {
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where text.hasPrefix(prefix) {
            guard let digits = ungrouped(text.dropFirst(2), radix),
                let value = Int64(digits, radix: radix)
            else { return nil }
            return "\(value)"
        }
        var sign = ""
        var rest = text[...]
        if let first = rest.first, first == "+" || first == "-" {
            if first == "-" { sign = "-" }
            rest = rest.dropFirst()
        }
        if rest == "inf" || rest == "nan" { return sign + rest }
        let exponentAt = rest.firstIndex { $0 == "e" || $0 == "E" }
        let mantissa = rest[..<(exponentAt ?? rest.endIndex)]
        let parts = mantissa.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let whole = ungrouped(first, 10),
            whole == "0" || !whole.hasPrefix("0")
        else { return nil }
        var number = sign + whole
        if parts.count == 2 {
            guard let fraction = ungrouped(parts[1], 10) else { return nil }
            number += "." + fraction
        }
        if let exponentAt {
            var exponent = rest[rest.index(after: exponentAt)...]
            number += "e"
            if let first = exponent.first, first == "+" || first == "-" {
                number.append(first)
                exponent = exponent.dropFirst()
            }
            guard let digits = ungrouped(exponent, 10) else { return nil }
            number += digits
        } else if parts.count == 1 {
            // Whole numbers have 64 bits.
            guard Int64(number) != nil else { return nil }
        }
        return number
    }

    /// Returns the digits without the single underscores between them.
    private static func ungrouped(_ text: Substring, _ radix: Int) -> String? {
        let groups = text.split(separator: "_", omittingEmptySubsequences: false)
        let fine = groups.allSatisfy { group in
            !group.isEmpty
                && group.allSatisfy { $0.isASCII && ($0.hexDigitValue ?? radix) < radix }
        }
        return fine ? groups.joined() : nil
    }

    /// `2026-01-31`, alone or with a time after it.
    private static func isDate(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10, matches(bytes[..<10], "dddd-dd-dd") else { return false }
        guard bytes.count > 10 else { return true }
        guard bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t") else { return false }
        return isTime(String(decoding: bytes[11...], as: UTF8.self), zoned: true)
    }

    /// `12:30:00[.5]`, and with `zoned` also `Z` or `+01:00` after it.
    private static func isTime(_ text: String, zoned: Bool = false) -> Bool {
        var rest = Array(text.utf8)[...]
        guard rest.count >= 8, matches(rest.prefix(8), "dd:dd:dd") else { return false }
        rest = rest.dropFirst(8)
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { $0.isDigit }
            guard !digits.isEmpty else { return false }
            rest = rest.dropFirst(1 + digits.count)
        }
        if rest.isEmpty { return true }
        return zoned
            && (matches(rest, "Z") || matches(rest, "z") || matches(rest, "+dd:dd")
                || matches(rest, "-dd:dd"))
    }

    /// Whether each byte is that of the pattern, or a digit where it has `d`.
    private static func matches(_ bytes: ArraySlice<UInt8>, _ pattern: String) -> Bool {
        bytes.count == pattern.utf8.count
            && zip(bytes, pattern.utf8).allSatisfy {
                $0 == $1 || $1 == UInt8(ascii: "d") && $0.isDigit
            }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
