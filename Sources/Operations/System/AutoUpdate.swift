package import Base
package import Engine
import Specs

/// `martlet auto-update`
package enum AutoUpdate: Verb {
    package struct Request: Equatable, Sendable {
        package var options = UpdateOptions()
        package var format = Format.standard
    }

    /// A row for each container that wants updates, and what went wrong.
    package struct Reply: Sendable {
        package var rows: [JSON]
        package var problems: [Problem]
    }

    package static var card: Card<Request> {
        Card(
            "auto-update", summary: "Start services anew whose images have changed",
            .post("/libpod/auto-update"), blank: Request(),
            fields: [
                .flag("dry-run", "Only tell what would be updated") {
                    $0.options.isDry = $1
                } write: {
                    $0.options.isDry
                },
                .flag("rollback", "Go back to the old image where the new one does not come up") {
                    $0.options.rollsBack = $1
                } write: {
                    $0.options.rollsBack
                }.standard("true"),
                .value("authfile", "FILE", "Read credentials for registries from this file") {
                    $0.options.authFile = $1
                } write: {
                    $0.options.authFile
                }.from("REGISTRY_AUTH_FILE").completing(.file),
                .value(
                    "tls-verify", "BOOL", "Insist on HTTPS with a valid certificate",
                    Boolean.parse,
                    read: { $0.options.verifiesTLS = $1 },
                    write: { $0.options.verifiesTLS.map { "\($0)" } }
                ).valueWhenBare("true").standard("as registries.conf says"),
                .listFormat {
                    $0.format = $1
                } write: {
                    $0.format
                },
            ]
        ).details(
            "Looks at each running container with the label \(UpdateRound.label), as AutoUpdate= "
                + "of a .container file sets it. With \"registry\" its registry is asked whether the "
                + "name now means another image, which is then fetched; with \"local\" the name is "
                + "looked up in the store. The container's service is started anew with it. A "
                + "service that does not become ready is started with the old image again: with "
                + "Notify=healthy that is one whose health check does not succeed in time.",
            "The label \(UpdateRound.authFileLabel) names a file of credentials for one container. "
                + "UPDATED is true, false, failed, pending (with --dry-run) or rolled back."
        ).example("martlet auto-update --dry-run", "See what would be updated")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let update = try UpdateRound(house, request.options)
        try update.run()
        return Reply(rows: update.rows.map(document), problems: update.problems)
    }

    private static func document(_ row: UpdateRow) -> JSON {
        let id = String(row.container.id.prefix(12))
        return .record([
            ("Unit", .string(row.unit)),
            ("Container", .string("\(id) (\(row.container.name))")),
            ("ContainerID", .string(row.container.id)),
            ("ContainerName", .string(row.container.name)),
            ("Image", .string(row.container.spec.image)),
            ("Policy", .string(row.policy)),
            ("Updated", .string(row.outcome.rawValue)),
        ])
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        let columns = ["Unit", "Container", "Image", "Policy", "Updated"]
        let table = View.Table(
            reply.rows, "table " + columns.map { "{{.\($0)}}" }.joined(separator: "\t"))
        return View(request.format.content(of: table), problems: reply.problems)
    }
}
