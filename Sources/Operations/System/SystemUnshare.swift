package import Base
package import Engine
import Kernel

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
        let shell = house.caller.environment["SHELL"] ?? "/bin/sh"
        let words = request.command.isEmpty ? [shell] : request.command
        if house.caller.uid != 0 {
            let standing = try house.standingNamespace()
            try explaining("cannot enter the user namespace") { () throws(KernelFault) in
                try Namespaces.enter(standing.descriptor, .user)
                try Namespaces.unshare(.mount)
            }
        }
        throw execution(words, house.caller.environment)
    }

    /// Turns this process into the command; what comes back is why it could not.
    private static func execution(_ words: [String], _ environment: [String: String]) -> Problem {
        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let name = words[0]
        let path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        let places =
            name.contains("/") ? [name] : path.split(separator: ":").map { "\($0)/\(name)" }
        var last: KernelFault?
        for place in places {
            do throws(KernelFault) {
                try Processes.execute(place, arguments: words, environment: variables)
            } catch {
                if error.name != "ENOENT" && error.name != "ENOTDIR" { last = error }
            }
        }
        if let last {
            return Problem(.notExecutable, "cannot execute \"\(name.printable)\"", why: "\(last)")
        }
        return Problem(.commandNotFound, "there is no command \"\(name.printable)\"")
    }

    package static func view(of reply: Reply, for request: Request) -> View { View(status: reply) }
}
