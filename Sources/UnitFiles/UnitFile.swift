package import Base

/// A unit file as it was read: sections in their order, each line with its place.
///
/// Reading never stops at a mistake: what can be read is here, what cannot is in `problems`.
package struct UnitFile: Sendable {
    /// The file's name as diagnostics show it.
    package let name: String
    /// Comments and blank lines before the first section.
    package var head: [String]
    package var sections: [Section]
    /// Everything in the file that is no unit-file syntax, in the order of its lines.
    package var problems: [Problem]

    package init(name: String) {
        self.name = name
        head = []
        sections = []
        problems = []
    }

    /// A named section; a name that occurs twice in a file is one section.
    package struct Section: Sendable {
        package let name: String
        package let place: Problem.Place
        package var lines: [Line]

        package init(name: String, place: Problem.Place, lines: [Line] = []) {
            self.name = name
            self.place = place
            self.lines = lines
        }

        /// The assignments of the section, without its comments.
        package var assignments: [Assignment] {
            lines.compactMap {
                if case .assignment(let assignment) = $0 { assignment } else { nil }
            }
        }
    }

    /// A line of a section.
    package enum Line: Equatable, Sendable {
        /// A comment with its mark, or an empty text for a blank line.
        case comment(String)
        case assignment(Assignment)
    }

    /// Returns the section of that name. Names are case-sensitive.
    package subscript(name: String) -> Section? { sections.first { $0.name == name } }

    /// Returns the values that an `=`-list of this key has after empty assignments cleared earlier
    /// ones.
    package func values(_ section: String, _ key: String) -> [Assignment] {
        var found: [Assignment] = []
        for line in self[section]?.lines ?? [] {
            guard case .assignment(let assignment) = line, assignment.key == key else { continue }
            if assignment.value.isEmpty { found.removeAll() } else { found.append(assignment) }
        }
        return found
    }

    /// Returns the last assignment of a key, which is the one that counts for single values.
    package func last(_ section: String, _ key: String) -> Assignment? {
        for line in (self[section]?.lines ?? []).reversed() {
            if case .assignment(let assignment) = line, assignment.key == key { return assignment }
        }
        return nil
    }

    /// Adds the lines of a drop-in after those of this file, section by section.
    ///
    /// So single values are overridden, lists grow, and an empty assignment resets. Every line
    /// keeps the place it has in the drop-in. See systemd.unit(5), "drop-in".
    package mutating func merge(_ dropIn: UnitFile) {
        for section in dropIn.sections {
            if let index = sections.firstIndex(where: { $0.name == section.name }) {
                sections[index].lines += section.lines
            } else {
                sections.append(section)
            }
        }
    }
}
