package import Base
package import Engine
import Records
import Specs

/// `martlet network rm`
package enum NetworkRm: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        /// Whether containers on the network go first.
        package var force = false
        /// Seconds before SIGKILL; nil is the container's own.
        package var graceSeconds: UInt32?
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "network rm", or: "network remove", summary: "Remove networks",
            .delete("/libpod/networks/{name}"), blank: Request(),
            fields: [
                .flag("force", short: "f", "Remove containers on them first") {
                    $0.force = $1
                } write: {
                    $0.force
                },
                .grace {
                    $0.graceSeconds = $1
                } write: {
                    $0.graceSeconds
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
        return Batch(request.names) { (name) throws(Problem) in
            let network = try house.findNetwork(name, ledger: ledger)
            try house.removeNetwork(
                network, force: request.force, graceSeconds: request.graceSeconds.map(Int.init),
                ledger: ledger)
            return name
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.removalView }
}
