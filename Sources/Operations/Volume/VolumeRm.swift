package import Base
package import Engine
import Records
import Specs

/// `martlet volume rm`
package enum VolumeRm: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var all = false
        /// Whether containers that mount the volume go first.
        package var force = false
        /// Seconds before SIGKILL; nil is the container's own.
        package var graceSeconds: UInt32?
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "volume rm", or: "volume remove", summary: "Remove volumes",
            .delete("/libpod/volumes/{name}"), blank: Request(),
            fields: [
                .flag("all", short: "a", "Remove every volume") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .flag("force", short: "f", "Remove containers that mount them first") {
                    $0.force = $1
                } write: {
                    $0.force
                },
                .grace {
                    $0.graceSeconds = $1
                } write: {
                    $0.graceSeconds
                },
                .arguments("volume", "The volumes, by name") {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.volume).wire("name"),
            ]
        ).checking { (request) throws(Problem) in
            if request.names.isEmpty, !request.all {
                throw Problem(.badUsage, "no volume is named", next: "name one, or use --all")
            }
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let names = request.all ? try ledger.volumes().map(\.name) : request.names
        return Batch(names) { (name) throws(Problem) in
            let volume = try ledger.findVolume(name)
            if request.force {
                var options = RemoveOptions()
                options.force = true
                options.graceSeconds = request.graceSeconds.map(Int.init)
                for user in try ledger.users(ofVolume: volume.name) {
                    let container = try ledger.find(user)
                    if container.isInfra, let pod = try ledger.pod(id: container.spec.pod ?? "") {
                        try house.remove(pod, ledger: ledger, options: options)
                    } else {
                        try house.remove(container, ledger: ledger, options: options)
                    }
                }
            }
            try house.removeVolume(volume.name, ledger: ledger)
            return name
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.removalView }
}
