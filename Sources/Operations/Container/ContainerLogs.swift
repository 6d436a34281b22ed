package import Base
package import Engine

/// `martlet container logs`, `martlet logs`
package enum ContainerLogs: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        package var follow = false
        package var timestamps = false
        package var names = false
        package var color = false
        /// nil is every line.
        package var tail: Int?
        /// A time or a span back from now, as written.
        package var since: String?
        package var until: String?
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container logs", or: "logs", summary: "Show what containers have written",
            .get("/libpod/containers/{name}/logs"), blank: Request(),
            fields: [
                .flag("follow", short: "f", "Go on while the container writes") {
                    $0.follow = $1
                } write: {
                    $0.follow
                },
                .selectionLatest,
                .flag("names", short: "n", "Put the container's name before each line") {
                    $0.names = $1
                } write: {
                    $0.names
                },
                .flag("color", "Give each container a colour") {
                    $0.color = $1
                } write: {
                    $0.color
                },
                .flag("timestamps", short: "t", "Put the time before each line") {
                    $0.timestamps = $1
                } write: {
                    $0.timestamps
                },
                .value(
                    "tail", "COUNT", "Show this many lines from the end; -1 is all",
                    Whole<Int>.within(-1...Int.max)
                ) {
                    $0.tail = $1 < 0 ? nil : $1
                } write: {
                    $0.tail.map { "\($0)" }
                }.standard("-1"),
                .value("since", "TIME", "Show lines from this time on, such as 10m or 2026-01-31") {
                    $0.since = $1
                } write: {
                    $0.since
                },
                .value("until", "TIME", "Show lines up to this time") {
                    $0.until = $1
                } write: {
                    $0.until
                },
                .notBuilt("details", .flag),
                .selectionNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        throw Problem(.notBuilt, "showing logs is not built yet")
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
