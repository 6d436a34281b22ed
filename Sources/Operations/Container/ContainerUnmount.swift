package import Base
package import Engine
import Records
import Specs

/// `martlet container unmount`, `martlet unmount`, `martlet umount`
package enum ContainerUnmount: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        package var force = false
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container unmount", or: "unmount", "umount", "container umount",
            summary: "Undo mount", .post("/libpod/containers/{name}/unmount"), blank: Request(),
            fields: [
                .selectionAll("Unmount every container"),
                .flag("force", short: "f", "Take no offence at what is not mounted") {
                    $0.force = $1
                } write: {
                    $0.force
                },
                .selectionLatest, .selectionNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try request.selection.batch(in: house) { (container, _) throws(Problem) in
            let path = house.dataDirectory(of: container.id) + "/merged"
            let isDone = try house.unmount(path)
            if !isDone, !request.force, !request.selection.all {
                throw Problem(
                    .wrongState, "container \"\(container.name)\" is not mounted",
                    next: "see what is with \"martlet mount\"")
            }
            return isDone ? container.id : nil
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
