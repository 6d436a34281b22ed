package import Base
package import Engine
import Specs
import Storages
import Records

/// `martlet image rm`, `martlet rmi`
package enum ImageRm: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var all = false
        /// Whether containers of the image go first.
        package var force = false
        package var ignoresMissing = false
        package var keepsParents = false
    }

    /// What was untagged and what was deleted, line by line.
    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "image rm", or: "rmi", summary: "Remove images",
            .delete("/libpod/images/{name}"), blank: Request(),
            fields: [
                .flag("all", short: "a", "Remove every image") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .flag("force", short: "f", "Remove their containers first") {
                    $0.force = $1
                } write: {
                    $0.force
                },
                .flag("ignore", short: "i", "Take no offence at images that are not there") {
                    $0.ignoresMissing = $1
                } write: {
                    $0.ignoresMissing
                },
                .flag("no-prune", "Keep parents without a name") {
                    $0.keepsParents = $1
                } write: {
                    $0.keepsParents
                }.wire("noprune"),
                .arguments("image", "The images, by name or id") {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.image).wire("name"),
            ]
        ).checking { (request) throws(Problem) in
            if request.names.isEmpty, !request.all {
                throw Problem(.badUsage, "no image is named", next: "name one, or use --all")
            }
            if !request.names.isEmpty, request.all {
                throw Problem(.badUsage, "names and --all contradict each other")
            }
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        var names = request.names
        if request.all {
            // Those of other stores stay.
            let own = try ledger.images(withDocuments: false).filter { $0.store == nil }
            names = try own.map(\.id) + ledger.lists().map(\.id)
        }
        var reply = Batch()
        for name in names {
            do throws(Problem) {
                if let list = try list(name, house, ledger) {
                    try ledger.remove(list)
                    reply.done += ["Untagged: \(list.name)", "Deleted: \(list.id)"]
                    continue
                }
                let removals = try house.removeImages(
                    [name], force: request.force || request.all, ledger: ledger)
                for removal in removals {
                    reply.done += removal.untagged.map { "Untagged: \($0)" }
                    reply.done += removal.deleted.map { "Deleted: \($0)" }
                }
            } catch {
                if error.code == .noSuchImage, request.ignoresMissing { continue }
                reply.problems.append(error)
            }
        }
        return reply
    }

    /// The list that `name` means, where it means no image.
    private static func list(_ name: String, _ house: House, _ ledger: Ledger) throws(Problem)
        -> ManifestList?
    {
        guard try house.shelf(ledger).lookUp(name) == nil else { return nil }
        return try ledger.lookUpList(name)
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.removalView }
}
