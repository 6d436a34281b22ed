package import Base
package import Engine
import Records
import Specs

/// `martlet secret rm`
package enum SecretRm: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var all = false
        package var ignoresMissing = false
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "secret rm", or: "secret remove", summary: "Remove secrets",
            .delete("/libpod/secrets/{name}"), blank: Request(),
            fields: [
                .flag("all", short: "a", "Remove every secret") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .flag("ignore", short: "i", "Take no offence at secrets that are not there") {
                    $0.ignoresMissing = $1
                } write: {
                    $0.ignoresMissing
                },
                .arguments("secret", "The secrets, by name or id") {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.wire("name"),
            ]
        ).checking { (request) throws(Problem) in
            if request.names.isEmpty, !request.all {
                throw Problem(.badUsage, "no secret is named", next: "name one, or use --all")
            }
        }.details("Containers that were made with a secret keep their copy of it.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        var batch = Batch()
        for name in request.all ? try ledger.secrets().map(\.id) : request.names {
            do throws(Problem) {
                let secret = try ledger.findSecret(name)
                try house.remove(secret, ledger: ledger)
                batch.done.append(secret.id)
            } catch {
                if request.ignoresMissing, error.code == .noSuchObject { continue }
                batch.problems.append(error)
            }
        }
        return batch
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
