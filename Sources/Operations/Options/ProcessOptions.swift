package import Base
package import Specs

/// What stands behind `--env`: `NAME=VALUE`, or `NAME` for the caller's own value.
package enum VariableOption {
    /// - Throws: `badValue` where there is no name.
    package static func parse(_ text: String, for field: String)
        throws(Problem) -> ProcessChoices.Variable
    {
        let (name, value) = Assignments.parted(text)
        guard !name.isEmpty, !text.utf8.contains(0) else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no variable for \(field)",
                next: "write NAME=VALUE, or NAME for the value it has here")
        }
        return ProcessChoices.Variable(name, value)
    }

    /// Returns the text that `parse` makes this variable of.
    package static func text(of variable: ProcessChoices.Variable) -> String {
        variable.value.map { "\(variable.name)=\($0)" } ?? variable.name
    }
}

/// `KEY=VALUE` as labels, annotations, kernel parameters and options have it.
package enum Assignments {
    /// Parts a text at its first `=`; the value is nil where there is none.
    package static func parted(_ text: String) -> (key: String, value: String?) {
        guard let border = text.firstIndex(of: "=") else { return (text, nil) }
        return (String(text[..<border]), String(text[text.index(after: border)...]))
    }

    /// A label: the value may be left out.
    package static func label(_ text: String, for field: String)
        throws(Problem) -> (key: String, value: String)
    {
        let (key, value) = parted(text)
        guard !key.isEmpty else { throw refusal(text, field) }
        return (key, value ?? "")
    }

    /// A pair whose value must be there.
    package static func pair(_ text: String, for field: String)
        throws(Problem) -> (key: String, value: String)
    {
        let (key, value) = parted(text)
        guard !key.isEmpty, let value else { throw refusal(text, field) }
        return (key, value)
    }

    private static func refusal(_ text: String, _ field: String) -> Problem {
        Problem(
            .badValue, "\"\(text.printable)\" is no pair for \(field)", next: "write KEY=VALUE")
    }

    /// Returns `key=value` texts in the order of their keys, so that they are always the same.
    package static func texts(of pairs: [String: String]) -> [String] {
        pairs.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }
}

/// What stands behind `--entrypoint`: a program, a JSON list of words, or nothing to clear it.
package enum EntrypointOption {
    /// - Throws: `badValue` for a list that is broken.
    package static func parse(_ text: String, for field: String) throws(Problem) -> [String] {
        guard text.hasPrefix("[") else { return text.isEmpty ? [] : [text] }
        let list = try? JSON(parsing: Array(text.utf8), name: field).elements
        let words = list?.compactMap(\.text)
        guard let words, words.count == list?.count else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no list of words for \(field)",
                next: "write it like [\"sh\", \"-c\"]")
        }
        return words
    }

    /// Returns the text that `parse` makes these words of.
    package static func text(of words: [String]) -> String {
        switch words.count {
        case 0: ""
        case 1 where !words[0].hasPrefix("["): words[0]
        default: JSON.array(words.map(JSON.string)).text()
        }
    }
}

/// What stands behind `--ulimit`: `NAME=SOFT[:HARD]`. See setrlimit(2).
package enum ProcessLimitOption {
    private static let names = [
        "as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile",
        "nproc", "rss", "rtprio", "rttime", "sigpending", "stack",
    ]

    /// - Throws: `badValue` for unknown limits and numbers, and for a soft limit above the hard one.
    package static func parse(_ text: String, for field: String) throws(Problem) -> ProcessLimit {
        func refuse(_ why: String, _ next: String? = nil) -> Problem {
            Problem(
                .badValue, "\"\(text.printable)\" is no limit for \(field)", why: why,
                next: next ?? "write NAME=SOFT[:HARD], such as nofile=1024:4096")
        }
        let (key, value) = Assignments.parted(text)
        var name = key.lowercased()
        if let plain = name.rest(after: "rlimit_") { name = plain }
        guard names.contains(name) else {
            let near = names.nearest(to: name).map { "did you mean \"\($0)\"?" }
            throw refuse("there is no limit \"\(key.printable)\"", near)
        }
        let parts = (value ?? "").split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { $0 == "unlimited" ? -1 : Int64($0) }
        guard numbers.count == parts.count, (1...2).contains(parts.count),
            numbers.allSatisfy({ $0 >= -1 })
        else { throw refuse("its value is no number") }
        let hard = numbers[parts.count - 1]
        guard hard == -1 || numbers[0] != -1 && numbers[0] <= hard else {
            throw refuse("the soft limit is above the hard one")
        }
        return ProcessLimit(name: name, soft: numbers[0], hard: hard)
    }

    /// Returns the text that `parse` makes this limit of.
    package static func text(of limit: ProcessLimit) -> String {
        limit.soft == limit.hard
            ? "\(limit.name)=\(limit.soft)" : "\(limit.name)=\(limit.soft):\(limit.hard)"
    }
}

/// What stands behind `--stop-signal`: a name with or without SIG, or a number.
package enum SignalOption {
    /// Returns the text as it was, if it names a signal.
    package static func parse(_ text: String, for field: String) throws(Problem) -> String {
        _ = try Signal(text, for: field)
        return text
    }
}
