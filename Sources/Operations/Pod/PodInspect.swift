package import Base
package import Engine
import Records
import Specs

/// `martlet pod inspect`
package enum PodInspect: Verb {
    package struct Request: Equatable, Sendable, PodSelecting {
        package var selection = PodSelection()
        package var format = Format.standard
    }

    package typealias Reply = Documents

    package static var card: Card<Request> {
        Card(
            "pod inspect", summary: "Show everything about pods",
            .get("/libpod/pods/{name}/json"), blank: Request(),
            fields: [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .podLatest, .podNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        return Documents(try request.selection.wanted(ledger)) { (name) throws(Problem) in
            let pod = try ledger.findPod(name)
            return PodRow(try house.condition(of: pod, ledger: ledger)).document
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        reply.view(request.format)
    }
}
