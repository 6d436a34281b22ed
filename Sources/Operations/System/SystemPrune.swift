package import Base
package import Engine
import Kernel
import Records
import Specs
import Storages

/// `martlet system prune`
package enum SystemPrune: Verb {
    package struct Request: Equatable, Sendable {
        package var all = false
        package var volumes = false
        package var build = false
        /// Whether only what belongs to nothing goes.
        package var external = false
        package var force = false
        package var filters: [String] = []
    }

    package struct Reply: Sendable {
        package var containers: [String] = []
        package var images: [String] = []
        package var volumes: [String] = []
        package var others: [String] = []
        package var reclaimed: Int64 = 0
        package var problems: [Problem] = []
        /// Whether a person said no.
        package var isRefused = false
    }

    package static var card: Card<Request> {
        Card(
            "system prune", summary: "Remove what nothing needs",
            .post("/libpod/system/prune"), blank: Request(),
            fields: [
                .flag("all", short: "a", "Remove images with names too") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .flag("build", "Remove what builds left too") {
                    $0.build = $1
                } write: {
                    $0.build
                },
                .flag("external", "Remove what killed commands left, and nothing else") {
                    $0.external = $1
                } write: {
                    $0.external
                },
                .repeated("filter", "KEY=VALUE", "Take objects this is true of", Filter.parse) {
                    $0.filters.append($1)
                } write: {
                    $0.filters
                }.wire("filters"),
                .flag("force", short: "f", "Ask nothing") {
                    $0.force = $1
                } write: {
                    $0.force
                }.local,
                .flag("volumes", "Remove volumes that no container mounts too") {
                    $0.volumes = $1
                } write: {
                    $0.volumes
                },
            ]
        ).details(
            "Removes stopped containers, then images that no container and no name needs, and "
                + "what killed commands left. Filters are label, label! and until."
        ).checking { (request) throws(Problem) in
            if request.external, request.all || request.volumes || request.build {
                throw Problem(
                    .badUsage, "--external contradicts --all, --volumes and --build")
            }
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        var reply = Reply()
        if !request.force, try !Consent.given(warning(request)) {
            reply.isRefused = true
            return reply
        }
        let ledger = try house.ledger()
        let filter = try PruneFilter(request.filters)
        reply.others = try house.sweep(ledger).map { "container \($0.prefix(12))" }
        if !request.external {
            let before = try house.diskUse(ledger)
            try removeContainers(filter, house, ledger, before, &reply)
            if request.volumes { try removeVolumes(filter, house, ledger, before, &reply) }
            let images = try house.pruneImages(all: request.all) { filter.takes($0) }
            reply.images = images.deleted
            let after = Set(try ledger.layers().map(\.id))
            reply.reclaimed += before.layers.reduce(0) { sum, layer in
                after.contains(layer.key) ? sum : sum + layer.value
            }
        }
        var wish = CheckWish()
        wish.quick = true
        wish.repair = true
        let left = try house.check(wish).filter { $0.kind == .leftover && $0.isMended }
        reply.others += left.map(\.what)
        return reply
    }

    private static func warning(_ request: Request) -> String {
        var lines = ["WARNING! This command removes:"]
        if !request.external {
            lines.append("  - all stopped containers")
            if request.volumes {
                lines.append("  - all volumes not used by at least one container")
            }
            lines.append(
                request.all
                    ? "  - all images without at least one container associated with them"
                    : "  - all dangling images")
        }
        lines.append("  - what killed commands have left")
        return lines.joined(separator: "\n")
    }

    private static func removeContainers(
        _ filter: PruneFilter, _ house: House, _ ledger: Ledger, _ before: DiskUse,
        _ reply: inout Reply
    ) throws(Problem) {
        var options = RemoveOptions()
        options.volumes = true
        for row in try ContainerRows.all(in: house, ledger)
        where !row.condition.isRunning && !row.container.isInfra && filter.takes(row.container)
            && !house.isBeingStarted(row.container.id)
        {
            do throws(Problem) {
                try house.remove(row.container, ledger: ledger, options: options)
                reply.containers.append(row.container.id)
                reply.reclaimed += before.containers[row.container.id] ?? 0
            } catch  where error.code == .wrongState {
                // It has been started meanwhile.
                continue
            } catch {
                reply.problems.append(error)
            }
        }
    }

    private static func removeVolumes(
        _ filter: PruneFilter, _ house: House, _ ledger: Ledger, _ before: DiskUse,
        _ reply: inout Reply
    ) throws(Problem) {
        for volume in try ledger.volumes() where filter.takes(volume) {
            guard try ledger.users(ofVolume: volume.name).isEmpty else { continue }
            do throws(Problem) {
                try house.removeVolume(volume.name, ledger: ledger)
                reply.volumes.append(volume.name)
                reply.reclaimed += before.volumes[volume.name] ?? 0
            } catch {
                reply.problems.append(error)
            }
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        if reply.isRefused { return View(status: 1) }
        var lines: [String] = []
        for (title, names) in [
            ("Deleted Containers", reply.containers), ("Deleted Volumes", reply.volumes),
            ("Deleted Images", reply.images), ("Deleted Leftovers", reply.others),
        ] where !names.isEmpty {
            lines += [title] + names
        }
        lines.append("Total reclaimed space: \(Human.compact(reply.reclaimed))")
        return View(.lines(lines), problems: reply.problems)
    }
}
