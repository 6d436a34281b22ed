package import Base
package import Engine
import Records
import Specs

/// `martlet pod pause`
package enum PodPause: Verb {
    package struct Request: Equatable, Sendable, PodSelecting {
        package var selection = PodSelection()
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "pod pause", summary: "Stop every process of pods for a while",
            .post("/libpod/pods/{name}/pause"), blank: Request(),
            fields: [
                .podAll("Take every pod"), .podLatest, .podNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try request.selection.batch(in: house) { (pod, ledger) throws(Problem) in
            try house.each(of: pod, withGroup: true, ledger: ledger) { (member) throws(Problem) in
                try house.ask(member, .pause)
            }
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
