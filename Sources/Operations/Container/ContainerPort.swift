package import Base
package import Engine

/// `martlet container port`, `martlet port`
package enum ContainerPort: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        /// A port of the container with its protocol: `80/tcp`; nil is every one.
        package var port: String?
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container port", or: "port", summary: "Show the published ports of containers",
            .get("/libpod/containers/{name}/port"), blank: Request(),
            fields: [
                .selectionAll("Show those of every running container"), .selectionLatest,
                .selectionOne,
                .argument("port", "A port of the container, such as 80/tcp", isRequired: false) {
                    $0.port = $1
                } write: {
                    $0.port
                },
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        throw Problem(.notBuilt, "showing ports is not built yet")
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
