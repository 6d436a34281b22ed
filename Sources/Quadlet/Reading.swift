import Base
import UnitFiles

/// The own section of one unit file, read through its key table.
///
/// Every reader collects what is wrong with its value in `findings` and goes on, so one look at a
/// file tells all its problems.
struct Reading {
    let unit: LoadedUnit
    let table: KeyTable
    /// The assignments of each row of the table, in the order of the file.
    private var rows: [[Assignment]]
    var findings: [Finding] = []

    /// A name with a value, or without one.
    struct Pair {
        let name: String
        let word: Word
    }

    init(_ unit: LoadedUnit) {
        self.unit = unit
        table = KeyTable.table(of: unit.name.type)
        rows = Array(repeating: [], count: table.keys.count)
        guard let section = unit.file[table.section] else { return }
        for case .assignment(let assignment) in section.lines {
            if let row = table.rows[assignment.key] {
                rows[row].append(assignment)
            } else {
                refuseKey(assignment)
            }
        }
    }

    private mutating func refuseKey(_ assignment: Assignment) {
        let shown = assignment.key.printable
        let near = table.rows.keys.sorted().nearest(to: assignment.key)
        findings.append(
            .error(
                "unknown-key", "unknown key \"\(shown)\" in [\(table.section)]",
                next: near.map { "did you mean \"\($0)\"?" }, at: assignment.place,
                familiar: "unsupported key '\(shown)' in group '\(table.section)' in \(unit.path)"))
    }

    /// Where the section stands, for what is missing in it; the file's beginning where there is
    /// none.
    var place: Problem.Place {
        unit.file[table.section]?.place ?? Problem.Place(file: unit.path, line: 1)
    }

    private func assignments(_ key: String) -> [Assignment] {
        // Only names of the table are asked for; a test walks through all of them.
        guard let row = table.rows[key] else { preconditionFailure("no key \(key)") }
        return rows[row]
    }

    /// Whether the key is assigned at all.
    func has(_ key: String) -> Bool { !assignments(key).isEmpty }

    /// Whether the key of that row of the table is assigned at all.
    func has(row: Int) -> Bool { !rows[row].isEmpty }

    /// Returns where the key's last assignment stands.
    func place(of key: String) -> Problem.Place { assignments(key).last?.place ?? place }

    /// Returns the last value, even an empty one.
    func last(_ key: String) -> Word? { assignments(key).last.map(Reading.unquoted) }

    /// Returns the last value, or nil where it is empty.
    func single(_ key: String) -> Word? {
        guard let word = last(key), !word.text.isEmpty else { return nil }
        return word
    }

    private static func unquoted(_ assignment: Assignment) -> Word {
        let value = assignment.value
        guard value.utf8.count >= 2, value.utf8.first == UInt8(ascii: "\""),
            value.utf8.last == UInt8(ascii: "\"")
        else { return Word(value, at: assignment.place(at: 0)) }
        return Word(String(value.dropFirst().dropLast()), at: assignment.place(at: 0))
    }

    /// Returns a boolean, or nil where the key is not assigned.
    mutating func flag(_ key: String) -> Bool? {
        guard let word = last(key) else { return nil }
        switch word.text.lowercased() {
        case "1", "yes", "true", "on": return true
        case "0", "no", "false", "off", "": return false
        default:
            let near = ["yes", "no", "true", "false", "on", "off"].nearest(to: word.text)
            findings.append(
                .warning(
                    "not-a-boolean",
                    "\"\(word.text.printable)\" is no boolean for \(key) and counts as false",
                    next: near.map { "did you mean \"\($0)\"?" } ?? "write yes or no",
                    at: word.place))
            return false
        }
    }

    /// Returns a number as C writes them, 0 for what is none, or nil where the key is not assigned.
    mutating func number(_ key: String) -> Int? {
        guard let word = last(key) else { return nil }
        if let value = Reading.integer(word.text) { return value }
        if !word.text.isEmpty, word.text != "root" {
            findings.append(
                .warning(
                    "not-a-number",
                    "\"\(word.text.printable)\" is no number for \(key) and counts as 0",
                    next: "write a decimal number", at: word.place))
        }
        return 0
    }

    private static func integer(_ text: String) -> Int? {
        var digits = text[...]
        var sign = 1
        if digits.hasPrefix("-") || digits.hasPrefix("+") {
            sign = digits.removeFirst() == "-" ? -1 : 1
        }
        guard digits.utf8.first?.isLetterOrDigit == true else { return nil }
        let lower = digits.lowercased()
        let value: Int? =
            if lower.hasPrefix("0x") {
                Int(lower.dropFirst(2), radix: 16)
            } else if lower.hasPrefix("0"), lower.utf8.count > 1 {
                Int(lower, radix: 8)
            } else {
                Int(lower)
            }
        return value.map { $0 * sign }
    }

    /// Returns the values of a key whose every line is one value, taken literally.
    func repeated(_ key: String) -> [Word] {
        kept(key).map { Word($0.value, at: $0.place(at: 0)) }
    }

    /// Returns the assignments that are left after empty ones cleared those before them.
    private func kept(_ key: String) -> ArraySlice<Assignment> {
        let all = assignments(key)
        guard let cleared = all.lastIndex(where: \.value.isEmpty) else { return all[...] }
        return all[(cleared + 1)...]
    }

    /// Returns the words of a plain list.
    mutating func list(_ key: String) -> [Word] {
        var words: [Word] = []
        for assignment in kept(key) {
            do { words += try assignment.words() } catch { refuse(error, "open-quote") }
        }
        return words
    }

    /// Returns the words of all lines, C escapes decoded.
    mutating func arguments(_ key: String) -> [Word] {
        var words: [Word] = []
        for assignment in kept(key) {
            do { words += try assignment.arguments() } catch { refuse(error, "bad-escape") }
        }
        return words
    }

    /// Returns the words of the last line, C escapes decoded, or nil where there are none.
    mutating func command(_ key: String) -> [Word]? {
        guard let assignment = assignments(key).last, !assignment.value.isEmpty else { return nil }
        do { return try assignment.arguments() } catch { refuse(error, "bad-escape") }
        return nil
    }

    /// Returns names and values sorted by name; the last of a name wins.
    mutating func pairs(_ key: String) -> [Pair] {
        let words = arguments(key)
        guard !words.isEmpty else { return [] }
        var found: [String: Word] = [:]
        for word in words {
            let name = word.text.utf8.prefix { $0 != UInt8(ascii: "=") }
            found[String(Substring(name))] = word
        }
        return found.map { Pair(name: $0.key, word: $0.value) }.sorted { $0.name < $1.name }
    }

    private mutating func refuse(_ problem: Problem, _ rule: String) {
        // The incumbent says "unsupported escape char" where this house names the escape.
        findings.append(Finding(.error, rule, problem))
    }
}
