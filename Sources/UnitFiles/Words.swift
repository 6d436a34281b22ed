package import Base

/// One word of a value that is a list, with its place.
package struct Word: Equatable, Sendable {
    package let text: String
    package let place: Problem.Place

    package init(_ text: String, at place: Problem.Place) {
        self.text = text
        self.place = place
    }
}

extension Assignment {
    /// Returns the words of a plain list: quotes group and vanish, a backslash is an ordinary
    /// character.
    ///
    /// See systemd.syntax(7), "Quoting", and systemd's own lists of unit names.
    ///
    /// - Throws: `badValue` with the place of a quote that nothing closes.
    package func words() throws(Problem) -> [Word] {
        var splitter = Splitter(self, decodesEscapes: false)
        return try splitter.split()
    }

    /// Returns the words of a command line: quotes group and vanish, C escapes are decoded.
    ///
    /// A quote that nothing closes reaches to the end of the value. An empty quoted word is a word.
    /// See systemd.service(5), "Command lines", and systemd.syntax(7), "Quoting".
    ///
    /// - Throws: `badValue` with the place of an escape that does not exist.
    package func arguments() throws(Problem) -> [Word] {
        var splitter = Splitter(self, decodesEscapes: true)
        return try splitter.split()
    }
}

/// Splits the bytes of one value into words.
private struct Splitter {
    let assignment: Assignment
    let bytes: [UInt8]
    let decodesEscapes: Bool
    var words: [Word] = []
    var word: [UInt8] = []
    /// The offset of the word that is being read, or nil between words.
    var start: Int?

    init(_ assignment: Assignment, decodesEscapes: Bool) {
        self.assignment = assignment
        self.decodesEscapes = decodesEscapes
        bytes = Array(assignment.value.utf8)
    }

    mutating func split() throws(Problem) -> [Word] {
        var index = 0
        var quote: (byte: UInt8, offset: Int)?
        while index < bytes.count {
            let byte = bytes[index]
            if decodesEscapes, byte == UInt8(ascii: "\\") {
                start = start ?? index
                index = try decodeEscape(at: index)
                continue
            }
            switch byte {
            case _ where byte == quote?.byte:
                quote = nil
            case UInt8(ascii: "\"") where quote == nil, UInt8(ascii: "'") where quote == nil:
                start = start ?? index
                quote = (byte, index)
            case _ where quote == nil && byte.isBlank:
                finishWord()
            default:
                start = start ?? index
                word.append(byte)
            }
            index += 1
        }
        if let quote, !decodesEscapes {
            throw Problem(
                .badValue, "nothing closes the quote in \(assignment.key)",
                next: "add \(String(UnicodeScalar(quote.byte))) at the end of the quoted words",
                at: assignment.place(at: quote.offset))
        }
        finishWord()
        return words
    }

    mutating func finishWord() {
        guard let start else { return }
        let text = String(decoding: word, as: UTF8.self)
        words.append(Word(text, at: assignment.place(at: start)))
        word.removeAll(keepingCapacity: true)
        self.start = nil
    }

    /// Decodes the escape at `index` and returns the index after it.
    mutating func decodeEscape(at index: Int) throws(Problem) -> Int {
        // A lone backslash at the end of a line means nothing.
        guard index + 1 < bytes.count else { return bytes.count }
        let kind = bytes[index + 1]
        if let plain = Splitter.plainEscapes[kind] {
            word.append(plain)
            return index + 2
        }
        let (first, count, radix): (Int, Int, UInt32) =
            switch kind {
            case UInt8(ascii: "x"): (index + 2, 2, 16)
            case UInt8(ascii: "u"): (index + 2, 4, 16)
            case UInt8(ascii: "U"): (index + 2, 8, 16)
            case UInt8(ascii: "0")...UInt8(ascii: "7"): (index + 1, 3, 8)
            default: throw unknownEscape(index)
            }
        guard first + count <= bytes.count else { throw unknownEscape(index) }
        var value: UInt32 = 0
        for byte in bytes[first..<(first + count)] {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, digit < radix,
                value < 1 << 28
            else { throw unknownEscape(index) }
            value = value * radix + UInt32(digit)
        }
        guard value != 0, let scalar = UnicodeScalar(value) else { throw unknownEscape(index) }
        word += Array(String(scalar).utf8)
        return first + count
    }

    static let plainEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "a"): 0x07, UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C,
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
        UInt8(ascii: "v"): 0x0B, UInt8(ascii: "s"): 0x20, UInt8(ascii: "\\"): 0x5C,
        UInt8(ascii: "\""): 0x22, UInt8(ascii: "'"): 0x27,
    ]

    func unknownEscape(_ index: Int) -> Problem {
        var end = index + 2
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
        let shown = String(decoding: bytes[index..<min(end, bytes.count)], as: UTF8.self).printable
        return Problem(
            .badValue, "\"\(shown)\" in \(assignment.key) is an unsupported escape character",
            next: "write \"\\\(shown)\" where a backslash is meant",
            at: assignment.place(at: index))
    }
}
