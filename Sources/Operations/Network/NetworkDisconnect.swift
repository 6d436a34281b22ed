package import Base
package import Engine
import Records
import Specs

/// `martlet network disconnect`
package enum NetworkDisconnect: Verb {
    package struct Request: Equatable, Sendable {
        package var network = ""
        package var container = ""
        /// As podman has it; nothing here needs it.
        package var force = false
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "network disconnect", summary: "Take a container from a network",
            .post("/libpod/networks/{network}/disconnect"), blank: Request(),
            fields: [
                .flag("force", short: "f", "Do it while the container runs, as it is done anyway") {
                    $0.force = $1
                } write: {
                    $0.force
                },
                .argument("network", "The network, by name or id") {
                    $0.network = $1
                } write: {
                    $0.network
                }.completing(.network),
                .argument("container", "The container, by name or id") {
                    $0.container = $1
                } write: {
                    $0.container
                }.completing(.container),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let network = try house.findNetwork(request.network, ledger: ledger)
        try house.disconnect(try ledger.find(request.container), from: network, ledger: ledger)
        return Batch()
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
