/// Reads TOML 1.0 into the same tree as JSON, so that a table decodes like an object.
///
/// Dates become strings. Whatever TOML forbids is refused with its line and column: a key or table
/// that is defined twice, an array that is extended, a malformed number. See toml.io/en/v1.0.0.
package enum TOML {
    /// - Throws: `badDocument` whose place is line and column in `name`.
    package static func parse(
        _ bytes: [UInt8], name: String, limit: Int = Limits.configurationBytes
    ) throws(Problem) -> JSON {
        guard bytes.count <= limit else {
            throw Problem(
                .badDocument, "\"\(name)\" is too large",
                why: "it has \(bytes.count) bytes and \(limit) are allowed")
        }
        var reader = TOMLReader(bytes: bytes, name: name)
        return try reader.document()
    }
}

/// A table under construction; a class, as headers and dotted keys come back to it.
final class TOMLTable {
    /// What a name in a table stands for so far.
    enum Entry {
        case value(JSON)
        case table(TOMLTable)
        case tables([TOMLTable])
    }

    /// How the table came into being, which decides who may add to it.
    enum Origin {
        /// Only as part of a longer header: `[a.b]` makes `a`, and `[a]` may follow.
        case implied
        /// By a header of its own.
        case header
        /// By a dotted key: closed for headers.
        case dotted
    }

    var origin: Origin
    private var names: [String] = []
    private var entries: [String: Entry] = [:]

    init(_ origin: Origin) { self.origin = origin }

    subscript(name: String) -> Entry? {
        get { entries[name] }
        set {
            if entries[name] == nil { names.append(name) }
            entries[name] = newValue
        }
    }

    var json: JSON {
        .object(
            names.compactMap { name in
                switch entries[name] {
                case .value(let value): JSON.Member(name, value)
                case .table(let table): JSON.Member(name, table.json)
                case .tables(let tables): JSON.Member(name, .array(tables.map(\.json)))
                case nil: nil
                }
            })
    }
}

/// A position in a TOML document and what was read up to it.
struct TOMLReader {
    let bytes: [UInt8]
    let name: String
    var index = 0
    var depth = 0

    init(bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }

    mutating func document() throws(Problem) -> JSON {
        let root = TOMLTable(.header)
        var table = root
        while true {
            try skipBlankLines()
            guard let byte = peek else { return root.json }
            if byte == UInt8(ascii: "[") {
                table = try header(in: root)
            } else {
                try pair(into: table)
            }
            try endOfLine()
        }
    }

    /// `[a.b]` or `[[a.b]]`; returns the table that the following pairs belong to.
    private mutating func header(in root: TOMLTable) throws(Problem) -> TOMLTable {
        index += 1
        let isArray = take(UInt8(ascii: "["))
        skipBlanks()
        let start = index
        let path = try key()
        skipBlanks()
        guard take(UInt8(ascii: "]")), !isArray || take(UInt8(ascii: "]")) else {
            throw wrong(isArray ? "\"]]\" was expected" : "\"]\" was expected")
        }
        var table = root
        for part in path.dropLast() { table = try step(from: table, to: part, at: start) }
        guard let last = path.last else { throw wrong("a name was expected") }
        return isArray
            ? try element(of: last, in: table, at: start) : try named(last, in: table, at: start)
    }

    private func step(from table: TOMLTable, to part: String, at start: Int)
        throws(Problem) -> TOMLTable
    {
        switch table[part] {
        case nil:
            let next = TOMLTable(.implied)
            table[part] = .table(next)
            return next
        case .table(let next): return next
        case .tables(let tables):
            guard let next = tables.last else { throw wrong("a table was expected", at: start) }
            return next
        case .value: throw wrong("\"\(part)\" is a value and no table", at: start)
        }
    }

