/// What failed, why, and what its reader can do next: the one error of the house above `Kernel`.
///
/// A Problem is made where the cause is known and widened on the way up (`during`), never replaced.
/// The command line, the API and the journal render the same value.
package struct Problem: Error, Equatable, Sendable, Codable {
    /// The stable kind; maps to an exit status, an HTTP status and a journal field.
    package var code: Code
    /// What failed, with the object's name in double quotes.
    package var what: String
    /// The reason as the kernel, the file or the specification gives it.
    package var why: String?
    /// What the reader can do now, best as a command.
    package var next: String?
    /// Where in a file of the user's the cause stands.
    package var place: Place?
    /// What was under way, innermost first.
    package var context: [String]
    /// Further problems met on the way, such as those of a teardown that went on.
    package var others: [Problem]

    package init(
        _ code: Code, _ what: String, why: String? = nil, next: String? = nil,
        at place: Place? = nil
    ) {
        self.code = code
        self.what = what
        self.why = why
        self.next = next
        self.place = place
        self.context = []
        self.others = []
    }

    /// Returns the same problem with what was under way added: `while starting container "web"`.
    package func during(_ activity: String) -> Problem {
        var wider = self
        wider.context.append(activity)
        return wider
    }

    /// Returns the same problem with a next step where it has none yet.
    package func advising(_ next: String) -> Problem {
        var wiser = self
        wiser.next = wiser.next ?? next
        return wiser
    }
}

extension Problem {
    /// A position in a text file: lines and columns count from 1, columns in characters.
    package struct Place: Equatable, Sendable, Codable {
        package var file: String
        package var line: Int
        package var column: Int

        package init(file: String, line: Int, column: Int = 1) {
            self.file = file
            self.line = line
            self.column = column
        }
    }
}

extension Problem: CustomStringConvertible {
    /// The problem as a person reads it, without a final line feed.
    ///
    /// ```
    /// error: cannot mount proc on /proc: mount(/proc) failed with EPERM
    ///   while starting container "web"
    ///   hint: …
    /// ```
    package var description: String {
        var text = place.map { "\($0.file):\($0.line):\($0.column): " } ?? ""
        text += "error: \(what)"
        if let why { text += ": \(why)" }
        for activity in context { text += "\n  while \(activity)" }
        if let next { text += "\n  hint: \(next)" }
        for other in others { text += "\n\(other)" }
        return text
    }
}
