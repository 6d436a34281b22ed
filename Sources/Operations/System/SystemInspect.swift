package import Base
package import Engine

/// `martlet system inspect`, `martlet inspect`
package enum SystemInspect: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var kind = "all"
        package var size = false
        package var latest = false
        package var format = Format.standard
    }

    package typealias Reply = Documents

    private static let kinds = ["all", "container", "image", "volume"]

    package static var card: Card<Request> {
        Card(
            "system inspect", or: "inspect",
            summary: "Show everything about containers, images and volumes",
            .get("/libpod/objects/{name}/json"), blank: Request(),
            fields: [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .flag("latest", short: "l", "Take the newest container") {
                    $0.latest = $1
                } write: {
                    $0.latest
                },
                .flag("size", short: "s", "Show sizes of containers too") {
                    $0.size = $1
                } write: {
                    $0.size
                },
                .value(
                    "type", short: "t", "KIND", "Look for objects of this kind alone",
                    Choice.of(kinds)
                ) {
                    $0.kind = $1
                } write: {
                    $0.kind
                }.standard("all").completing(.words(kinds)),
                .arguments("object", "Containers, images and volumes, by name or id") {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.container).wire("name"),
            ]
        ).checking { (request) throws(Problem) in
            if request.names.isEmpty, !request.latest {
                throw Problem(.badUsage, "no object is named", next: "name one, or use --latest")
            }
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        throw Problem(.notBuilt, "inspecting objects is not built yet")
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        reply.view(request.format)
    }
}
