package import Base
package import Engine
import Specs
package import Storages

/// `martlet image diff`
package enum ImageDiff: Verb {
    package struct Request: Equatable, Sendable {
        /// One image, and the one it is compared with.
        package var names: [String] = []
        package var format = Format.standard
    }

    package typealias Reply = [TreeChange]

    package static var card: Card<Request> {
        Card(
            "image diff", summary: "Show which files tell an image from another",
            .get("/libpod/images/{name}/changes"), blank: Request(),
            fields: [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                }.withoutShort,
                .arguments("image", "An image, and one to compare it with", atLeast: 1) {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.image).wire("name"),
            ]
        ).details(
            "Without a second image it is compared with what is below its topmost layer."
        ).checking { (request) throws(Problem) in
            guard request.names.count < 3 else {
                throw Problem(.badUsage, "more than two images are named")
            }
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try changes(request.names, in: house)
    }

    static func changes(_ names: [String], in house: House) throws(Problem) -> [TreeChange] {
        let shelf = try house.shelf(house.ledger())
        let image = try shelf.find(names.first ?? "")
        let below =
            names.count > 1
            ? try shelf.find(names[1]).layers : Array(image.layers.dropLast())
        return try house.changes(from: below, to: image.layers)
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        ContainerDiff.view(of: reply, request.format)
    }
}
