package import Base
package import Engine
import Records
import Specs

/// `martlet volume prune`
package enum VolumePrune: Verb {
    package struct Request: Equatable, Sendable {
        package var force = false
        /// Whether nothing is removed, only shown.
        package var dryRun = false
        /// Whether volumes with a name of their user's go too.
        package var all = false
        package var filters: [String] = []
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "volume prune", summary: "Remove volumes that nothing mounts",
            .post("/libpod/volumes/prune"), blank: Request(),
            fields: [
                .flag("all", short: "a", "Remove volumes with names too") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .flag("force", short: "f", "Ask nothing") {
                    $0.force = $1
                } write: {
                    $0.force
                }.local,
                .repeated("filter", "KEY=VALUE", "Take volumes this is true of", Filter.parse) {
                    $0.filters.append($1)
                } write: {
                    $0.filters
                }.wire("filters"),
                .flag("dry-run", "Show what would be removed, and remove nothing") {
                    $0.dryRun = $1
                } write: {
                    $0.dryRun
                },
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let warning =
            "WARNING! This will remove all \(request.all ? "" : "anonymous ")volumes not used by "
            + "at least one container."
        if !request.force, !request.dryRun, try !Consent.given(warning) {
            return Batch(status: 1)
        }
        let ledger = try house.ledger()
        var batch = Batch()
        for volume in try ledger.volumes() where request.all || volume.anonymous {
            let row = VolumeRow(volume, path: "")
            guard try row.matches(request.filters, ledger),
                try ledger.users(ofVolume: volume.name).isEmpty
            else { continue }
            do throws(Problem) {
                if !request.dryRun { try house.removeVolume(volume.name, ledger: ledger) }
                batch.done.append(volume.name)
            } catch {
                batch.problems.append(error)
            }
        }
        return batch
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
