package import Base
package import Engine
import Storages

/// `martlet image tag`, `martlet tag`
package enum ImageTag: Verb {
    package struct Request: Equatable, Sendable {
        package var image = ""
        package var names: [String] = []
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "image tag", or: "tag", summary: "Give an image further names",
            .post("/libpod/images/{name}/tag"), blank: Request(),
            fields: [
                .argument("image", "The image, by name or id") {
                    $0.image = $1
                } write: {
                    $0.image
                }
                .completing(.image).wire("name"),
                .arguments("name", "Its further names", atLeast: 1) {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.wire("tag"),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let shelf = try house.shelf(house.ledger())
        return Batch(request.names) { (name) throws(Problem) in
            try shelf.tag(request.image, as: name)
            return name
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(problems: reply.problems)
    }
}
