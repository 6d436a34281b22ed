package import Base
package import Engine

/// `martlet container list`, `martlet ps`
package enum ContainerList: Verb {
    package struct Request: Equatable, Sendable {
        package var all = false
        package var latest = false
        /// The newest so many, running or not.
        package var last: Int?
        package var filters: [String] = []
        package var size = false
        package var pods = false
        package var namespaces = false
        package var sort = "created"
        package var quiet = false
        package var fullIDs = false
        package var noHeading = false
        package var format = Format.standard
    }

    package typealias Reply = [JSON]

    private static let orders = [
        "command", "created", "id", "image", "names", "pod", "runningfor", "size", "status",
    ]

    package static var card: Card<Request> {
        Card(
            "container list", or: "ps", "container ls", "container ps", summary: "List containers",
            .get("/libpod/containers/json"), blank: Request(),
            fields: [
                .flag("all", short: "a", "Show those that do not run too") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .repeated(
                    "filter", short: "f", "KEY=VALUE", "Show containers this is true of",
                    Filter.parse
                ) {
                    $0.filters.append($1)
                } write: {
                    $0.filters
                }.completing(.words(Filter.containerKeys.map { $0 + "=" })).wire("filters"),
                .listFormat {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .value(
                    "last", short: "n", "COUNT", "Show the newest so many, running or not",
                    Whole<Int>.within(-1...Int.max)
                ) {
                    $0.last = $1 < 0 ? nil : $1
                } write: {
                    $0.last.map { "\($0)" }
                },
                .flag("latest", short: "l", "Show the newest, running or not") {
                    $0.latest = $1
                } write: {
                    $0.latest
                },
                .flag("namespace", "Show the namespaces") {
                    $0.namespaces = $1
                } write: {
                    $0.namespaces
                }.alias("ns"),
                .noTrunc {
                    $0.fullIDs = $1
                } write: {
                    $0.fullIDs
                },
                .noHeading {
                    $0.noHeading = $1
                } write: {
                    $0.noHeading
                },
                .flag("pod", short: "p", "Show the pod of each") {
                    $0.pods = $1
                } write: {
                    $0.pods
                },
                .flag("quiet", short: "q", "Show ids only") {
                    $0.quiet = $1
                } write: {
                    $0.quiet
                }.local,
                .flag("size", short: "s", "Show the size of each") {
                    $0.size = $1
                } write: {
                    $0.size
                },
                .value("sort", "COLUMN", "Order by this column", Choice.of(orders)) {
                    $0.sort = $1
                } write: {
                    $0.sort
                }.standard("created").completing(.words(orders)).local,
                // The states that are shown are always those of this moment.
                .flag("sync", "Change nothing") { _, _ in
                } write: { _ in
                    false
                }.hidden,
                .notBuilt("external", .flag), .notBuilt("watch", short: "w"),
            ]
        ).checking { (request) throws(Problem) in
            if request.last != nil, request.latest {
                throw Problem(.badUsage, "--last and --latest contradict each other")
            }
        }.example("martlet ps --format \"{{.Names}} {{.Status}}\"", "Show names and states alone")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        throw Problem(.notBuilt, "listing containers is not built yet")
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.document(.array(reply)))
    }
}
