package import Base
package import Engine
import Specs
import Storages

/// `martlet image inspect`
package enum ImageInspect: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var format = Format.standard
    }

    package typealias Reply = Documents

    package static var card: Card<Request> {
        Card(
            "image inspect", summary: "Show everything about images",
            .get("/libpod/images/{name}/json"), blank: Request(),
            fields: [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .arguments("image", "The images, by name or id", atLeast: 1) {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.image).wire("name"),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let shelf = try house.shelf(house.ledger())
        return Documents(request.names) { (name) throws(Problem) in
            try document(of: try shelf.find(name), in: house)
        }
    }

    /// What `inspect` shows of an image, in podman's words.
    static func document(of image: ImageRecord, in house: House) throws(Problem) -> JSON {
        let name = "the configuration of image \(image.id.prefix(12))"
        let config = try JSON(parsing: image.config, name: name)
        let manifest = try? JSON(parsing: image.manifest, name: "manifest")
        let identity: [(String, JSON)] = [
            ("Id", .string(image.id)),
            ("Digest", .string(image.digest)),
            ("RepoTags", .texts(image.names)),
            ("RepoDigests", .texts(image.digestNames)),
            ("Parent", .string("")),
        ]
        let making: [(String, JSON)] = [
            ("Comment", config["comment"] ?? .string("")),
            ("Created", config["created"] ?? .time(image.created)),
            ("Config", config["config"] ?? .object([])),
            ("Version", .string("")),
            ("Author", config["author"] ?? .string("")),
            ("Architecture", config["architecture"] ?? .string("")),
            ("Variant", config["variant"] ?? .string("")),
            ("Os", config["os"] ?? .string("")),
        ]
        let layers: [(String, JSON)] = [
            ("Size", .integer(image.size)),
            ("VirtualSize", .integer(image.size)),
            (
                "RootFS",
                .record([
                    ("Type", .string("layers")),
                    ("Layers", config["rootfs"]?["diff_ids"] ?? .array([])),
                ])
            ),
        ]
        let others: [(String, JSON)] = [
            ("Labels", config["config"]?["Labels"] ?? .object([])),
            ("Annotations", manifest?["annotations"] ?? .object([])),
            ("ManifestType", manifest?["mediaType"] ?? .string("")),
            ("User", config["config"]?["User"] ?? .string("")),
            ("History", config["history"] ?? .array([])),
            ("NamesHistory", .texts(image.names)),
            ("Healthcheck", config["config"]?["Healthcheck"] ?? .null),
            ("GraphDriver", graphDriver(image, house)),
        ]
        return .record(identity + making + layers + others)
    }

    /// Where the layers are, the uppermost apart from those below it.
    private static func graphDriver(_ image: ImageRecord, _ house: House) -> JSON {
        let directories = house.layerDirectories(image.layers)
        var data: [(String, JSON)] = []
        if directories.count > 1 {
            data.append(
                ("LowerDir", .string(directories.dropFirst().joined(separator: ":"))))
        }
        if let top = directories.first { data.append(("UpperDir", .string(top))) }
        return .record([("Name", .string("overlay")), ("Data", .record(data))])
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        reply.view(request.format)
    }
}
