package import Base
package import Engine
import Records
import Specs

/// `martlet container rename`, `martlet rename`
package enum ContainerRename: Verb {
    package struct Request: Equatable, Sendable {
        package var container = ""
        package var name = ""
    }

    package typealias Reply = Void

    package static var card: Card<Request> {
        Card(
            "container rename", or: "rename", summary: "Give a container another name",
            .post("/libpod/containers/{name}/rename"), blank: Request(),
            fields: [
                .argument("container", "The container, by name or id") {
                    $0.container = $1
                } write: {
                    $0.container
                }.completing(.container).wire("name"),
                .argument("new-name", "Its new name") { (request, text) throws(Problem) in
                    request.name = try ObjectName(text, of: "container").text
                } write: {
                    $0.name
                }.wire("newname"),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) {
        let ledger = try house.ledger()
        try house.sweep(ledger)
        let container = try ledger.find(request.container)
        if container.name == request.name { return }
        _ = try ledger.rename(container, to: try ObjectName(request.name, of: "container"))
    }

    package static func view(of reply: Reply, for request: Request) -> View { View() }
}
