package import Base
package import Engine
package import Specs

/// `martlet container run`, `martlet run`
package enum ContainerRun: Verb {
    package struct Request: Equatable, Sendable {
        package var spec = ContainerSpec()
        package var detach = false
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container run", or: "run", summary: "Run a command in a new container",
            .create("/libpod/containers/run"), blank: Request(),
            fields: [
                .flag("detach", short: "d", "Run in the background and print the container's id") {
                    $0.detach = $1
                } write: {
                    $0.detach
                },
                .value("name", "NAME", "Name the container") {
                    $0.spec.name = $1
                } write: {
                    $0.spec.name
                },
                .argument("image", "The image to run") {
                    $0.spec.image = $1
                } write: {
                    $0.spec.image
                }.completing(.image),
                .command("command", "The command to run in place of the image's") {
                    $0.spec.command.append($1)
                } write: {
                    $0.spec.command
                },
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        throw Problem(.notBuilt, "running containers is not built yet")
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
