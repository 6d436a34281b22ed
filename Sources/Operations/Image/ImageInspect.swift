package import Base
package import Engine

/// `martlet image inspect`
package enum ImageInspect: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var format = Format.standard
    }

    package typealias Reply = Documents

    package static var card: Card<Request> {
        Card(
            "image inspect", summary: "Show everything about images",
            .get("/libpod/images/{name}/json"), blank: Request(),
            fields: [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .arguments("image", "The images, by name or id", atLeast: 1) {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.image).wire("name"),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        throw Problem(.notBuilt, "inspecting images is not built yet")
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        reply.view(request.format)
    }
}
