package import Base
package import UnitFiles

/// Variables that are put into unit files when services are generated.
///
/// They come from the files of environment.d and from a `martlet.env` beside the unit files, the
/// latter going first. Without a `martlet.env` nothing is replaced, so `${VAR}` stays what it
/// always was: a variable of the service, which systemd replaces when the service starts.
package struct Variables: Sendable {
    /// One variable with the place where it is set.
    package struct Variable: Equatable, Sendable {
        package let name: String
        package let value: String
        package let place: Problem.Place
    }

    private var values: [String: Variable] = [:]
    /// Lines that are no assignment.
    package private(set) var findings: [Finding] = []

    package init() {}

    /// Reads a file of assignments; what it sets goes before what was set already.
    ///
    /// See environment.d(5): `NAME=VALUE`, comments, and one pair of quotes around a value.
    package mutating func read(_ bytes: [UInt8], name: String) {
        let lines = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let text = Variables.trimmed(line)
            if text.isEmpty || text.hasPrefix("#") || text.hasPrefix(";") { continue }
            let place = Problem.Place(file: name, line: index + 1)
            let (key, value) = text.cut(at: "=")
            let isPlain = !text.utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }
            guard let value, isPlain, Variables.isName(key) else {
                findings.append(
                    .error(
                        "variable-syntax", "\"\(text.printable)\" sets no variable",
                        next: "write it as NAME=VALUE", at: place))
                continue
            }
            var plain = value[...]
            for quote in ["\"", "'"] where plain.utf8.count >= 2 && plain.hasPrefix(quote) {
                if plain.hasSuffix(quote) { plain = plain.dropFirst().dropLast() }
            }
            values[key] = Variable(name: key, value: String(plain), place: place)
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first == UInt8(ascii: "_") || !(48...57 ~= first) else {
            return false
        }
        return text.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
    }

    /// Replaces variables in every value of a file.
    ///
    /// - Returns: the variables that were used, and what was missing.
    package func replace(in file: inout UnitFile) -> (used: [Variable], findings: [Finding]) {
        var used: [Variable] = []
        var missing: [Finding] = []
        for section in file.sections.indices {
            for line in file.sections[section].lines.indices {
                guard case .assignment(let assignment) = file.sections[section].lines[line],
                    assignment.value.utf8.contains(UInt8(ascii: "$"))
                else { continue }
                let value = replaced(assignment, &used, &missing)
                guard value != assignment.value else { continue }
                file.sections[section].lines[line] = .assignment(
                    Assignment(
                        key: assignment.key, value: value, place: assignment.place,
                        column: assignment.place(at: 0).column))
            }
        }
        return (used, missing)
    }

    /// Returns the value with `${NAME}`, `${NAME:-default}` and `${NAME:?message}` replaced.
    ///
    /// `$$` stays, and so does a name that nothing sets: systemd knows both.
    private func replaced(
        _ assignment: Assignment, _ used: inout [Variable], _ missing: inout [Finding]
    ) -> String {
        var out: [UInt8] = []
        let bytes = Array(assignment.value.utf8)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count {
                if bytes[index + 1] == UInt8(ascii: "$") {
                    out += bytes[index...(index + 1)]
                    index += 2
                    continue
                }
                if bytes[index + 1] == UInt8(ascii: "{"),
                    let end = bytes[index...].firstIndex(of: UInt8(ascii: "}"))
                {
                    let inside = String(decoding: bytes[(index + 2)..<end], as: UTF8.self)
                    let place = assignment.place(at: index)
                    if let text = value(of: inside, at: place, &used, &missing) {
                        out += text.utf8
                    } else {
                        out += bytes[index...end]
                    }
                    index = end + 1
                    continue
                }
            }
            out.append(bytes[index])
            index += 1
        }
        // A value never ends in a backslash, or it would swallow the next generated line.
        while out.last == UInt8(ascii: "\\") { out.removeLast() }
        return String(decoding: out, as: UTF8.self)
    }

    private func value(
        of inside: String, at place: Problem.Place, _ used: inout [Variable],
        _ missing: inout [Finding]
    ) -> String? {
        let (name, rest) = inside.cut(at: ":")
        guard Variables.isName(name) else { return nil }
        if let variable = values[name] {
            if !used.contains(variable) { used.append(variable) }
            return variable.value
        }
        if let rest, rest.hasPrefix("-") { return String(rest.dropFirst()) }
        if let rest, rest.hasPrefix("?") {
            let message = rest.count > 1 ? String(rest.dropFirst()) : "it is not set"
            missing.append(
                .error(
                    "missing-variable", "the variable \"\(name)\" is needed: \(message.printable)",
                    next: "set it in martlet.env beside the file", at: place))
        }
        return nil
    }
}
