extension JSON {
    /// Reads one JSON document and nothing after it.
    ///
    /// Refuses duplicate names, invalid UTF-8, nesting and sizes beyond `Limits`.
    /// See RFC 8259.
    ///
    /// - Throws: a Problem whose place is line and column in `name`.
    package init(parsing bytes: [UInt8], name: String, limit: Int = Limits.documentBytes)
        throws(Problem)
    {
        guard bytes.count <= limit else {
            throw Problem(
                .badDocument, "\"\(name)\" is too large",
                why: "it has \(bytes.count) bytes and \(limit) are allowed")
        }
        var reader = Reader(bytes: bytes, name: name)
        self = try reader.document()
    }

    private struct Reader {
        let bytes: [UInt8]
        let name: String
        var index = 0
        var depth = 0

        init(bytes: [UInt8], name: String) {
            self.bytes = bytes
            self.name = name
        }

        mutating func document() throws(Problem) -> JSON {
            let value = try value()
            skipBlanks()
            guard index == bytes.count else { throw wrong("there is text after the document") }
            return value
        }

        mutating func value() throws(Problem) -> JSON {
            skipBlanks()
            guard index < bytes.count else { throw wrong("the document ends too early") }
            switch bytes[index] {
            case UInt8(ascii: "{"): return try object()
            case UInt8(ascii: "["): return try array()
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "t"): return try word("true", .boolean(true))
            case UInt8(ascii: "f"): return try word("false", .boolean(false))
            case UInt8(ascii: "n"): return try word("null", .null)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
            default: throw wrong("a value was expected")
            }
        }

        mutating func object() throws(Problem) -> JSON {
            try enter()
            var members: [Member] = []
            var names: Set<String> = []
            if !take(UInt8(ascii: "}")) {
                repeat {
                    skipBlanks()
                    guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
                        throw wrong("a name in double quotes was expected")
                    }
                    let name = try string()
                    guard names.insert(name).inserted else {
                        throw wrong("the name \"\(name.printable)\" stands twice in one object")
                    }
                    guard take(UInt8(ascii: ":")) else { throw wrong("\":\" was expected") }
                    members.append(Member(name, try value()))
                    guard members.count <= Limits.jsonMembers else {
                        throw wrong("an object has more than \(Limits.jsonMembers) members")
                    }
                } while take(UInt8(ascii: ","))
                guard take(UInt8(ascii: "}")) else { throw wrong("\",\" or \"}\" was expected") }
            }
            depth -= 1
            return .object(members)
        }

        mutating func array() throws(Problem) -> JSON {
            try enter()
            var elements: [JSON] = []
            if !take(UInt8(ascii: "]")) {
                repeat {
                    elements.append(try value())
                    guard elements.count <= Limits.jsonMembers else {
                        throw wrong("an array has more than \(Limits.jsonMembers) elements")
                    }
                } while take(UInt8(ascii: ","))
                guard take(UInt8(ascii: "]")) else { throw wrong("\",\" or \"]\" was expected") }
            }
            depth -= 1
            return .array(elements)
        }

        mutating func enter() throws(Problem) {
            index += 1
            depth += 1
            guard depth <= Limits.jsonDepth else {
                throw wrong("it is nested deeper than \(Limits.jsonDepth) levels")
            }
        }

        mutating func string() throws(Problem) -> String {
            index += 1
            let start = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "\""),
                bytes[index] != UInt8(ascii: "\\"), bytes[index] >= 0x20
            { index += 1 }
            if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
                let text = try utf8(bytes[start..<index])
                index += 1
                return text
            }
            return try escapedString(from: start)
        }

        mutating func escapedString(from start: Int) throws(Problem) -> String {
            var text = Array(bytes[start..<index])
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                if byte == UInt8(ascii: "\"") { return try utf8(text[...]) }
                guard byte >= 0x20 else { throw wrong("a control character stands in a string") }
                if byte == UInt8(ascii: "\\") {
                    text += Array(String(try escape()).utf8)
                } else {
                    text.append(byte)
                }
            }
            throw wrong("a string is not closed")
        }

        mutating func escape() throws(Problem) -> Unicode.Scalar {
            guard index < bytes.count else { throw wrong("a string is not closed") }
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
                return Unicode.Scalar(byte)
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{c}"
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            case UInt8(ascii: "u"): return try unicodeEscape()
            default: throw wrong("an unknown escape stands in a string")
            }
        }

        mutating func unicodeEscape() throws(Problem) -> Unicode.Scalar {
            let first = try fourDigits()
            if let scalar = Unicode.Scalar(first) { return scalar }
            guard first < 0xDC00, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
                bytes[index + 1] == UInt8(ascii: "u")
            else { throw wrong("half of a surrogate pair stands in a string") }
            index += 2
            let second = try fourDigits()
            guard (0xDC00...0xDFFF).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            else { throw wrong("half of a surrogate pair stands in a string") }
            return scalar
        }

        mutating func fourDigits() throws(Problem) -> UInt32 {
            var value: UInt32 = 0
            for _ in 0..<4 {
                guard index < bytes.count,
                    let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue
                else { throw wrong("four hexadecimal digits were expected") }
                value = value << 4 | UInt32(digit)
                index += 1
            }
            return value
        }

        mutating func number() throws(Problem) -> JSON {
            let start = index
            _ = skip(UInt8(ascii: "-"))
            let leadingZero = index < bytes.count && bytes[index] == UInt8(ascii: "0")
            let digits = skipDigits()
            guard digits > 0, !(leadingZero && digits > 1) else {
                throw wrong("a number is malformed")
            }
            if skip(UInt8(ascii: ".")) {
                guard skipDigits() > 0 else { throw wrong("a number is malformed") }
            }
            if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
                if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
                guard skipDigits() > 0 else { throw wrong("a number is malformed") }
            }
            guard index - start <= Limits.jsonNumberLength else {
                throw wrong("a number has more than \(Limits.jsonNumberLength) characters")
            }
            return .number(try utf8(bytes[start..<index]))
        }

        mutating func skipDigits() -> Int {
            let start = index
            while index < bytes.count,
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index])
            {
                index += 1
            }
            return index - start
        }

        mutating func skip(_ byte: UInt8) -> Bool {
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
            return true
        }

        mutating func word(_ word: String, _ value: JSON) throws(Problem) -> JSON {
            for byte in word.utf8 {
                guard skip(byte) else { throw wrong("a value was expected") }
            }
            return value
        }

        mutating func take(_ byte: UInt8) -> Bool {
            skipBlanks()
            return skip(byte)
        }

        mutating func skipBlanks() {
            while index < bytes.count {
                switch bytes[index] {
                case 0x20, 0x09, 0x0A, 0x0D: index += 1
                default: return
                }
            }
        }

        func utf8(_ slice: ArraySlice<UInt8>) throws(Problem) -> String {
            guard let text = String(validating: slice, as: UTF8.self) else {
                throw wrong("it is not valid UTF-8")
            }
            return text
        }

        func wrong(_ why: String) -> Problem {
            var line = 1
            var column = 1
            for byte in bytes[..<min(index, bytes.count)] {
                if byte == 0x0A {
                    line += 1
                    column = 1
                } else if byte & 0xC0 != 0x80 {
                    column += 1
                }
            }
            return Problem(
                .badDocument, "\"\(name)\" is not valid JSON", why: why,
                at: Problem.Place(file: name, line: line, column: column))
        }
    }
}
