import Base
import Operations

/// The pages above those of single verbs: the program's and the groups'.
package enum Overview {
    /// Verbs about one kind of object.
    package struct Group: Sendable {
        package let name: String
        package let summary: String
    }

    package static let groups = [
        Group(name: "container", summary: "Run and look after containers"),
        Group(name: "image", summary: "Fetch, list and remove images"),
        Group(name: "volume", summary: "Make, list and remove volumes"),
        Group(name: "system", summary: "Look at this machine and at Martlet"),
        Group(name: "generate", summary: "Write files for other programs"),
        Group(name: "quadlet", summary: "Check and install unit files"),
    ]

    /// What `martlet` shows when nothing is asked for.
    static func program() -> String {
        var text = "Run containers as yourself\n\nUsage: martlet [OPTIONS] COMMAND\n\n"
        text +=
            "Groups:\n"
            + Help.columns(groups.filter { !verbs(of: $0).isEmpty }.map { ($0.name, $0.summary) })
        var rows: [(String, String)] = []
        for signature in AllVerbs.all.map({ $0.signature() }) where !signature.isHidden {
            guard let short = signature.synonyms.first(where: { $0.count == 1 })?.first else {
                continue
            }
            rows.append((short, signature.summary))
        }
        text += "\nCommands:\n" + Help.columns(rows.sorted { $0.0 < $1.0 })
        let options = ProgramOptions.parameters.filter { !$0.isHidden }
        text +=
            "\nOptions:\n"
            + Help.columns(options.map { (Help.label(of: $0), Help.meaning(of: $0)) })
        return text + "\nSee \"martlet COMMAND --help\" for one command.\n"
    }

    /// What `martlet container` shows.
    static func text(of group: Group) -> String {
        var text = "\(group.summary)\n\nUsage: martlet \(group.name) COMMAND\n\nCommands:\n"
        text += Help.columns(
            verbs(of: group).map { ($0.words.dropFirst().joined(separator: " "), $0.summary) })
        return text
    }

    private static func verbs(of group: Group) -> [Signature] {
        AllVerbs.all.map { $0.signature() }.filter { $0.words.first == group.name && !$0.isHidden }
    }
}
