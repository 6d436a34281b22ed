package import Base
package import Engine
import Specs
import Storages

/// `martlet image prune`
package enum ImagePrune: Verb {
    package struct Request: Equatable, Sendable {
        package var all = false
        package var buildCache = false
        package var external = false
        package var force = false
        package var filters: [String] = []
    }

    /// The ids of images that are gone.
    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "image prune", summary: "Remove images that nothing needs",
            .post("/libpod/images/prune"), blank: Request(),
            fields: [
                .flag("all", short: "a", "Remove images with names too") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .flag("build-cache", "Remove what builds keep to be faster too") {
                    $0.buildCache = $1
                } write: {
                    $0.buildCache
                },
                .flag("external", "Remove images that foreign containers use too") {
                    $0.external = $1
                } write: {
                    $0.external
                },
                .repeated("filter", "KEY=VALUE", "Take images this is true of", Filter.parse) {
                    $0.filters.append($1)
                } write: {
                    $0.filters
                }.wire("filters"),
                .flag("force", short: "f", "Ask nothing") {
                    $0.force = $1
                } write: {
                    $0.force
                }.local,
            ]
        ).details(
            "Without --all, images without a name go; with it, all that no container was made of. "
                + "Filters are label, label! and until. No container of another program shares "
                + "this store, so --external changes nothing.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let warning =
            request.all
            ? "WARNING! This command removes all images without at least one container associated "
                + "with them."
            : "WARNING! This command removes all dangling images."
        if !request.force, try !Consent.given(warning) { return Batch(status: 1) }
        let filter = try PruneFilter(request.filters)
        var batch = Batch()
        batch.done = try house.pruneImages(all: request.all) { filter.takes($0) }.deleted
        return batch
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
