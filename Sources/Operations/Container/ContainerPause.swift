package import Base
package import Engine

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
        throw Problem(.notBuilt, "pausing containers is not built yet")
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
