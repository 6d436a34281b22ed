package import Base
package import Engine
import Records
import Specs

/// `martlet manifest rm`
package enum ManifestRm: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var ignoresMissing = false
    }

    /// What was untagged and what was deleted, line by line.
    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "manifest rm", summary: "Forget lists of images; the images stay",
            .delete("/libpod/manifests/{name}"), blank: Request(),
            fields: [
                .flag("ignore", short: "i", "Take no offence at lists that are not there") {
                    $0.ignoresMissing = $1
                } write: {
                    $0.ignoresMissing
                },
                .arguments("list", "The lists, by name or id", atLeast: 1) {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.wire("name"),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        var reply = Batch()
        for name in request.names {
            do throws(Problem) {
                let list = try ledger.findList(name)
                try ledger.remove(list)
                reply.done += ["Untagged: \(list.name)", "Deleted: \(list.id)"]
            } catch {
                if error.code == .noSuchImage, request.ignoresMissing { continue }
                reply.problems.append(error)
            }
        }
        return reply
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.removalView }
}
