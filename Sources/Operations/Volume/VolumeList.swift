package import Base
package import Engine
import Records
import Specs

/// `martlet volume list`
package enum VolumeList: Verb {
    package struct Request: Equatable, Sendable {
        package var quiet = false
        package var noHeading = false
        package var filters: [String] = []
        package var format = Format.standard
    }

    package typealias Reply = [JSON]

    package static var card: Card<Request> {
        Card(
            "volume list", or: "volume ls", summary: "List volumes", .get("/libpod/volumes/json"),
            blank: Request(),
            fields: [
                .repeated(
                    "filter", short: "f", "KEY=VALUE", "Show volumes this is true of",
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
        var rows: [JSON] = []
        for volume in try ledger.volumes() {
            let row = VolumeRow(volume, path: house.volumeDirectory(volume.name))
            if try row.matches(request.filters, ledger) { rows.append(row.document) }
        }
        return rows
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        if request.quiet, request.format == .standard {
            return View(.lines(reply.compactMap { $0["Name"]?.text }))
        }
        let table = View.Table(
            reply, "table {{.Driver}}\t{{.Name}}", headings: ["Name": "VOLUME NAME"],
            showsHeadings: !request.noHeading)
        return View(request.format.content(of: table))
    }
}
