package import Base
package import Engine
import Kernel
import Records
import Specs

/// `martlet pod list`, `martlet pod ps`
package enum PodList: Verb {
    package struct Request: Equatable, Sendable {
        package var filters: [String] = []
        package var latest = false
        package var sort = "created"
        package var quiet = false
        package var fullIDs = false
        package var noHeading = false
        package var format = Format.standard
        /// Columns of the containers: their ids, names and states.
        package var containerIDs = false
        package var containerNames = false
        package var containerStates = false
    }

    /// The pods in the order asked for.
    package struct Reply: Sendable {
        /// What templates see.
        package var rows: [JSON]
        /// What `--format json` shows.
        package var documents: [JSON]
    }

    private static let orders = ["created", "id", "name", "number", "status"]

    package static var card: Card<Request> {
        Card(
            "pod list", or: "pod ps", "pod ls", summary: "List pods", .get("/libpod/pods/json"),
            blank: Request(), fields: columnFields + selectionFields
        ).example(
            "martlet pod ps --format \"{{.Name}} {{.Status}}\"", "Show names and states alone")
    }

    private static var columnFields: [Field<Request>] {
        [
            .flag("ctr-ids", "Show the ids of the containers") {
                $0.containerIDs = $1
            } write: {
                $0.containerIDs
            }.local,
            .flag("ctr-names", "Show the names of the containers") {
                $0.containerNames = $1
            } write: {
                $0.containerNames
            }.local,
            .flag("ctr-status", "Show the states of the containers") {
                $0.containerStates = $1
            } write: {
                $0.containerStates
            }.local,
            .notBuilt("ns", .flag).alias("namespace"),
        ]
    }

    private static var selectionFields: [Field<Request>] {
        [
            .repeated(
                "filter", short: "f", "KEY=VALUE", "Show pods this is true of", Filter.parse
            ) {
                $0.filters.append($1)
            } write: {
                $0.filters
            }.completing(.words(PodRow.filterKeys.map { $0 + "=" })).wire("filters"),
            .listFormat {
                $0.format = $1
            } write: {
                $0.format
            },
            .flag("latest", short: "l", "Show the newest") {
                $0.latest = $1
            } write: {
                $0.latest
            },
            .noTrunc {
                $0.fullIDs = $1
            } write: {
                $0.fullIDs
            },
            .noHeading {
                $0.noHeading = $1
            } write: {
                $0.noHeading
            }.short("n"),
            .flag("quiet", short: "q", "Show ids only") {
                $0.quiet = $1
            } write: {
                $0.quiet
            }.local,
            .value("sort", "COLUMN", "Order by this column", Choice.of(orders)) {
                $0.sort = $1
            } write: {
                $0.sort
            }.standard("created").completing(.words(orders)).local,
        ]
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        var rows: [PodRow] = []
        for pod in try ledger.pods() {
            let row = PodRow(try house.condition(of: pod, ledger: ledger))
            if try row.matches(request.filters) { rows.append(row) }
        }
        if request.latest { rows = Array(rows.suffix(1)) }
        switch request.sort {
        case "id": rows.sort { $0.pod.id < $1.pod.id }
        case "name": rows.sort { $0.pod.name < $1.pod.name }
        case "number": rows.sort { $0.count < $1.count }
        case "status": rows.sort { $0.word < $1.word }
        default: rows.reverse()
        }
        let now = Clock.wall()
        return Reply(
            rows: rows.map { $0.fields(now: now, whole: request.fullIDs) },
            documents: rows.map(\.listed))
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        if request.quiet, request.format == .standard {
            return View(.lines(reply.rows.compactMap { $0["Id"]?.text }))
        }
        var columns = ["Id", "Name", "Status", "Created", "InfraId"]
        if request.containerIDs { columns.append("ContainerIds") }
        if request.containerNames { columns.append("ContainerNames") }
        if request.containerStates { columns.append("ContainerStatuses") }
        let hasOwnColumns =
            request.containerIDs || request.containerNames || request.containerStates
        if !hasOwnColumns { columns.append("NumberOfContainers") }
        let table = View.Table(
            reply.rows, "table " + columns.map { "{{.\($0)}}" }.joined(separator: "\t"),
            headings: [
                "Id": "POD ID", "InfraId": "INFRA ID", "NumberOfContainers": "# OF CONTAINERS",
                "ContainerIds": "IDS", "ContainerNames": "NAMES", "ContainerStatuses": "STATUS",
            ], showsHeadings: !request.noHeading)
        return View(request.format.content(of: table, documents: reply.documents))
    }
}
