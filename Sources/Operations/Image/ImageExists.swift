package import Base
package import Engine
import Storages

/// `martlet image exists`
package enum ImageExists: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
    }

    package typealias Reply = Bool

    package static var card: Card<Request> {
        Card(
            "image exists", summary: "Tell by the exit status whether there is an image",
            .get("/libpod/images/{name}/exists"), blank: Request(),
            fields: [
                .argument("image", "Its name or id") {
                    $0.name = $1
                } write: {
                    $0.name
                }
                .completing(.image).wire("name")
            ]
        ).details("The exit status is 0 where there is one, 1 where there is none.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try house.shelf(house.ledger()).lookUp(request.name) != nil
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(status: reply ? 0 : 1)
    }
}
