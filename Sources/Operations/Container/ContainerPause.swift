package import Base
package import Engine
import Specs

/// `martlet container pause`, `martlet pause`
package enum ContainerPause: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container pause", or: "pause", summary: "Stop every process of containers for a while",
            .post("/libpod/containers/{name}/pause"), blank: Request(),
            fields: [
                .selectionAll("Pause every running container"), .selectionLatest,
                .selectionFilter(), .selectionIDFile, .selectionNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try request.selection.batch(in: house, running: true) { (container, _) throws(Problem) in
            try house.ask(container, .pause)
            return container.id
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
