package import Base
package import Engine
package import Specs

/// `martlet container exec`, `martlet exec`
package enum ContainerExec: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        package var command: [String] = []
        package var detach = false
        package var detachKeys: String?
        package var interactive = false
        package var terminal = false
        package var environment: [ProcessChoices.Variable] = []
        package var environmentFiles: [String] = []
        package var user: String?
        package var workingDirectory: String?
        package var privileged = false
        package var preserveDescriptors: [Int] = []
        /// Seconds to wait for the container to run.
        package var waitSeconds: UInt32 = 0
    }

    /// The exit status of the command.
    package typealias Reply = CInt

    package static var card: Card<Request> {
        Card(
            "container exec", or: "exec", summary: "Run a command in a running container",
            .create("/libpod/containers/{name}/exec"), blank: Request(),
            fields: streams + [
                .repeated(
                    "env", short: "e", "NAME[=VALUE]", "Set an environment variable",
                    VariableOption.parse
                ) {
                    $0.environment.append($1)
                } write: {
                    $0.environment.map(VariableOption.text)
                },
                .repeated("env-file", "FILE", "Read environment variables from this file") {
                    $0.environmentFiles.append($1)
                } write: {
                    $0.environmentFiles
                }.completing(.file),
                .value("user", short: "u", "USER[:GROUP]", "Run as this user") {
                    $0.user = $1
                } write: {
                    $0.user
                },
                .value(
                    "workdir", short: "w", "DIRECTORY", "Start in this directory",
                    AbsolutePath.parse
                ) {
                    $0.workingDirectory = $1
                } write: {
                    $0.workingDirectory
                },
                .flag("privileged", "Give the command every capability of the user namespace") {
                    $0.privileged = $1
                } write: {
                    $0.privileged
                },
                .value(
                    "preserve-fds", "COUNT", "Pass on this many descriptors from 3 on",
                    Whole<Int>.within(0...1024)
                ) {
                    $0.preserveDescriptors = Array(3..<(3 + $1))
                } write: {
                    "\($0.preserveDescriptors.count)"
                },
                .value(
                    "wait", "SECONDS", "Wait this long for the container to run",
                    Whole<UInt32>.parse
                ) {
                    $0.waitSeconds = $1
                } write: {
                    "\($0.waitSeconds)"
                }.hidden,
                .selectionLatest, .selectionIDFile, .notBuilt("preserve-fd", .commaSeparated),
                // Martlet never keeps a record of an exec session.
                .flag("no-session", "Change nothing") { _, _ in
                } write: { _ in
                    false
                }.hidden,
                .selectionOne,
                .command("command", "The command and its words") {
                    $0.command.append($1)
                } write: {
                    $0.command
                },
            ]
        ).adjusting { (request) in
            // Where an option names the container, every word is the command's.
            guard request.selection.latest || !request.selection.idFiles.isEmpty else { return }
            request.command = request.selection.names + request.command
            request.selection.names = []
        }.checking { (request) throws(Problem) in
            try request.selection.check()
            if request.command.isEmpty { throw Problem(.badUsage, "the command is missing") }
        }.details(
            "The exit status is the command's own, 126 where it cannot be executed, 127 where there "
                + "is none of that name, and 125 where Martlet failed."
        ).example("martlet exec -it web sh", "Look around in a running container")
    }

    private static var streams: [Field<Request>] {
        [
            .flag("detach", short: "d", "Run it in the background") {
                $0.detach = $1
            } write: {
                $0.detach
            },
            .detachKeys {
                $0.detachKeys = $1
            } write: {
                $0.detachKeys
            },
            .flag("interactive", short: "i", "Keep standard input open") {
                $0.interactive = $1
            } write: {
                $0.interactive
            },
            .flag("tty", short: "t", "Give the command a terminal") {
                $0.terminal = $1
            } write: {
                $0.terminal
            },
        ]
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        guard request.preserveDescriptors.isEmpty, request.waitSeconds == 0 else {
            throw Problem(.notBuilt, "--preserve-fds and --wait are not built yet")
        }
        let ledger = try house.ledger()
        let container = try request.selection.one(in: house, ledger)
        var options = ExecOptions()
        options.command = request.command
        options.terminal = request.terminal
        options.standardInput = request.interactive
        options.detach = request.detach
        options.user = request.user
        options.workingDirectory = request.workingDirectory
        options.environment =
            try EnvironmentFiles.variables(request.environmentFiles) + request.environment
        options.privileged = request.privileged
        if let keys = request.detachKeys { options.detachKeys = keys }
        let code = try house.exec(container, ledger: ledger, options: options)
        return CInt(clamping: code ?? 0)
    }

    package static func view(of reply: Reply, for request: Request) -> View { View(status: reply) }
}
