package import Base
package import Engine

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
        throw Problem(.notBuilt, "removing volumes is not built yet")
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
