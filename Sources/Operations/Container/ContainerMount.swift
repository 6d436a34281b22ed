package import Base
package import Engine
import Records
import Specs

/// `martlet container mount`, `martlet mount`
package enum ContainerMount: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        package var format = Format.standard
    }

    package struct Reply: Sendable {
        package var batch = Batch()
        /// What is mounted, where no container was named.
        package var mounted: [JSON] = []
    }

    package static var card: Card<Request> {
        Card(
            "container mount", or: "mount", summary: "Show the files of containers",
            .post("/libpod/containers/{name}/mount"), blank: Request(),
            fields: [
                .selectionAll("Show every container's"), .selectionLatest,
                .listFormat {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .selectionNames,
            ]
        ).details(
            "Without a name it lists what is mounted. An ordinary user has a mount namespace of "
                + "her own in \"martlet unshare\", and mounts there."
        ).example(
            "martlet unshare sh -c 'ls $(martlet mount web)'", "Look at a container's files")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        var reply = Reply()
        let selection = request.selection
        if selection.names.isEmpty, !selection.all, !selection.latest {
            let ledger = try house.ledger()
            for tree in try house.shown(images: false) {
                reply.mounted.append(
                    .record([
                        ("ID", .string(tree.id)), ("Mountpoint", .string(tree.path)),
                        ("Name", .text(try ledger.record(id: tree.id)?.name)),
                    ]))
            }
            return reply
        }
        let isOne = selection.names.count == 1 && !selection.all
        reply.batch = try selection.batch(in: house) { (container, _) throws(Problem) in
            let path = try house.mount(container)
            return isOne ? path : "\(container.id.prefix(12)) \(path)"
        }
        return reply
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        guard reply.mounted.isEmpty, request.format == .standard else {
            let table = View.Table(
                reply.mounted, "{{slice .ID 0 12}} {{.Mountpoint}}", showsHeadings: false)
            return View(request.format.content(of: table), problems: reply.batch.problems)
        }
        return reply.batch.view
    }
}
