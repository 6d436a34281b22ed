package import Base
package import Engine
import Records
import Specs

/// `martlet network ls`
package enum NetworkList: Verb {
    package struct Request: Equatable, Sendable {
        package var quiet = false
        package var noHeading = false
        package var fullIDs = false
        package var filters: [String] = []
        package var format = Format.standard
    }

    /// The networks whole, and the rows of the table.
    package struct Reply: Sendable {
        package var documents: [JSON] = []
        package var rows: [JSON] = []
    }

    package static var card: Card<Request> {
        Card(
            "network list", or: "network ls", summary: "List networks",
            .get("/libpod/networks/json"), blank: Request(),
            fields: [
                .repeated(
                    "filter", short: "f", "KEY=VALUE", "Show networks this is true of",
                    Filter.parse
                ) {
                    $0.filters.append($1)
                } write: {
                    $0.filters
                }.wire("filters"),
                .listFormat {
                    $0.format = $1
                } write: {
                    $0.format
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
                .flag("quiet", short: "q", "Show names only") {
                    $0.quiet = $1
                } write: {
                    $0.quiet
                }.local,
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        var reply = Reply()
        for network in try house.networks(ledger) {
            let row = NetworkRow(network)
            let matches = try row.matches(request.filters) { () throws(Problem) in
                try ledger.users(of: network).count
            }
            guard matches else { continue }
            reply.documents.append(.record(row.members))
            let id = request.fullIDs ? network.id : String(network.id.prefix(12))
            reply.rows.append(
                .record(
                    [("ID", .string(id)), ("Name", .string(network.name))]
                        + row.members.filter { !["id", "name"].contains($0.0) }))
        }
        return reply
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        if request.quiet, request.format == .standard {
            return View(.lines(reply.rows.compactMap { $0["Name"]?.text }))
        }
        let table = View.Table(
            reply.rows, "table {{.ID}}\t{{.Name}}\t{{.Driver}}",
            headings: ["ID": "NETWORK ID"], showsHeadings: !request.noHeading)
        return View(request.format.content(of: table, documents: reply.documents))
    }
}
