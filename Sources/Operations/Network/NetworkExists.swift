package import Base
package import Engine
import Records
import Specs

/// `martlet network exists`
package enum NetworkExists: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
    }

    package typealias Reply = Bool

    package static var card: Card<Request> {
        Card(
            "network exists", summary: "Tell by the exit status whether there is a network",
            .get("/libpod/networks/{name}/exists"), blank: Request(),
            fields: [
                .argument("network", "Its name or id") {
                    $0.name = $1
                } write: {
                    $0.name
                }
                .completing(.network).wire("name")
            ]
        ).details("The exit status is 0 where there is one, 1 where there is none.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        do throws(Problem) {
            _ = try house.findNetwork(request.name, ledger: ledger)
            return true
        } catch  where error.code == .noSuchNetwork {
            return false
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(status: reply ? 0 : 1)
    }
}
