package import Base
package import Engine
import Specs

/// `martlet container unpause`, `martlet unpause`
package enum ContainerUnpause: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container unpause", or: "unpause", summary: "Let paused containers go on",
            .post("/libpod/containers/{name}/unpause"), blank: Request(),
            fields: [
                .selectionAll("Take every paused container"), .selectionLatest,
                .selectionFilter(), .selectionIDFile, .selectionNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try request.selection.batch(in: house, running: true) { (container, _) throws(Problem) in
            if request.selection.all, try house.condition(of: container.id).word != "paused" {
                return nil
            }
            try house.ask(container, .resume)
            return container.id
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
