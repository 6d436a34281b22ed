import Base

/// Cuts a template into tokens. See Go's text/template, "Text and spaces" and "Arguments".
struct TemplateLexer {
    private let bytes: [UInt8]
    private var at = 0
    private var tokens: [TemplateToken] = []

    /// - Throws: `badUsage` with the place where a token cannot be read.
    static func tokens(of text: String) throws(Problem) -> [TemplateToken] {
        var lexer = TemplateLexer(bytes: Array(text.utf8))
        try lexer.read()
        return lexer.tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func read() throws(Problem) {
        while at < bytes.count {
            readText()
            if at < bytes.count { try readAction() }
        }
        add(.end, from: bytes.count)
    }

    private func has(_ text: StaticString, at place: Int) -> Bool {
        "\(text)".utf8.elementsEqual(bytes[min(place, bytes.count)...].prefix("\(text)".utf8.count))
    }

    private func isBlank(_ place: Int) -> Bool {
        place < bytes.count && [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place])
    }

    private mutating func add(_ kind: TemplateToken.Kind, from offset: Int, spaced: Bool = false) {
        tokens.append(TemplateToken(kind: kind, offset: offset, isSpaced: spaced))
    }

    // MARK: Text

    /// Reads up to the next action; `\t` and `\n` typed out are a tab and a line feed.
    private mutating func readText() {
        let start = at
        while at < bytes.count, !has("{{", at: at) { at += 1 }
        var text = bytes[start..<at]
        // "{{- " takes the blanks before it away, " -}}" those behind it.
        if has("{{-", at: at), isBlank(at + 3) {
            while let last = text.last, [0x20, 0x09, 0x0A, 0x0D].contains(last) {
                text.removeLast()
            }
        }
        if trimsNext {
            text = text.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
            trimsNext = false
        }
        guard !text.isEmpty else { return }
        add(.text(TemplateLexer.unescaped(text)), from: start)
    }

