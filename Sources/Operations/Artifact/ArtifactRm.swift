package import Base
package import Engine
import Specs
import Storages

/// `martlet artifact rm`
package enum ArtifactRm: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var all = false
        package var ignoresMissing = false
    }

    /// The digests of the artifacts that went.
    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "artifact rm", or: "artifact remove", summary: "Remove artifacts",
            .delete("/libpod/artifacts/{name}"), blank: Request(),
            fields: [
                .flag("all", short: "a", "Remove every artifact") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .flag("ignore", short: "i", "Take no offence at artifacts that are not there") {
                    $0.ignoresMissing = $1
                } write: {
                    $0.ignoresMissing
                },
                .arguments("artifact", "The artifacts, by name or digest") {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.wire("name"),
            ]
        ).checking { (request) throws(Problem) in
            guard request.names.isEmpty == request.all else {
                throw Problem(
                    .badUsage,
                    request.all
                        ? "names and --all contradict each other" : "no artifact is named",
                    next: request.all ? "leave one of them out" : "name one, or use --all")
            }
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let shelf = try house.artifacts()
        let names = request.all ? try shelf.names() : request.names
        var reply = Batch()
        for name in names {
            do throws(Problem) {
                reply.done.append(try shelf.remove(name).hex)
            } catch {
                if error.code == .noSuchObject, request.ignoresMissing { continue }
                reply.problems.append(error)
            }
        }
        return reply
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.removalView }
}
