package import Base
package import Engine
import Specs

/// `martlet container restart`, `martlet restart`
package enum ContainerRestart: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        package var onlyRunning = false
        /// Seconds before SIGKILL; nil is the container's own.
        package var graceSeconds: UInt32?
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container restart", or: "restart", summary: "Stop containers and start them again",
            .post("/libpod/containers/{name}/restart"), blank: Request(),
            fields: [
                .selectionAll("Restart every container"), .selectionLatest, .selectionFilter(),
                .selectionIDFile,
                .flag("running", "Leave containers alone that do not run") {
                    $0.onlyRunning = $1
                } write: {
                    $0.onlyRunning
                },
                .grace {
                    $0.graceSeconds = $1
                } write: {
                    $0.graceSeconds
                },
                .selectionNames,
            ]
        ).checking { (request) throws(Problem) in
            if request.onlyRunning, request.selection.names.isEmpty { return }
            try request.selection.check()
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        var selection = request.selection
        let isOpen = selection.names.isEmpty && selection.idFiles.isEmpty && !selection.latest
        if request.onlyRunning, isOpen { selection.all = true }
        return try selection.batch(in: house, running: request.onlyRunning) {
            (container, ledger) throws(Problem) in
            try house.restart(
                container, graceSeconds: request.graceSeconds.map(Int.init), ledger: ledger)
            return container.id
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
