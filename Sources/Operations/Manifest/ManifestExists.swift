package import Base
package import Engine
import Records

/// `martlet manifest exists`
package enum ManifestExists: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
    }

    package typealias Reply = Bool

    package static var card: Card<Request> {
        Card(
            "manifest exists", summary: "Tell by the exit status whether there is a list of images",
            .get("/libpod/manifests/{name}/exists"), blank: Request(),
            fields: [.list(\.name, "Its name or id")]
        ).details("The exit status is 0 where there is one, 1 where there is none.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try house.ledger().lookUpList(request.name) != nil
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(status: reply ? 0 : 1)
    }
}
