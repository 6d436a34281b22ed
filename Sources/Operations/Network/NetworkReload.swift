package import Base
package import Engine
import Records
import Specs

/// `martlet network reload`
package enum NetworkReload: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "network reload", summary: "Link running containers to their networks anew",
            .post("/libpod/networks/{name}/reload"), blank: Request(),
            fields: [
                .selectionAll("Reload every running container"), .selectionLatest,
                .selectionNames,
            ]
        ).details(
            "A network's process that was killed is started again for its containers by itself; "
                + "this does the same by hand. Addresses and names stay."
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try request.selection.batch(in: house) { (container, ledger) throws(Problem) in
            try house.reloadNetworks(of: container, ledger: ledger)
            return container.id
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
