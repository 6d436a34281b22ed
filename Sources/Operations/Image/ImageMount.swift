package import Base
package import Engine
import Records
import Specs
import Storages

/// `martlet image mount`
package enum ImageMount: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var all = false
        package var format = Format.standard
    }

    package struct Reply: Sendable {
        package var batch = Batch()
        /// What is mounted, where no image was named.
        package var mounted: [JSON] = []
    }

    package static var card: Card<Request> {
        Card(
            "image mount", summary: "Show the files of images, read-only",
            .post("/libpod/images/{name}/mount"), blank: Request(),
            fields: [
                .flag("all", short: "a", "Show every image's") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .listFormat {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .arguments("image", "The images, by name or id") {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.image).wire("name"),
            ]
        ).details(
            "Without a name it lists what is mounted. An ordinary user has a mount namespace of "
                + "her own in \"martlet unshare\", and mounts there.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let shelf = try house.shelf(ledger)
        var reply = Reply()
        if request.names.isEmpty, !request.all {
            for tree in try house.shown(images: true) {
                let image = try ledger.image(id: tree.id)
                reply.mounted.append(
                    .record([
                        ("ID", .string(tree.id)), ("Mountpoint", .string(tree.path)),
                        ("Repositories", .texts(image?.names ?? [])),
                    ]))
            }
            return reply
        }
        let names = request.all ? try ledger.images(withDocuments: false).map(\.id) : request.names
        reply.batch = Batch(names) { (name) throws(Problem) in
            let path = try house.mount(try shelf.find(name))
            return names.count == 1 && !request.all ? path : "\(name) \(path)"
        }
        return reply
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        guard reply.mounted.isEmpty, request.format == .standard else {
            let table = View.Table(
                reply.mounted, "{{join .Repositories \",\"}} {{.Mountpoint}}", showsHeadings: false)
            return View(request.format.content(of: table), problems: reply.batch.problems)
        }
        return reply.batch.view
    }
}
