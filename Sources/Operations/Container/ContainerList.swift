package import Base
package import Engine
import Kernel
import Records
import Specs

/// `martlet container list`, `martlet ps`
package enum ContainerList: Verb {
    package struct Request: Equatable, Sendable {
        package var all = false
        package var latest = false
        /// The newest so many, running or not.
        package var last: Int?
        package var filters: [String] = []
        package var pods = false
        package var sort = "created"
        package var quiet = false
        package var fullIDs = false
        package var noHeading = false
        package var sizes = false
        /// Seconds between two lists; nil shows one.
        package var watch: Int?
        package var format = Format.standard
    }

    /// The containers, in the order asked for, and the moment they were looked at.
    package struct Reply: Sendable {
        /// What templates see.
        package var rows: [JSON]
        /// What `--format json` shows.
        package var documents: [JSON]
    }

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
                .notBuilt("namespace", .flag).alias("ns"),
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
                .flag("size", short: "s", "Show what each takes on the disk") {
                    $0.sizes = $1
                } write: {
                    $0.sizes
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
                // No other program makes containers in this store.
                .flag("external", "Change nothing") { _, _ in
                } write: { _ in
                    false
                }.hidden,
                .value(
                    "watch", short: "w", "SECONDS", "Show the list again this often",
                    Whole<Int>.within(1...86_400)
                ) {
                    $0.watch = $1
                } write: {
                    $0.watch.map { "\($0)" }
                }.local,
            ]
        ).checking { (request) throws(Problem) in
            if request.last != nil, request.latest {
                throw Problem(.badUsage, "--last and --latest contradict each other")
            }
        }.example("martlet ps --format \"{{.Names}} {{.Status}}\"", "Show names and states alone")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        var rows: [ContainerRow] = []
        for row in try ContainerRows.all(in: house, ledger)
        where try row.matches(request.filters, find: ledger.find) { rows.append(row) }
        let asksForState = request.filters.contains {
            $0.hasPrefix("status=") || $0.hasPrefix("exited=")
        }
        if let last = request.latest ? 1 : request.last {
            rows = Array(rows.suffix(last))
        } else if !request.all, !asksForState {
            rows = rows.filter(\.condition.isRunning)
        }
        if request.sizes || request.sort == "size" {
            let sizes = try ContainerRows.sizes(of: rows, in: house, ledger)
            for (index, size) in sizes.enumerated() { rows[index].size = size }
        }
        rows = sorted(rows, by: request.sort)
        let now = Clock.wall()
        return Reply(
            rows: rows.map { $0.fields(now: now, whole: request.fullIDs) },
            documents: rows.map { $0.document(now: now) })
    }

    /// The newest first, unless another column is asked for.
    private static func sorted(_ rows: [ContainerRow], by column: String) -> [ContainerRow] {
        func key(_ row: ContainerRow) -> String {
            switch column {
            case "command": row.container.spec.command.joined(separator: " ")
            case "id": row.container.id
            case "image": row.container.imageName ?? row.container.spec.image
            case "names": row.container.name
            case "pod": row.container.spec.pod ?? ""
            default: row.condition.word
            }
        }
        switch column {
        case "created", "runningfor": return rows.reversed()
        case "size": return rows.sorted { $0.size?.written ?? 0 < $1.size?.written ?? 0 }
        default: return rows.sorted { key($0) < key($1) }
        }
    }

    package static func repetition(of request: Request) -> Repetition? {
        request.watch.map { Repetition(pauseMilliseconds: $0 * 1000) }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        if request.quiet, request.format == .standard {
            return View(.lines(reply.rows.compactMap { $0["ID"]?.text }))
        }
        var columns = ["ID", "Image", "Command", "CreatedHuman", "Status", "Ports", "Names"]
        if request.pods { columns += ["Pod", "PodName"] }
        if request.sizes { columns.append("Size") }
        let table = View.Table(
            reply.rows, "table " + columns.map { "{{.\($0)}}" }.joined(separator: "\t"),
            headings: [
                "ID": "CONTAINER ID", "CreatedHuman": "CREATED", "CreatedAt": "CREATED AT",
                "Pod": "POD ID", "PodName": "PODNAME", "RunningFor": "CREATED",
            ], showsHeadings: !request.noHeading)
        return View(request.format.content(of: table, documents: reply.documents))
    }
}
