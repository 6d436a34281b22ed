package import Base
package import Engine
import Specs

/// `martlet container create`, `martlet create`
package enum ContainerCreate: Verb {
    package typealias Request = LaunchRequest
    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container create", or: "create", summary: "Make a container without starting it",
            .create("/libpod/containers/create"), blank: Request(), fields: Field.launchFields
        ).checking { (request) throws(Problem) in
            try request.check()
        }.details(
            "Takes the same options as run, and prints the container's id. Start it with "
                + "\"martlet start\".")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        try house.sweep(ledger)
        return Batch(made: try Launching.create(request, in: house, ledger).id)
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
