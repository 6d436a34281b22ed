package import Base
package import Engine
import Records
import Specs

/// `martlet container inspect`
package enum ContainerInspect: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        package var sizes = false
        package var format = Format.standard
    }

    package typealias Reply = Documents

    package static var card: Card<Request> {
        Card(
            "container inspect", summary: "Show everything about containers",
            .get("/libpod/containers/{name}/json"), blank: Request(),
            fields: [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .flag("size", short: "s", "Show what each takes on the disk too") {
                    $0.sizes = $1
                } write: {
                    $0.sizes
                },
                .selectionLatest, .selectionNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        if request.selection.latest {
            let container = try request.selection.one(in: house, ledger)
            return Documents([container.id]) { (id) throws(Problem) in
                try document(of: id, sizes: request.sizes, in: house, ledger)
            }
        }
        return Documents(request.selection.names) { (name) throws(Problem) in
            try document(of: name, sizes: request.sizes, in: house, ledger)
        }
    }

    /// What `inspect` shows of a container, in podman's words.
    static func document(
        of name: String, sizes: Bool = false, in house: House, _ ledger: Ledger
    ) throws(Problem) -> JSON {
        let container = try ledger.find(name)
        var row = ContainerRow(
            container: container, condition: try house.condition(of: container.id))
        if sizes { row.size = try ContainerRows.sizes(of: [row], in: house, ledger).first }
        let image = try container.imageID.flatMap { (id) throws(Problem) in try ledger.image(id: id)
        }
        return ContainerDocument(row: row, image: try image.map(house.imageConfig), house: house)
            .json
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        reply.view(request.format)
    }
}
