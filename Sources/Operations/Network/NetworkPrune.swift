package import Base
package import Engine
import Records
import Specs

/// `martlet network prune`
package enum NetworkPrune: Verb {
    package struct Request: Equatable, Sendable {
        package var force = false
        package var filters: [String] = []
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "network prune", summary: "Remove networks that no container is on",
            .post("/libpod/networks/prune"), blank: Request(),
            fields: [
                .flag("force", short: "f", "Ask nothing") {
                    $0.force = $1
                } write: {
                    $0.force
                }.local,
                .repeated("filter", "KEY=VALUE", "Take networks this is true of", Filter.parse) {
                    $0.filters.append($1)
                } write: {
                    $0.filters
                }.wire("filters"),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let fallback = try house.networkDefaults().name
        var batch = Batch()
        for network in try ledger.networks() where network.name != fallback {
            let users = try ledger.users(of: network).count
            guard users == 0, try NetworkRow(network).matches(request.filters, users: { users })
            else { continue }
            do throws(Problem) {
                try house.removeNetwork(network, force: false, graceSeconds: nil, ledger: ledger)
                batch.done.append(network.name)
            } catch {
                batch.problems.append(error)
            }
        }
        return batch
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
