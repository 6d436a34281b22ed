package import Base
package import Engine

/// `martlet container inspect`
package enum ContainerInspect: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        package var format = Format.standard
        package var size = false
    }

    package typealias Reply = Documents

    package static var card: Card<Request> {
        Card(
            "container inspect", summary: "Show everything about containers",
            .get("/libpod/containers/{name}/json"), blank: Request(),
            fields: [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .flag("size", short: "s", "Show sizes too") {
                    $0.size = $1
                } write: {
                    $0.size
                },
                .selectionLatest, .selectionNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        throw Problem(.notBuilt, "inspecting containers is not built yet")
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        reply.view(request.format)
    }
}
