package import Base
package import Engine
import Records
import Specs

/// `martlet manifest remove`
package enum ManifestRemove: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
        package var images: [String] = []
    }

    /// The list's id.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "manifest remove", summary: "Take images from a list",
            .post("/libpod/manifests/{name}/remove"), blank: Request(),
            fields: [
                .list(\.name, "The list, by name or id"),
                .arguments("image", "The images, by digest or name", atLeast: 1) {
                    $0.images.append($1)
                } write: {
                    $0.images
                }.wire("images"),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let list = try ledger.findList(request.name)
        let digests = try request.images.map { words throws(Problem) in
            try house.digest(of: words, on: list, ledger: ledger)
        }
        return try ledger.change(listNamed: list.name) { (list) throws(Problem) in
            for digest in digests { try list.remove(digest) }
        }.id
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines([reply]))
    }
}
