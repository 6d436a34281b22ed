package import Base
package import Engine
import Records
import Specs

/// `martlet pod exists`
package enum PodExists: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
    }

    package typealias Reply = Bool

    package static var card: Card<Request> {
        Card(
            "pod exists", summary: "Tell by the exit status whether there is a pod",
            .get("/libpod/pods/{name}/exists"), blank: Request(),
            fields: [
                .argument("pod", "Its name or id") {
                    $0.name = $1
                } write: {
                    $0.name
                }
                .completing(.pod).wire("name")
            ]
        ).details("The exit status is 0 where there is one, 1 where there is none.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        do throws(Problem) {
            _ = try house.ledger().findPod(request.name)
            return true
        } catch {
            guard error.code == .noSuchPod else { throw error }
            return false
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(status: reply ? 0 : 1)
    }
}
