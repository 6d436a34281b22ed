package import Base
package import Engine
import Specs

/// `martlet container prune`
package enum ContainerPrune: Verb {
    package struct Request: Equatable, Sendable {
        package var force = false
        package var filters: [String] = []
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container prune", summary: "Remove every container that does not run",
            .post("/libpod/containers/prune"), blank: Request(),
            fields: [
                .flag("force", short: "f", "Ask nothing") {
                    $0.force = $1
                } write: {
                    $0.force
                }.local,
                .repeated("filter", "KEY=VALUE", "Take containers this is true of", Filter.parse) {
                    $0.filters.append($1)
                } write: {
                    $0.filters
                },
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let warning = "WARNING! This will remove all non running containers."
        if !request.force, try !Consent.given(warning) { return Batch(status: 1) }
        let ledger = try house.ledger()
        let filter = try PruneFilter(request.filters)
        var options = RemoveOptions()
        options.volumes = true
        var batch = Batch()
        for row in try ContainerRows.all(in: house, ledger)
        where !row.condition.isRunning && !row.container.isInfra {
            guard filter.takes(row.container), !house.isBeingStarted(row.container.id) else {
                continue
            }
            do throws(Problem) {
                try house.remove(row.container, ledger: ledger, options: options)
                batch.done.append(row.container.id)
            } catch  where error.code == .wrongState {
                // It has been started meanwhile.
                continue
            } catch {
                batch.problems.append(error)
            }
        }
        return batch
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
