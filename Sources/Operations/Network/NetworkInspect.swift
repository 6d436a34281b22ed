package import Base
package import Engine
import Records
import Specs

/// `martlet network inspect`
package enum NetworkInspect: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var format = Format.standard
    }

    package typealias Reply = Documents

    package static var card: Card<Request> {
        Card(
            "network inspect", summary: "Show everything about networks",
            .get("/libpod/networks/{name}/json"), blank: Request(),
            fields: [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .arguments("network", "The networks, by name or id", atLeast: 1) {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.network).wire("name"),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        return Documents(request.names) { (name) throws(Problem) in
            let network = try house.findNetwork(name, ledger: ledger)
            let places = try house.places(on: network, ledger: ledger)
            return .record(
                NetworkRow(network).members + [("containers", NetworkRow.containers(places))])
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        reply.view(request.format)
    }
}
