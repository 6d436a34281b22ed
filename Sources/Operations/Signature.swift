/// What can be told about a verb without knowing its Request: its words, its route, its parameters.
///
/// The argument parser, help, manual pages, completions and the API document are made from this
/// value alone, so none of them is generic and none of them can differ from the Card.
package struct Signature: Sendable {
    /// The words of the verb below the program's name: `["container", "stop"]`.
    package var words: [String]
    /// Other words for the same verb, most used first: `[["stop"]]`.
    package var synonyms: [[String]]
    /// One line without a full stop.
    package var summary: String
    /// Paragraphs for the manual page.
    package var details: [String]
    package var examples: [Example]
    package var route: Route
    package var parameters: [Parameter]
    /// Whether options may follow arguments; off where a command of the user's ends the line.
    package var isInterspersed: Bool
    package var isHidden: Bool

    /// The verb as users write it most: `martlet stop`.
    package var command: String { "martlet " + (synonyms.first ?? words).joined(separator: " ") }

    /// The verb's own page: `martlet-container-stop`.
    package var page: String { "martlet-" + words.joined(separator: "-") }

    /// One line of the EXAMPLES section, and what it does.
    package struct Example: Sendable {
        package var line: String
        package var meaning: String

        package init(_ line: String, _ meaning: String) {
            self.line = line
            self.meaning = meaning
        }
    }
}

/// Where the API offers a verb.
package struct Route: Sendable, Equatable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }
    package var method: Method
    /// The path, with `{name}` where a parameter of that name stands.
    package var path: String
    /// Whether the parameters travel as a JSON body instead of in the query.
    package var hasBody: Bool

    package static func get(_ path: String) -> Route { Route(.get, path, false) }
    package static func delete(_ path: String) -> Route { Route(.delete, path, false) }
    package static func post(_ path: String) -> Route { Route(.post, path, false) }
    /// A POST whose parameters are the members of a JSON object.
    package static func create(_ path: String) -> Route { Route(.post, path, true) }

    init(_ method: Method, _ path: String, _ hasBody: Bool) {
        self.method = method
        self.path = path
        self.hasBody = hasBody
    }

    /// The names in braces, in their order.
    package var placeholders: [String] {
        path.split(separator: "/").compactMap {
            $0.hasPrefix("{") && $0.hasSuffix("}") ? String($0.dropFirst().dropLast()) : nil
        }
    }
}

/// One option or argument of a verb, as far as words, help and wire go.
package struct Parameter: Sendable {
    package enum Kind: Sendable, Equatable {
        /// `--rm`, `--rm=false`
        case flag
        /// `--name web`, `--name=web`
        case value
        /// `--systemd`, `--systemd=always`: a value only behind `=`, else the one given here.
        case optionalValue(String)
        /// May be given again; each use is one value.
        case repeated
        /// May be given again; commas part values, double quotes keep them (RFC 4180).
        case commaSeparated
        /// One argument by its place.
        case argument(isRequired: Bool)
        /// All further arguments.
        case arguments(atLeast: Int)
        /// All further words as they stand, options or not: the command for a container.
        case command
    }

    /// What a shell offers for the value.
    package enum Completion: Sendable, Equatable {
        case nothing, container, runningContainer, pod, image, volume, network, file, directory
        case words([String])
    }

    package var name: String
    package var short: Character?
    package var kind: Kind
    /// One line without a full stop.
    package var summary: String
    /// What stands for the value in help: `SECONDS`.
    package var placeholder: String
    /// Older or foreign spellings, accepted but not shown.
    package var aliases: [String] = []
    /// The default as help shows it; empty where "off" or "none" goes without saying.
    package var standard = ""
    package var completion = Completion.nothing
    /// An environment variable that gives the value where the option is absent.
    package var variable: String?
    /// The name in the API, where it differs from the option's.
    package var wireName: String?
    /// Whether the parameter concerns the command line alone: how a reply is shown.
    package var isLocal = false
    package var isHidden = false

    /// The name in the API.
    package var wire: String { wireName ?? name }

    /// Whether this is an option, not an argument by place.
    package var isOption: Bool {
        switch kind {
        case .flag, .value, .optionalValue, .repeated, .commaSeparated: true
        case .argument, .arguments, .command: false
        }
    }

    /// Whether the parameter holds any number of values.
    package var isList: Bool {
        switch kind {
        case .repeated, .commaSeparated, .arguments, .command: true
        case .flag, .value, .optionalValue, .argument: false
        }
    }
}
