package import Base
package import Engine
import Records
import Specs

/// `martlet pod prune`
package enum PodPrune: Verb {
    package struct Request: Equatable, Sendable {
        package var force = false
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "pod prune", summary: "Remove every pod that has ended", .post("/libpod/pods/prune"),
            blank: Request(),
            fields: [
                .flag("force", short: "f", "Ask nothing") {
                    $0.force = $1
                } write: {
                    $0.force
                }.local
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        var batch = Batch()
        for pod in try ledger.pods() {
            let word = try house.condition(of: pod, ledger: ledger).word
            guard word == "Exited" || word == "Stopped" else { continue }
            do throws(Problem) {
                try house.remove(pod, ledger: ledger, options: RemoveOptions())
                batch.done.append(pod.id)
            } catch {
                batch.problems.append(error)
            }
        }
        return batch
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
