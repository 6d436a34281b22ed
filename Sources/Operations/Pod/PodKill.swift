package import Base
package import Engine
import Records
import Specs

/// `martlet pod kill`
package enum PodKill: Verb {
    package struct Request: Equatable, Sendable, PodSelecting {
        package var selection = PodSelection()
        package var signal = "KILL"
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "pod kill", summary: "Send a signal to the containers of pods",
            .post("/libpod/pods/{name}/kill"), blank: Request(),
            fields: [
                .podAll("Take every pod"), .podLatest,
                .value("signal", short: "s", "SIGNAL", "Send this signal", SignalOption.parse) {
                    $0.signal = $1
                } write: {
                    $0.signal
                }.standard("KILL"),
                .podNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let signal = try Signal(request.signal, for: "--signal")
        return try request.selection.batch(in: house) { (pod, ledger) throws(Problem) in
            try house.each(of: pod, ledger: ledger) { (member) throws(Problem) in
                try house.kill(member, signal: signal)
            }
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
