package import Base
import Kernel

/// Which containers a verb is about: by name, or by what they have in common.
package struct Selection: Equatable, Sendable {
    package var names: [String] = []
    package var all = false
    package var latest = false
    /// `KEY=VALUE` texts as written.
    package var filters: [String] = []
    /// Files whose first line is an id.
    package var idFiles: [String] = []
    /// Whether a container that is not there is no error.
    package var ignoresMissing = false

    package init() {}

    /// Refuses a selection of nothing, and one of names and all at once.
    package func check() throws(Problem) {
        let ways = [!names.isEmpty, all, latest, !filters.isEmpty, !idFiles.isEmpty]
        guard ways.contains(true) else {
            throw Problem(.badUsage, "no container is named", next: "name one, or use --all")
        }
        if !names.isEmpty, all || latest {
            throw Problem(
                .badUsage, "names and \(all ? "--all" : "--latest") contradict each other",
                next: "leave one of them out")
        }
        if all, latest {
            throw Problem(.badUsage, "--all and --latest contradict each other")
        }
    }
}

/// A request about containers that a selection names.
package protocol Selecting: SendableMetatype {
    var selection: Selection { get set }
}

extension Field where Request: Selecting {
    package static var selectionNames: Field {
        .arguments("container", "The containers, by name or id") {
            $0.selection.names.append($1)
        } write: {
            $0.selection.names
        }.completing(.container).wire("name")
    }

    /// One container, which --latest may stand for.
    package static var selectionOne: Field {
        .argument("container", "The container, by name or id", isRequired: false) {
            $0.selection.names.append($1)
        } write: {
            $0.selection.names.first
        }.completing(.runningContainer).wire("name")
    }

    package static func selectionAll(_ summary: String) -> Field {
        .flag("all", short: "a", summary) {
            $0.selection.all = $1
        } write: {
            $0.selection.all
        }
    }

    package static var selectionLatest: Field {
        .flag("latest", short: "l", "Take the newest container") {
            $0.selection.latest = $1
        } write: {
            $0.selection.latest
        }
    }

    package static func selectionFilter(short: Character? = "f") -> Field {
        .repeated(
            "filter", short: short, "KEY=VALUE", "Take containers this is true of",
            Filter.parse
        ) {
            $0.selection.filters.append($1)
        } write: {
            $0.selection.filters
        }.completing(.words(Filter.containerKeys.map { $0 + "=" }))
    }

    package static var selectionIDFile: Field {
        .repeated("cidfile", "FILE", "Take the container whose id is in this file") {
            $0.selection.idFiles.append($1)
        } write: {
            $0.selection.idFiles
        }.completing(.file)
    }

    package static var selectionIgnore: Field {
        .flag("ignore", short: "i", "Take no offence at containers that are not there") {
            $0.selection.ignoresMissing = $1
        } write: {
            $0.selection.ignoresMissing
        }
    }
}

/// What stands behind `--filter`: `KEY=VALUE`.
package enum Filter {
    package static let containerKeys = [
        "ancestor", "before", "command", "exited", "health", "id", "label", "name", "network",
        "label!", "pod", "restart-policy", "since", "status", "until", "volume",
    ]

    /// Whether a name is one that a filter means: the filter's value is a regular expression, as
    /// podman and docker have it.
    ///
    /// - Throws: `badValue` where it is none.
    static func isNamed(_ name: String, _ value: String) throws(Problem) -> Bool {
        let isPlain = value.utf8.allSatisfy { $0.isLetterOrDigit || "_-/:@".utf8.contains($0) }
        if isPlain { return name.contains(value) }
        guard let expression = RegularExpression(value) else {
            throw Problem(
                .badValue, "\"\(value.printable)\" is no regular expression for --filter name",
                next: "see regex(7)")
        }
        return expression.matches(name)
    }

    /// Returns the text as it was, if it is a pair.
    package static func parse(_ text: String, for field: String) throws(Problem) -> String {
        _ = try Assignments.pair(text, for: field)
        return text
    }
}
