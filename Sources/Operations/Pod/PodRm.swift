package import Base
package import Engine
import Records
import Specs

/// `martlet pod rm`
package enum PodRm: Verb {
    package struct Request: Equatable, Sendable, PodSelecting {
        package var selection = PodSelection()
        /// Whether running containers are stopped first.
        package var force = false
        /// Seconds before SIGKILL; nil is each container's own.
        package var graceSeconds: UInt32?
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "pod rm", summary: "Remove pods with their containers", .delete("/libpod/pods/{name}"),
            blank: Request(),
            fields: [
                .podAll("Remove every pod"), .podLatest, .podIDFile, .podIgnore,
                .flag("force", short: "f", "Stop running containers first") {
                    $0.force = $1
                } write: {
                    $0.force
                },
                .grace {
                    $0.graceSeconds = $1
                } write: {
                    $0.graceSeconds
                },
                .podNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        var options = RemoveOptions()
        options.force = request.force
        options.graceSeconds = request.graceSeconds.map(Int.init)
        return try request.selection.batch(in: house) { (pod, ledger) throws(Problem) in
            try house.remove(pod, ledger: ledger, options: options)
            return []
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.removalView }
}
