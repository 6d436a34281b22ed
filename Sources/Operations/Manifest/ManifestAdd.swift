package import Base
package import Engine
import Records
import Specs

/// `martlet manifest add`
package enum ManifestAdd: Verb {
    package struct Request: Equatable, Sendable, ReachingRegistry {
        package var name = ""
        package var images: [String] = []
        package var entry = ListEntryWish()
        package var access = RegistryAccess()
    }

    /// The list's id.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "manifest add", summary: "Put images on a list",
            .post("/libpod/manifests/{name}/add"), blank: Request(),
            fields: options + [
                .list(\.name, "The list, by name or id"),
                .arguments("image", "The images", atLeast: 1) {
                    $0.images.append($1)
                } write: {
                    $0.images
                }.completing(.image).wire("images"),
            ]
        ).details(
            "An image is one of the store, or docker://NAME, or lies in one of the other places of "
                + "martlet-copy(1). Of an index the image for this machine is taken, or the one "
                + "that --os, --arch and --variant say; --all takes all. An image that is on the "
                + "list already is replaced."
        ).example("martlet manifest add web docker://quay.io/me/web:riscv64", "Add an image")
    }

    private static var options: [Field<Request>] {
        var fields: [Field<Request>] = [
            .allImages(\.entry), .annotations(\.entry, "Write this beside the image"), .insecure,
        ]
        fields += Field.platform(\.entry)
        fields += Field.access(\.access)
        let artifacts: [Field<Request>] = [
            .notBuilt("artifact", .flag), .notBuilt("artifact-config"),
            .notBuilt("artifact-config-type"), .notBuilt("artifact-exclude-titles", .flag),
            .notBuilt("artifact-layer-type"), .notBuilt("artifact-subject"),
            .notBuilt("artifact-type"),
        ]
        return fields + artifacts
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let list = try ledger.findList(request.name)
        let source = try request.access.request(.fetch)
        return try house.add(
            request.images, to: list, request.entry, source, ledger: ledger
        ).id
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines([reply]))
    }
}
