package import Base
package import Engine
import Records
import Specs
import Storages

/// `martlet image tree`
package enum ImageTree: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
        package var whatRequires = false
    }

    /// The lines of the drawing.
    package typealias Reply = [String]

    package static var card: Card<Request> {
        Card(
            "image tree", summary: "Draw the layers of an image, and what stands on them",
            .get("/libpod/images/{name}/tree"), blank: Request(),
            fields: [
                .flag("whatrequires", "Draw the images that stand on this one instead") {
                    $0.whatRequires = $1
                } write: {
                    $0.whatRequires
                },
                .argument("image", "The image, by name or id") {
                    $0.name = $1
                } write: {
                    $0.name
                }.completing(.image).wire("name"),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let image = try house.shelf(ledger).find(request.name)
        let images = try ledger.images(withDocuments: false)
        var lines = [
            "Image ID: \(image.id.prefix(12))", "Tags:     \(list(image.names))",
            "Size:     \(Human.compact(image.size))",
        ]
        if request.whatRequires {
            let others = images.filter {
                $0.id != image.id && $0.layers.starts(with: image.layers)
            }
            lines.append("Image \(list(image.names))")
            for (index, other) in others.enumerated() {
                lines.append(
                    branch(isLast: index == others.count - 1)
                        + "ID: \(other.id.prefix(12)) Tags: \(list(other.names))")
            }
            return lines
        }
        lines.append("Image Layers")
        for (index, id) in image.layers.enumerated() {
            let size = try ledger.layerAnywhere(id: id)?.size ?? 0
            let tops = images.filter { $0.layers.last == id }.flatMap(\.names)
            lines.append(
                branch(isLast: index == image.layers.count - 1)
                    + "ID: \(id.prefix(12)) Size: \(Human.compact(size))"
                    + (tops.isEmpty ? "" : " Top Layer of: \(list(tops))"))
        }
        return lines
    }

    private static func branch(isLast: Bool) -> String { isLast ? "└── " : "├── " }

    private static func list(_ names: [String]) -> String {
        "[\(names.joined(separator: " "))]"
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines(reply))
    }
}
