import Base

/// The words of one command of an OCI runtime, told apart: options, their values, and the rest.
///
/// Options may stand before or after the container's id, as with crun and runc; the words after
/// the id are the program's own where `stopsAtFirst` says so.
struct CommandWords: Equatable {
    private(set) var flags: Set<String> = []
    private(set) var values: [String: [String]] = [:]
    private(set) var rest: [String] = []

    /// What a command accepts: long names, with a short one after a comma; `=` marks a value.
    struct Grammar {
        let options: [String]
        var stopsAtFirst = false
        var stopsAfterID = false
    }

    /// - Throws: `badUsage` for an option nobody knows, or one without its value.
    init(_ words: ArraySlice<String>, _ grammar: Grammar) throws(Problem) {
        var index = words.startIndex
        func next(_ option: String) throws(Problem) -> String {
            index += 1
            guard index < words.endIndex else {
                throw Problem(.badUsage, "option \"\(option)\" needs a value")
            }
            return words[index]
        }
        while index < words.endIndex {
            let word = words[index]
            if word == "--" {
                rest += words[(index + 1)...]
                return
            }
            guard word.hasPrefix("-"), word != "-" else {
                if grammar.stopsAtFirst || (grammar.stopsAfterID && !rest.isEmpty) {
                    rest += words[index...]
                    return
                }
                rest.append(word)
                index += 1
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let given = parts[0].drop { $0 == "-" }
            guard let (name, takesValue) = Self.find(given, grammar) else {
                throw Problem(
                    .badUsage, "unknown option \"\(word.printable)\"",
                    next: "see the options with \"martlet-runtime --help\"")
            }
            if takesValue {
                let value = parts.count == 2 ? String(parts[1]) : try next(word)
                values[name, default: []].append(value)
            } else if parts.count == 1 || parts[1] == "true" {
                flags.insert(name)
            }
            index += 1
        }
    }

    private static func find(_ given: Substring, _ grammar: Grammar) -> (String, Bool)? {
        for option in grammar.options {
            let takesValue = option.hasSuffix("=")
            let names = (takesValue ? option.dropLast() : Substring(option)).split(separator: ",")
            if names.contains(given), let name = names.first { return (String(name), takesValue) }
        }
        return nil
    }

    subscript(name: String) -> String? { values[name]?.last }

    func has(_ flag: String) -> Bool { flags.contains(flag) }

    /// Returns the number an option was given.
    func number<Number: FixedWidthInteger>(_ name: String, _ type: Number.Type) throws(Problem)
        -> Number?
    {
        guard let text = self[name] else { return nil }
        guard let number = Number(text) else {
            throw Problem(.badUsage, "\"\(text.printable)\" is no value for \"--\(name)\"")
        }
        return number
    }

    /// Returns the container's id, the first word that is no option.
    func id() throws(Problem) -> ObjectName {
        guard let first = rest.first else {
            throw Problem(.badUsage, "the container's id is missing")
        }
        do {
            return try ObjectName(first, of: "container")
        } catch {
            throw Problem(
                .badValue, "invalid character in the container ID \"\(first.printable)\"",
                why: error.why,
                next: error.next)
        }
    }
}
