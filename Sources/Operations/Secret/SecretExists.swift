package import Base
package import Engine
import Records

/// `martlet secret exists`
package enum SecretExists: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
    }

    package typealias Reply = Bool

    package static var card: Card<Request> {
        Card(
            "secret exists", summary: "Tell by the exit status whether there is a secret",
            .get("/libpod/secrets/{name}/exists"), blank: Request(),
            fields: [
                .argument("secret", "Its name or id") {
                    $0.name = $1
                } write: {
                    $0.name
                }.wire("name")
            ]
        ).details("The exit status is 0 where there is one, 1 where there is none.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        do throws(Problem) {
            _ = try house.ledger().findSecret(request.name)
            return true
        } catch {
            guard error.code == .noSuchObject else { throw error }
            return false
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(status: reply ? 0 : 1)
    }
}
