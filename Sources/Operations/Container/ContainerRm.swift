package import Base
package import Engine
import Records
import Specs

/// `martlet container rm`, `martlet rm`
package enum ContainerRm: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        /// Whether a running container is stopped first.
        package var force = false
        /// Whether volumes made for the container alone go with it.
        package var volumes = false
        package var depending = false
        /// Seconds before SIGKILL; nil is the container's own.
        package var graceSeconds: UInt32?
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container rm", or: "rm", summary: "Remove containers",
            .delete("/libpod/containers/{name}"), blank: Request(),
            fields: [
                .selectionAll("Remove every container"), .selectionLatest,
                .selectionFilter(short: nil), .selectionIDFile, .selectionIgnore,
                .flag("force", short: "f", "Stop running containers first") {
                    $0.force = $1
                } write: {
                    $0.force
                },
                .flag("volumes", short: "v", "Remove their anonymous volumes too") {
                    $0.volumes = $1
                } write: {
                    $0.volumes
                },
                .flag("depend", "Remove containers that need them too") {
                    $0.depending = $1
                } write: {
                    $0.depending
                }.wire("depend"),
                .grace {
                    $0.graceSeconds = $1
                } write: {
                    $0.graceSeconds
                },
                .notBuilt("storage", .flag),
                .selectionNames,
            ]
        ).checking { (request) throws(Problem) in
            try request.selection.check()
            if request.graceSeconds != nil, !request.force {
                throw Problem(
                    .badUsage, "--time needs --force", why: "nothing is stopped without it")
            }
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        var options = RemoveOptions()
        options.force = request.force
        options.volumes = request.volumes
        options.graceSeconds = request.graceSeconds.map(Int.init)
        // One that is named as well may go with what it needs, before its turn.
        return try request.selection.batch(in: house, mayGo: request.depending) {
            (container, ledger) throws(Problem) in
            if container.isInfra, let pod = try ledger.pod(id: container.spec.pod ?? "") {
                // It goes with its pod, and --all means what can go alone.
                if request.selection.all { return nil }
                throw Problem(
                    .badUsage, "container \"\(container.name)\" holds pod \"\(pod.name)\" together",
                    next: "remove the pod with \"martlet pod rm \(pod.name)\"")
            }
            if request.depending {
                try house.removeWithDependents(container, ledger: ledger, options: options)
            } else {
                try house.remove(container, ledger: ledger, options: options)
            }
            return container.id
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.removalView }
}
