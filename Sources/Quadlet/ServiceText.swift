package import Base
import UnitFiles

/// A generated unit: sections and lines, each line with what in the unit files caused it.
package struct ServiceText: Sendable {
    package struct Line: Sendable {
        /// The key, or an empty text for a comment.
        package let key: String
        package let value: String
        /// The assignments that caused the line; none where a rule alone did.
        package let causes: [Problem.Place]
        /// The words of a generated command line with their causes.
        package let words: [Command.Word]

        package var text: String { key.isEmpty ? value : "\(key)=\(value)" }
    }

    package struct Section: Sendable {
        package var name: String
        package var lines: [Line]
    }

    /// Comments before the first section.
    package var head: [String] = []
    package var sections: [Section] = []

    init() {}

    /// Copies every section of a unit file, with the places where its lines stand.
    init(copying file: UnitFile) {
        head = file.head
        for section in file.sections where !section.name.isEmpty {
            let lines = section.lines.map { line -> Line in
                switch line {
                case .comment(let text): Line(key: "", value: text, causes: [], words: [])
                case .assignment(let assignment):
                    Line(
                        key: assignment.key, value: assignment.value, causes: [assignment.place],
                        words: [])
                }
            }
            sections.append(Section(name: section.name, lines: lines))
        }
    }

    /// Renames a section; one that has the new name already takes its lines in.
    mutating func rename(_ name: String, to new: String) {
        guard let index = sections.firstIndex(where: { $0.name == name }) else { return }
        if let other = sections.firstIndex(where: { $0.name == new }) {
            sections[other].lines += sections[index].lines
            sections.remove(at: index)
        } else {
            sections[index].name = new
        }
    }

    private mutating func index(of section: String) -> Int {
        if let index = sections.firstIndex(where: { $0.name == section }) { return index }
        sections.append(Section(name: section, lines: []))
        return sections.count - 1
    }

    /// Adds a line at the end of a section, before the blank lines that part it from the next.
    mutating func add(
        _ section: String, _ key: String, _ value: String, from causes: [Problem.Place] = [],
        words: [Command.Word] = []
    ) {
        let index = index(of: section)
        var end = sections[index].lines.count
        while end > 0, sections[index].lines[end - 1].isBlank { end -= 1 }
        sections[index].lines.insert(
            Line(key: key, value: value, causes: causes, words: words), at: end)
    }

    /// Adds a command line at the end of [Service].
    mutating func add(_ key: String, _ command: Command, ignoringFailure: Bool = false) {
        let line = (ignoringFailure ? "-" : "") + Quoting.line(command.words.map(\.text))
        add("Service", key, line, words: command.words)
    }

    /// Adds lines at the top of a section, which is made where it is missing.
    mutating func prepend(_ section: String, _ lines: [(key: String, value: String)]) {
        let index = index(of: section)
        let new = lines.map { Line(key: $0.key, value: $0.value, causes: [], words: []) }
        sections[index].lines.insert(contentsOf: new, at: 0)
    }

    /// Returns the last value of a key, even an empty one.
    func last(_ section: String, _ key: String) -> Line? {
        sections.first { $0.name == section }?.lines.last { $0.key == key }
    }

    /// Puts `lines` in the place of the first line of `key`, and removes the others.
    mutating func replace(_ section: String, _ key: String, with lines: [Line]) {
        guard let index = sections.firstIndex(where: { $0.name == section }),
            let first = sections[index].lines.firstIndex(where: { $0.key == key })
        else { return }
        sections[index].lines.removeAll { $0.key == key }
        sections[index].lines.insert(contentsOf: lines, at: first)
    }

    /// The unit as systemd reads it.
    package var text: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Adds the unit's text to `out`, sections parted by one blank line.
    func write(to out: inout [UInt8]) {
        let newline = UInt8(ascii: "\n")
        for comment in head {
            out += comment.utf8
            out.append(newline)
        }
        // By index, so that no line is copied with all its causes.
        for number in sections.indices {
            if number > 0 || head.last?.isEmpty == false { out.append(newline) }
            out.append(UInt8(ascii: "["))
            out += sections[number].name.utf8
            out += "]\n".utf8
            var end = sections[number].lines.count
            while end > 0, sections[number].lines[end - 1].isBlank { end -= 1 }
            for line in 0..<end {
                if !sections[number].lines[line].key.isEmpty {
                    out += sections[number].lines[line].key.utf8
                    out.append(UInt8(ascii: "="))
                }
                out += sections[number].lines[line].value.utf8
                out.append(newline)
            }
        }
    }
}

extension ServiceText.Line {
    var isBlank: Bool { key.isEmpty && value.isEmpty }
}

/// The words of a generated command line, each with the assignment that caused it.
package struct Command: Sendable {
    package struct Word: Equatable, Sendable {
        package let text: String
        package let cause: Problem.Place?
    }

    package private(set) var words: [Word]

    init(_ words: [Word]) { self.words = words }

    /// Adds words that a rule causes, or all the same assignment.
    mutating func add(_ texts: String..., from cause: Problem.Place? = nil) {
        for text in texts { words.append(Word(text: text, cause: cause)) }
    }

    /// Adds words of the user's, as they are.
    mutating func add(_ more: [UnitFiles.Word]) {
        for word in more { words.append(Word(text: word.text, cause: word.place)) }
    }

    /// Adds an option and a value that stands in a file.
    mutating func add(_ option: String, _ value: UnitFiles.Word) {
        add(option, value.text, from: value.place)
    }
}
