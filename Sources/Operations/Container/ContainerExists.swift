package import Base
package import Engine
import Records

/// `martlet container exists`
package enum ContainerExists: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
    }

    package typealias Reply = Bool

    package static var card: Card<Request> {
        Card(
            "container exists", summary: "Tell by the exit status whether there is a container",
            .get("/libpod/containers/{name}/exists"), blank: Request(),
            fields: [
                .argument("container", "Its name or id") {
                    $0.name = $1
                } write: {
                    $0.name
                }
                .completing(.container).wire("name")
            ]
        ).details("The exit status is 0 where there is one, 1 where there is none.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        do throws(Problem) {
            _ = try house.ledger().find(request.name)
            return true
        } catch {
            guard error.code == .noSuchContainer else { throw error }
            return false
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(status: reply ? 0 : 1)
    }
}
