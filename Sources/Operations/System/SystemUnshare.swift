package import Base
package import Engine

/// `martlet system unshare`, `martlet unshare`
package enum SystemUnshare: Verb {
    package struct Request: Equatable, Sendable {
        /// Empty is the user's shell.
        package var command: [String] = []
    }

    /// The command's exit status.
    package typealias Reply = CInt

    package static var card: Card<Request> {
        Card(
            "system unshare", or: "unshare",
            summary: "Run a command in the user namespace of your containers",
            .create("/libpod/unshare"), blank: Request(),
            fields: [
                .notBuilt("rootless-netns", .flag),
                .command("command", "The command and its words; without one, your shell") {
                    $0.command.append($1)
                } write: {
                    $0.command
                },
            ]
        ).details(
            "Files that containers wrote with ids of your subordinate range look as they do inside."
        ).example("martlet unshare rm -r ./data", "Remove files that belong to a container's users")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        throw Problem(.notBuilt, "entering the user namespace is not built yet")
    }

    package static func view(of reply: Reply, for request: Request) -> View { View(status: reply) }
}
