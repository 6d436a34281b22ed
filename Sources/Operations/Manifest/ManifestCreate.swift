package import Base
package import Engine
import Records
import Specs

/// `martlet manifest create`
package enum ManifestCreate: Verb {
    package struct Request: Equatable, Sendable, ReachingRegistry {
        package var name = ""
        package var images: [String] = []
        package var amends = false
        package var entry = ListEntryWish()
        package var access = RegistryAccess()
    }

    /// The list's id.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "manifest create", summary: "Begin a list of images, one for each platform",
            .post("/libpod/manifests/{name}"), blank: Request(),
            fields: [
                .allImages(\.entry),
                .flag("amend", short: "a", "Go on with the list of that name, if there is one") {
                    $0.amends = $1
                } write: {
                    $0.amends
                },
                .annotations(\.entry, "Write this into the list itself"),
                .authFile, .certificateDirectory, .credentials(\.access), .verifiesTLS, .insecure,
                .list(\.name, "The list's name"),
                .arguments("image", "Images to put on it") {
                    $0.images.append($1)
                } write: {
                    $0.images
                }.completing(.image).wire("images"),
            ]
        ).details(
            "An image is one of the store, or docker://NAME, or lies in one of the other places of "
                + "martlet-copy(1). Of an image in a registry nothing but its manifest is fetched: "
                + "the list says where each image lies, and manifest push sends them all."
        ).example(
            "martlet manifest create web docker://quay.io/me/web:amd64 docker://quay.io/me/web:arm64",
            "Put two images on a list")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let source = try request.access.request(.fetch)
        return try house.makeList(
            request.name, of: request.images, request.entry, amends: request.amends, source
        ).id
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines([reply]))
    }
}
