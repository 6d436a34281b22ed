package import Base
package import Engine
import Kernel
import Records

/// `martlet secret list`
package enum SecretList: Verb {
    package struct Request: Equatable, Sendable {
        package var quiet = false
        package var noHeading = false
        package var filters: [String] = []
        package var format = Format.standard
    }

    package typealias Reply = [JSON]

    package static var card: Card<Request> {
        Card(
            "secret list", or: "secret ls", summary: "List secrets", .get("/libpod/secrets/json"),
            blank: Request(),
            fields: [
                .repeated(
                    "filter", short: "f", "KEY=VALUE", "Show secrets this is true of", Filter.parse
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
                .flag("quiet", short: "q", "Show ids only") {
                    $0.quiet = $1
                } write: {
                    $0.quiet
                }.local,
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let now = Clock.wall()
        var rows: [JSON] = []
        for secret in try house.ledger().secrets() {
            let row = SecretRow(secret, path: "")
            if try row.matches(request.filters) { rows.append(row.fields(now: now)) }
        }
        return rows
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        if request.quiet, request.format == .standard {
            return View(.lines(reply.compactMap { $0["ID"]?.text }))
        }
        let table = View.Table(
            reply,
            "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.CreatedAt}}\t{{.UpdatedAt}}",
            headings: ["CreatedAt": "CREATED", "UpdatedAt": "UPDATED"],
            showsHeadings: !request.noHeading)
        return View(request.format.content(of: table))
    }
}
