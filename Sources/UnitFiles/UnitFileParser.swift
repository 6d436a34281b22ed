import Base

extension UnitFile {
    /// Reads a unit file.
    ///
    /// Lines are trimmed; a line that ends in a backslash goes on in the next one that is neither
    /// blank nor a comment, with nothing put between them. A byte-order mark is passed over, as
    /// systemd does.
    ///
    /// - Parameter name: how diagnostics name the file.
    package init(parsing bytes: [UInt8], name: String) {
        var parser = UnitFileParser(bytes: bytes, name: name)
        parser.parse()
        self = parser.file
    }
}

/// Walks over the lines of a unit file and collects sections, assignments and problems.
private struct UnitFileParser {
    let bytes: [UInt8]
    var file: UnitFile
    var line = 0
    /// The first byte of the next line.
    var next = 0
    /// The index in `file.sections` of the section that lines now belong to.
    var current: Int?
    var indexes: [String: Int] = [:]

    init(bytes: [UInt8], name: String) {
        self.bytes = bytes
        file = UnitFile(name: name)
    }

    /// The bytes of one line without surrounding white space.
    struct Trimmed {
        var start: Int
        var end: Int
        /// Characters of white space before `start`.
        var indent: Int

        var isEmpty: Bool { start == end }
    }

    mutating func parse() {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { next = 3 }
        while let text = nextLine() {
            if isComment(text) {
                keepComment(text)
            } else if bytes[text.start] == UInt8(ascii: "[") {
                readHeader(text)
            } else {
                readAssignment(text)
            }
        }
    }

    mutating func nextLine() -> Trimmed? {
        guard next < bytes.count else { return nil }
        line += 1
        var end = next
        while end < bytes.count, bytes[end] != 0x0A { end += 1 }
        var text = Trimmed(start: next, end: end, indent: 0)
        next = end + 1
        while text.start < text.end, bytes[text.start].isBlank {
            text.start += 1
            text.indent += 1
        }
        while text.end > text.start, bytes[text.end - 1].isBlank { text.end -= 1 }
        return text
    }

    func isComment(_ text: Trimmed) -> Bool {
        text.isEmpty || bytes[text.start] == UInt8(ascii: "#")
            || bytes[text.start] == UInt8(ascii: ";")
    }

    mutating func keepComment(_ text: Trimmed) {
        // For systemd a line ends at these as well: what follows would be no comment any more.
        let plain = bytes[text.start..<text.end].map { $0 == 0 || $0 == 0x0D ? 0x20 : $0 }
        let comment = String(decoding: plain, as: UTF8.self)
        if let current {
            file.sections[current].lines.append(.comment(comment))
        } else {
            file.head.append(comment)
        }
    }

    mutating func readHeader(_ text: Trimmed) {
        let place = Problem.Place(file: file.name, line: line, column: text.indent + 1)
        let inside = bytes[(text.start + 1)..<max(text.start + 1, text.end - 1)]
        guard text.end - text.start >= 2, bytes[text.end - 1] == UInt8(ascii: "]") else {
            refuse(
                "the name of a section is not closed", next: "end the line with \"]\"", at: place)
            return leaveSection(place)
        }
        let bad = inside.contains {
            $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") || $0 < 0x20
        }
        guard !inside.isEmpty, !bad, let name = String(validating: inside, as: UTF8.self) else {
            let shown = String(decoding: inside, as: UTF8.self).printable
            refuse("\"\(shown)\" is no name for a section", next: nil, at: place)
            return leaveSection(place)
        }
        if let index = indexes[name] {
            current = index
        } else {
            current = file.sections.count
            indexes[name] = file.sections.count
            file.sections.append(UnitFile.Section(name: name, place: place))
        }
    }

    /// After a bad header the lines below it belong to no section that anybody asks for.
    mutating func leaveSection(_ place: Problem.Place) {
        current = file.sections.count
        file.sections.append(UnitFile.Section(name: "", place: place))
    }

    mutating func readAssignment(_ text: Trimmed) {
        let place = Problem.Place(file: file.name, line: line, column: text.indent + 1)
        let equals = bytes[text.start..<text.end].firstIndex(of: UInt8(ascii: "="))
        guard let equals, equals > text.start else {
            let shown = String(decoding: bytes[text.start..<text.end].prefix(60), as: UTF8.self)
            skipContinuation(text)
            return refuse(
                "\"\(shown.printable)\" is neither a section, an assignment nor a comment",
                next: "write it as Key=Value, or begin the line with \"#\"", at: place)
        }
        var keyEnd = equals
        while keyEnd > text.start, bytes[keyEnd - 1].isBlank { keyEnd -= 1 }
        var start = equals + 1
        while start < text.end, bytes[start].isBlank { start += 1 }
        let column = text.indent + 1 + characters(text.start..<start)
        let key = String(validating: bytes[text.start..<keyEnd], as: UTF8.self)
        let value = readValue(start: start, end: text.end)
        guard let key, let string = String(validating: value.bytes, as: UTF8.self) else {
            return refuse(
                "the line is not UTF-8 text", next: "save the file in the UTF-8 encoding", at: place
            )
        }
        guard !value.bytes.contains(0) else {
            return refuse("the value of \(key.printable) contains a NUL byte", next: nil, at: place)
        }
        guard !value.bytes.contains(0x0D), !key.utf8.contains(where: { $0 == 0 || $0 == 0x0D })
        else {
            return refuse(
                "the line of \(key.printable) would be two lines for systemd",
                next: "take the carriage return or NUL byte out of it", at: place)
        }
        guard let current else {
            return refuse(
                "the assignment to \"\(key.printable)\" stands before any section",
                next: "put a section such as [Container] above it", at: place)
        }
        let assignment = Assignment(
            key: key, value: string, place: place, column: column, continued: value.parts)
        file.sections[current].lines.append(.assignment(assignment))
    }

    /// Joins the lines of a value.
    mutating func readValue(start: Int, end: Int) -> (bytes: [UInt8], parts: [Assignment.Part]) {
        var value = Array(bytes[start..<end])
        var parts: [Assignment.Part] = []
        while value.last == UInt8(ascii: "\\") {
            value.removeLast()
            guard let more = nextMeaningfulLine() else {
                // A value never ends in a backslash, or it would swallow the next generated line.
                while value.last == UInt8(ascii: "\\") { value.removeLast() }
                break
            }
            parts.append(Assignment.Part(offset: value.count, line: line, column: more.indent + 1))
            value += bytes[more.start..<more.end]
        }
        while let last = value.last, last.isBlank { value.removeLast() }
        return (value, parts)
    }

    mutating func nextMeaningfulLine() -> Trimmed? {
        while let text = nextLine() {
            if !isComment(text) { return text }
        }
        return nil
    }

    /// Passes over the lines that continue a line that was refused.
    mutating func skipContinuation(_ text: Trimmed) {
        var text = text
        while !text.isEmpty, bytes[text.end - 1] == UInt8(ascii: "\\"),
            let more = nextMeaningfulLine()
        {
            text = more
        }
    }

    func characters(_ range: Range<Int>) -> Int {
        var count = 0
        for byte in bytes[range] where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    mutating func refuse(_ what: String, next: String?, at place: Problem.Place) {
        file.problems.append(Problem(.badDocument, what, next: next, at: place))
    }
}

extension UInt8 {
    /// Whether this is a space, tab, carriage return, vertical tab or form feed.
    var isBlank: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D && self != 0x0A) }
}
