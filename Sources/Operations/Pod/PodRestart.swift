package import Base
package import Engine
import Records
import Specs

/// `martlet pod restart`
package enum PodRestart: Verb {
    package struct Request: Equatable, Sendable, PodSelecting {
        package var selection = PodSelection()
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "pod restart", summary: "Stop pods and start them again",
            .post("/libpod/pods/{name}/restart"), blank: Request(),
            fields: [
                .podAll("Restart every pod"), .podLatest, .podNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try request.selection.batch(in: house) { (pod, ledger) throws(Problem) in
            let problems = try house.stop(pod, graceSeconds: nil, ledger: ledger)
            return problems.isEmpty ? try house.start(pod, ledger: ledger) : problems
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