    private var trimsNext = false

    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
        var out: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "t") {
                out.append(0x09)
                rest.removeFirst()
            } else if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "n") {
                out.append(0x0A)
                rest.removeFirst()
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    // MARK: Actions

    private mutating func readAction() throws(Problem) {
        let start = at
        at += 2
        if has("-", at: at), isBlank(at + 1) { at += 1 }
        var inside = at
        while isBlank(inside) { inside += 1 }
        if has("/*", at: inside) {
            try skipComment(start, inside)
            return
        }
        add(.open, from: start)
        while true {
            var spaced = false
            while isBlank(at) {
                at += 1
                spaced = true
            }
            guard at < bytes.count else { throw problem("the \"{{\" is not closed", start) }
            if has("}}", at: at) || spaced && has("-}}", at: at) { break }
            try readToken(spaced)
        }
        closeAction()
    }

    private mutating func closeAction() {
        let start = at
        if has("-}}", at: at) {
            trimsNext = true
            at += 1
        }
        at += 2
        add(.close, from: start)
    }

    private mutating func skipComment(_ start: Int, _ inside: Int) throws(Problem) {
        at = inside + 2
        while at < bytes.count, !has("*/", at: at) { at += 1 }
        guard at < bytes.count else { throw problem("the comment is not closed", start) }
        at += 2
        while isBlank(at) { at += 1 }
        guard has("}}", at: at) || has("-}}", at: at) else {
            throw problem("nothing may follow a comment", at)
        }
        closeAction()
        tokens.removeLast()
    }

    private mutating func readToken(_ spaced: Bool) throws(Problem) {
        let start = at
        let byte = bytes[at]
        switch byte {
        case UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","),
            UInt8(ascii: "="):
            at += 1
            add(TemplateLexer.sign(byte), from: start, spaced: spaced)
        case UInt8(ascii: ":") where has(":=", at: at):
            at += 2
            add(.declare, from: start, spaced: spaced)
        case UInt8(ascii: "\""), UInt8(ascii: "`"), UInt8(ascii: "'"): try readQuoted(spaced)
        case UInt8(ascii: "$"):
            at += 1
            add(.variable(readName()), from: start, spaced: spaced)
        case UInt8(ascii: "."):
            at += 1
            if at < bytes.count, (48...57).contains(bytes[at]) {
                at = start
                readNumber(spaced)
                return
            }
            let name = readName()
            add(name.isEmpty ? .dot : .field(name), from: start, spaced: spaced)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"):
            readNumber(spaced)
        default:
            let name = readName()
            guard !name.isEmpty else {
                throw problem("this sign means nothing in a template", start)
            }
            add(.identifier(name), from: start, spaced: spaced)
        }
    }

    private static func sign(_ byte: UInt8) -> TemplateToken.Kind {
        switch byte {
        case UInt8(ascii: "|"): .pipe
        case UInt8(ascii: "("): .leftParenthesis
        case UInt8(ascii: ")"): .rightParenthesis
        case UInt8(ascii: ","): .comma
        default: .assign
        }
    }

    private mutating func readName() -> String {
        let start = at
        while at < bytes.count, bytes[at].isLetterOrDigit || bytes[at] == 95 || bytes[at] >= 0x80 {
            at += 1
        }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private mutating func readNumber(_ spaced: Bool) {
        let start = at
        at += 1
        while at < bytes.count, bytes[at].isLetterOrDigit || bytes[at] == 46 || bytes[at] == 95 {
            at += 1
        }
        add(
            .number(String(decoding: bytes[start..<at], as: UTF8.self)), from: start, spaced: spaced
        )
    }

    // MARK: Quoted text

    private mutating func readQuoted(_ spaced: Bool) throws(Problem) {
        let start = at
        let quote = bytes[at]
        at += 1
        var out: [UInt8] = []
        while at < bytes.count, bytes[at] != quote {
            if bytes[at] == UInt8(ascii: "\\"), quote != UInt8(ascii: "`") {
                try readEscape(&out)
            } else {
                guard bytes[at] != 0x0A || quote == UInt8(ascii: "`") else { break }
                out.append(bytes[at])
                at += 1
            }
        }
        guard at < bytes.count, bytes[at] == quote else {
            throw problem("the quote is not closed", start)
        }
        at += 1
        let text = String(decoding: out, as: UTF8.self)
        guard quote == UInt8(ascii: "'") else {
            add(.string(text), from: start, spaced: spaced)
            return
        }
        guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
            throw problem("single quotes hold one character", start)
        }
        add(.character(scalar.value), from: start, spaced: spaced)
    }

    private mutating func readEscape(_ out: inout [UInt8]) throws(Problem) {
        let start = at
        at += 1
        guard at < bytes.count else { throw problem("the quote is not closed", start) }
        let letter = bytes[at]
        at += 1
        switch letter {
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "a"): out.append(0x07)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "v"): out.append(0x0B)
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): out.append(letter)
        case UInt8(ascii: "x"): out.append(UInt8(truncatingIfNeeded: try readHex(2, start)))
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let value = try readHex(letter == UInt8(ascii: "u") ? 4 : 8, start)
            guard let scalar = Unicode.Scalar(value) else {
                throw problem("there is no such character", start)
            }
            out += String(Character(scalar)).utf8
        default: throw problem("there is no such escape", start)
        }
    }

    private mutating func readHex(_ count: Int, _ start: Int) throws(Problem) -> UInt32 {
        let digits = bytes[at...].prefix(count)
        guard digits.count == count, digits.allSatisfy(\.isLetterOrDigit),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw problem("\(count) hexadecimal digits must follow", start) }
        at += count
        return value
    }

    private func problem(_ why: String, _ offset: Int) -> Problem {
        TemplateFault(why, at: offset).problem(in: bytes)
    }
}

/// What is wrong with a template, and where.
struct TemplateFault {
    let why: String
    let next: String?
    let offset: Int

    init(_ why: String, at offset: Int, next: String? = nil) {
        self.why = why
        self.offset = offset
        self.next = next
    }

    /// Returns the fault for its reader, with line and column.
    func problem(in bytes: [UInt8]) -> Problem {
        let before = bytes[..<min(offset, bytes.count)]
        let line = before.count { $0 == 0x0A } + 1
        let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let column = String(decoding: before[start...], as: UTF8.self).count + 1
        return Problem(
            .badUsage, "the template is wrong", why: why, next: next,
            at: Problem.Place(file: "template", line: line, column: column))
    }
}
