package import Base
package import Engine

/// `martlet container list`, `martlet ps`
package enum ContainerPs: Verb {
    package struct Request: Equatable, Sendable {
        package var all = false
        package var quiet = false
        package var noTrunc = false
        package var noHeading = false
        package var size = false
        package var last: Int?
        package var filters: [String] = []
        package var format = Format.standard
    }

    package typealias Reply = [JSON]

    package static var card: Card<Request> {
        Card(
            "container list", or: "ps", "container ls", "container ps", summary: "List containers",
            .get("/libpod/containers/json"), blank: Request(),
            fields: [
                .flag("all", short: "a", "Show those that are not running too") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .flag("quiet", short: "q", "Show ids only") {
                    $0.quiet = $1
                } write: {
                    $0.quiet
                }.local,
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        throw Problem(.notBuilt, "listing containers is not built yet")
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(request.format.content(of: View.Table(reply, "table {{.ID}}\t{{.Image}}\t{{.Names}}")))
    }
}
