package import Base
package import Engine

/// `martlet system info`, `martlet info`
package enum SystemInfo: Verb {
    package struct Request: Equatable, Sendable {
        package var format = Format.standard
    }

    package typealias Reply = JSON

    package static var card: Card<Request> {
        Card(
            "system info", or: "info", summary: "Show what Martlet finds on this machine",
            .get("/libpod/info"), blank: Request(),
            fields: [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .flag("debug", short: "D", "Change nothing") { _, _ in
                } write: { _ in
                    false
                }.hidden,
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        throw Problem(.notBuilt, "looking at the machine is not built yet")
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(request.format.content(of: reply))
    }
}
