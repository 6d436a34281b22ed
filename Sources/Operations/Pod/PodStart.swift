package import Base
package import Engine
import Records
import Specs

/// `martlet pod start`
package enum PodStart: Verb {
    package struct Request: Equatable, Sendable, PodSelecting {
        package var selection = PodSelection()
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "pod start", summary: "Start pods", .post("/libpod/pods/{name}/start"),
            blank: Request(),
            fields: [
                .podAll("Start every pod"), .podLatest, .podIDFile, .podNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }.details(
            "Starts the container that holds the pod together, then the others, those first that "
                + "others require. In a systemd unit with Type=forking the monitor of the first "
                + "stays in the unit, as its main process.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try request.selection.batch(in: house) { (pod, ledger) throws(Problem) in
            try house.start(pod, ledger: ledger)
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
