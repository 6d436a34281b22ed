package import Base
package import Engine
import Specs

/// `martlet container kill`, `martlet kill`
package enum ContainerKill: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        package var signal = "KILL"
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container kill", or: "kill", summary: "Send a signal to running containers",
            .post("/libpod/containers/{name}/kill"), blank: Request(),
            fields: [
                .selectionAll("Take every running container"), .selectionLatest, .selectionIDFile,
                .value("signal", short: "s", "SIGNAL", "Send this signal", SignalOption.parse) {
                    $0.signal = $1
                } write: {
                    $0.signal
                }.standard("KILL"),
                .selectionNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let signal = try Signal(request.signal, for: "--signal")
        return try request.selection.batch(in: house, running: true) {
            (container, _) throws(Problem) in
            try house.kill(container, signal: signal)
            return container.id
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
