package import Base
package import Engine
import Records

/// `martlet volume exists`
package enum VolumeExists: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
    }

    package typealias Reply = Bool

    package static var card: Card<Request> {
        Card(
            "volume exists", summary: "Tell by the exit status whether there is a volume",
            .get("/libpod/volumes/{name}/exists"), blank: Request(),
            fields: [
                .argument("volume", "Its name") {
                    $0.name = $1
                } write: {
                    $0.name
                }
                .completing(.volume).wire("name")
            ]
        ).details("The exit status is 0 where there is one, 1 where there is none.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try house.ledger().volume(named: request.name) != nil
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(status: reply ? 0 : 1)
    }
}
