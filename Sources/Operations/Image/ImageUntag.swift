package import Base
package import Engine
import Storages

/// `martlet image untag`, `martlet untag`
package enum ImageUntag: Verb {
    package struct Request: Equatable, Sendable {
        package var image = ""
        /// Empty takes every name away.
        package var names: [String] = []
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "image untag", or: "untag", summary: "Take names away from an image",
            .post("/libpod/images/{name}/untag"), blank: Request(),
            fields: [
                .argument("image", "The image, by name or id") {
                    $0.image = $1
                } write: {
                    $0.image
                }
                .completing(.image).wire("name"),
                .arguments("name", "The names; without any, all of them") {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.wire("tag"),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try house.shelf(house.ledger()).untag(request.image, request.names)
        return Batch()
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(problems: reply.problems)
    }
}
