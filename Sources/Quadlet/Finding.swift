package import Base

/// Something to say about a unit file, with its place.
package struct Finding: Equatable, Sendable {
    package enum Severity: String, Sendable, Codable, Comparable {
        case note, warning, error

        package static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
        private var rank: Int { self == .error ? 2 : self == .warning ? 1 : 0 }
    }

    package let severity: Severity
    /// The rule's stable name: `unknown-key`.
    package let rule: String
    package let problem: Problem
    /// The same in the incumbent's words, for those who search logs for them.
    package let familiar: String?

    package init(
        _ severity: Severity, _ rule: String, _ problem: Problem, familiar: String? = nil
    ) {
        self.severity = severity
        self.rule = rule
        self.problem = problem
        self.familiar = familiar
    }

    package static func error(
        _ rule: String, _ what: String, next: String? = nil, at place: Problem.Place,
        familiar: String? = nil
    ) -> Finding {
        Finding(
            .error, rule, Problem(.badDocument, what, next: next, at: place), familiar: familiar)
    }

    package static func warning(
        _ rule: String, _ what: String, next: String? = nil, at place: Problem.Place,
        familiar: String? = nil
    ) -> Finding {
        Finding(
            .warning, rule, Problem(.badDocument, what, next: next, at: place), familiar: familiar)
    }

    /// The finding as compilers write theirs: `web.container:7:1: error: what`, and its hint below.
    package var description: String {
        var text =
            problem.place.map { "\($0.file.printable):\($0.line):\($0.column): " } ?? ""
        text += "\(severity.rawValue): \(problem.what)"
        if let why = problem.why { text += ": \(why)" }
        if let next = problem.next { text += "\n  hint: \(next)" }
        return text
    }

    /// The finding on one line, for a status text: `web.container:7:1: what (hint)`.
    package func brief(below directory: String) -> String {
        var text = ""
        if let place = problem.place {
            let inside = place.file.hasPrefix(directory + "/")
            let file = inside ? String(place.file.dropFirst(directory.count + 1)) : place.file
            text = "\(file):\(place.line):\(place.column): "
        }
        text += problem.what
        if let why = problem.why { text += ": \(why)" }
        if let next = problem.next { text += " (\(next))" }
        return text.printable
    }
}
