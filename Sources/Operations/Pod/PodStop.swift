package import Base
package import Engine
import Records
import Specs

/// `martlet pod stop`
package enum PodStop: Verb {
    package struct Request: Equatable, Sendable, PodSelecting {
        package var selection = PodSelection()
        /// Seconds before SIGKILL; nil is each container's own.
        package var graceSeconds: UInt32?
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "pod stop", summary: "Stop pods", .post("/libpod/pods/{name}/stop"), blank: Request(),
            fields: [
                .podAll("Stop every pod"), .podLatest, .podIDFile, .podIgnore,
                .grace {
                    $0.graceSeconds = $1
                } write: {
                    $0.graceSeconds
                },
                .podNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }.details(
            "Asks all containers of a pod at once, and ends the one that holds it together last.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try request.selection.batch(in: house) { (pod, ledger) throws(Problem) in
            try house.stop(
                pod, graceSeconds: request.graceSeconds.map(Int.init), ledger: ledger)
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
