package import Base
package import Engine
import Records
import Specs
import Storages

/// `martlet image unmount`
package enum ImageUnmount: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var all = false
        package var force = false
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "image unmount", or: "image umount", summary: "Undo image mount",
            .post("/libpod/images/{name}/unmount"), blank: Request(),
            fields: [
                .flag("all", short: "a", "Unmount every image") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .flag("force", short: "f", "Take no offence at what is not mounted") {
                    $0.force = $1
                } write: {
                    $0.force
                },
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
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let shelf = try house.shelf(house.ledger())
        let names =
            request.all ? try house.shown(images: true).map(\.id) : request.names
        return Batch(names) { (name) throws(Problem) in
            let image = try shelf.find(name)
            let isDone = try house.unmount("\(house.runPath)/images/\(image.id)")
            if !isDone, !request.force {
                throw Problem(
                    .wrongState, "image \"\(name.printable)\" is not mounted",
                    next: "see what is with \"martlet image mount\"")
            }
            return image.id
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
