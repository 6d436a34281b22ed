package import Base
package import Engine
import Records

/// `martlet secret inspect`
package enum SecretInspect: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var pretty = false
        /// Whether the content is shown.
        package var showsContent = false
        package var format = Format.standard
    }

    package typealias Reply = Documents

    package static var card: Card<Request> {
        Card(
            "secret inspect", summary: "Show everything about secrets but what they hold",
            .get("/libpod/secrets/{name}/json"), blank: Request(),
            fields: [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .flag("pretty", "Show it for people to read") {
                    $0.pretty = $1
                } write: {
                    $0.pretty
                }.local,
                .flag("showsecret", "Show what they hold too") {
                    $0.showsContent = $1
                } write: {
                    $0.showsContent
                },
                .arguments("secret", "The secrets, by name or id", atLeast: 1) {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.wire("name"),
            ]
        ).checking { (request) throws(Problem) in
            if request.pretty, request.format != .standard {
                throw Problem(.badUsage, "--pretty and --format contradict each other")
            }
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        return Documents(request.names) { (name) throws(Problem) in
            let secret = try ledger.findSecret(name)
            var row = SecretRow(secret, path: house.dataPath + "/secrets")
            if request.showsContent {
                row.content = String(decoding: try house.content(of: secret), as: UTF8.self)
            }
            return row.document
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        guard request.pretty else { return reply.view(request.format) }
        return View(.lines(reply.found.flatMap(SecretRow.lines)), problems: reply.problems)
    }
}
