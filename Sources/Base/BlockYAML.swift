/// The part of YAML that small configuration files are written in: mappings by indentation, with plain
/// or quoted words as values. Anything else is refused, never guessed at.
///
/// Members keep their order. Values that are no mappings are strings, whatever they look like.
package enum BlockYAML {
    /// Reads a document whose outermost value is a mapping, or nothing at all.
    ///
    /// - Throws: `badDocument` with line and column.
    package static func parse(_ bytes: [UInt8], name: String) throws(Problem) -> JSON {
        guard bytes.count <= Limits.configurationBytes else {
            throw Problem(
                .badDocument, "\"\(name)\" is too large",
                why: "\(Limits.configurationBytes) bytes are allowed")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(.badDocument, "\"\(name)\" is not UTF-8 text")
        }
        var reader = Reader(text, name)
        return try reader.document()
    }

    private struct Line {
        let number: Int
        let indent: Int
        let text: Substring
    }

    private struct Reader {
        let name: String
        var lines: [Line] = []
        var next = 0
        var wrongTab: Int?

        init(_ text: String, _ name: String) {
            self.name = name
            let all = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            for (index, line) in all.enumerated() {
                let indent = line.prefix { $0 == " " }.count
                let rest = line.dropFirst(indent)
                if rest.first == "\t" { wrongTab = wrongTab ?? index + 1 }
                if rest.isEmpty || rest.hasPrefix("#") { continue }
                if indent == 0, rest == "---", lines.isEmpty { continue }
                lines.append(Line(number: index + 1, indent: indent, text: rest))
            }
        }

        mutating func document() throws(Problem) -> JSON {
            if let wrongTab { throw wrong(wrongTab, 1, "a tab indents a line") }
            guard let first = lines.first else { return .object([]) }
            let value = try mapping(first.indent, depth: 0)
            if next < lines.count {
                throw wrong(lines[next].number, 1, "the line is not indented like those above it")
            }
            return value
        }

        mutating func mapping(_ indent: Int, depth: Int) throws(Problem) -> JSON {
            guard depth < 16 else { throw wrong(lines[next].number, 1, "it is nested too deep") }
            var members: [JSON.Member] = []
            while next < lines.count, lines[next].indent == indent {
                let line = lines[next]
                let (key, rest) = try split(line)
                guard !members.contains(where: { $0.name == key }) else {
                    throw wrong(line.number, indent + 1, "\"\(key.printable)\" stands twice")
                }
                next += 1
                if !rest.isEmpty {
                    members.append(JSON.Member(key, .string(try scalar(rest, line))))
                } else if next < lines.count, lines[next].indent > indent {
                    let value = try mapping(lines[next].indent, depth: depth + 1)
                    members.append(JSON.Member(key, value))
                } else {
                    members.append(JSON.Member(key, .null))
                }
            }
            return .object(members)
        }

        /// Returns the key of a line, and what stands after its colon.
        func split(_ line: Line) throws(Problem) -> (String, Substring) {
            let text = line.text
            if let quote = text.first, quote == "\"" || quote == "'" {
                let (key, rest) = try quoted(text, line)
                guard rest.hasPrefix(":") else {
                    throw wrong(line.number, line.indent + 1, "\":\" is missing after the key")
                }
                return (key, rest.dropFirst().drop { $0 == " " })
            }
            guard let first = text.first, !"[]{}>|&*!%@`-?,".contains(first) else {
                throw wrong(
                    line.number, line.indent + 1, "only mappings of words are read here")
            }
            var index = text.startIndex
            while index < text.endIndex {
                let after = text.index(after: index)
                if text[index] == ":", after == text.endIndex || text[after] == " " {
                    let rest = text[after...].drop { $0 == " " }
                    return (String(text[..<index]), rest.hasPrefix("#") ? "" : rest)
                }
                index = after
            }
            throw wrong(line.number, line.indent + 1, "\"KEY: VALUE\" was expected")
        }

        func scalar(_ text: Substring, _ line: Line) throws(Problem) -> String {
            guard let first = text.first else { return "" }
            if first == "\"" || first == "'" {
                let (value, rest) = try quoted(text, line)
                let after = rest.drop { $0 == " " }
                guard after.isEmpty || after.hasPrefix("#") else {
                    throw wrong(line.number, line.indent + 1, "there is text after the quotes")
                }
                return value
            }
            guard !"[]{}>|&*!%@`".contains(first) else {
                throw wrong(
                    line.number, line.indent + 1, "only words are read as values here")
            }
            var end = text.endIndex
            var index = text.startIndex
            while index < text.endIndex {
                if text[index] == "#", index > text.startIndex, text[text.index(before: index)] == " "
                {
                    end = index
                    break
                }
                index = text.index(after: index)
            }
            var value = text[..<end]
            while let last = value.last, last == " " || last == "\t" { value = value.dropLast() }
            guard !value.contains(": "), !value.hasSuffix(":") else {
                throw wrong(line.number, line.indent + 1, "two colons stand in one line")
            }
            return String(value)
        }

        func quoted(_ text: Substring, _ line: Line) throws(Problem) -> (String, Substring) {
            guard let quote = text.first, let end = text.dropFirst().firstIndex(of: quote) else {
                throw wrong(line.number, line.indent + 1, "a quote has no end")
            }
            let inner = text[text.index(after: text.startIndex)..<end]
            guard !inner.contains("\\") || quote == "'" else {
                throw wrong(line.number, line.indent + 1, "escapes are not read here")
            }
            return (String(inner), text[text.index(after: end)...])
        }

        func wrong(_ line: Int, _ column: Int, _ why: String) -> Problem {
            Problem(
                .badDocument, "\"\(name)\" cannot be read", why: why,
                at: Problem.Place(file: name, line: line, column: column))
        }
    }
}