    private func named(_ name: String, in table: TOMLTable, at start: Int)
        throws(Problem) -> TOMLTable
    {
        switch table[name] {
        case nil:
            let next = TOMLTable(.header)
            table[name] = .table(next)
            return next
        case .table(let next) where next.origin == .implied:
            next.origin = .header
            return next
        case .table, .tables, .value:
            throw wrong("\"\(name)\" is defined twice", at: start)
        }
    }

    private func element(of name: String, in table: TOMLTable, at start: Int)
        throws(Problem) -> TOMLTable
    {
        let next = TOMLTable(.header)
        switch table[name] {
        case nil: table[name] = .tables([next])
        case .tables(let tables):
            guard tables.count < Limits.jsonMembers else {
                throw wrong("there are more than \(Limits.jsonMembers) tables", at: start)
            }
            table[name] = .tables(tables + [next])
        case .table, .value: throw wrong("\"\(name)\" is defined twice", at: start)
        }
        return next
    }

    /// `a.b = value`
    mutating func pair(into table: TOMLTable) throws(Problem) {
        let start = index
        let path = try key()
        skipBlanks()
        guard take(UInt8(ascii: "=")) else { throw wrong("\"=\" was expected") }
        skipBlanks()
        var table = table
        for part in path.dropLast() {
            switch table[part] {
            case nil:
                let next = TOMLTable(.dotted)
                table[part] = .table(next)
                table = next
            case .table(let next) where next.origin == .dotted: table = next
            case .table, .tables, .value: throw wrong("\"\(part)\" is defined twice", at: start)
            }
        }
        guard let last = path.last, table[last] == nil else {
            throw wrong("\"\(path.joined(separator: "."))\" is defined twice", at: start)
        }
        table[last] = .value(try value())
    }

    /// `a."b c".'d'`
    private mutating func key() throws(Problem) -> [String] {
        var path: [String] = []
        repeat {
            skipBlanks()
            switch peek {
            case UInt8(ascii: "\""): path.append(try basicString())
            case UInt8(ascii: "'"): path.append(try literalString())
            default:
                let start = index
                while let byte = peek, byte.isLetterOrDigit || "_-".utf8.contains(byte) {
                    index += 1
                }
                guard index > start else { throw wrong("a name was expected") }
                path.append(String(decoding: bytes[start..<index], as: UTF8.self))
            }
            guard path.count <= Limits.jsonDepth else {
                throw wrong("a name has more than \(Limits.jsonDepth) parts")
            }
            skipBlanks()
        } while take(UInt8(ascii: "."))
        return path
    }

    var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        index += 1
        return true
    }

    mutating func skipBlanks() {
        while peek == 0x20 || peek == 0x09 { index += 1 }
    }

    /// Skips a comment up to its line's end.
    mutating func skipComment() throws(Problem) {
        guard peek == UInt8(ascii: "#") else { return }
        while let byte = peek, byte != 0x0A {
            let isLineEnd = byte == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A
            guard byte >= 0x20 && byte != 0x7F || byte == 0x09 || isLineEnd else {
                throw wrong("a control character stands in a comment")
            }
            index += 1
        }
    }

    /// Takes a line end, with or without a carriage return.
    mutating func takeLineEnd() -> Bool {
        if peek == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A { index += 1 }
        return take(0x0A)
    }

    mutating func skipBlankLines() throws(Problem) {
        repeat {
            skipBlanks()
            try skipComment()
        } while takeLineEnd()
    }

    private mutating func endOfLine() throws(Problem) {
        skipBlanks()
        try skipComment()
        guard peek == nil || takeLineEnd() else { throw wrong("the end of the line was expected") }
    }

    /// Returns the problem at `position`, or here.
    func wrong(_ why: String, at position: Int? = nil) -> Problem {
        var line = 1
        var column = 1
        for byte in bytes[..<min(position ?? index, bytes.count)] {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return Problem(
            .badDocument, "\"\(name)\" is not valid TOML", why: why,
            at: Problem.Place(file: name, line: line, column: column))
    }
}
