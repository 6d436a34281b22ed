package import Base
package import Engine
import Specs

/// `martlet container stop`, `martlet stop`
package enum ContainerStop: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        /// Seconds before SIGKILL; nil is the container's own.
        package var graceSeconds: UInt32?
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container stop", or: "stop", summary: "Stop containers",
            .post("/libpod/containers/{name}/stop"), blank: Request(),
            fields: [
                .selectionAll("Stop every running container"), .selectionLatest,
                .selectionFilter(), .selectionIDFile, .selectionIgnore,
                .grace {
                    $0.graceSeconds = $1
                } write: {
                    $0.graceSeconds
                },
                .selectionNames,
            ]
        ).checking { (request) throws(Problem) in
            try request.selection.check()
        }.details(
            "Sends the container's stop signal, waits as long as --time says, and then sends "
                + "SIGKILL. A container that does not run is no error.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try request.selection.batch(in: house, running: true) { (container, _) throws(Problem) in
            try house.stop(container, graceSeconds: request.graceSeconds.map(Int.init))
            return container.id
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
