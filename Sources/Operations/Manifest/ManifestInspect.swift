package import Base
package import Engine
import Records
import Specs

/// `martlet manifest inspect`
package enum ManifestInspect: Verb {
    package struct Request: Equatable, Sendable, ReachingRegistry {
        package var name = ""
        package var access = RegistryAccess()
    }

    package typealias Reply = JSON

    package static var card: Card<Request> {
        Card(
            "manifest inspect", summary: "Show a list of images, or an index in a registry",
            .get("/libpod/manifests/{name}/json"), blank: Request(),
            fields: [
                .authFile, .verifiesTLS, .insecure,
                .list(\.name, "The list, by name or id, or a name in a registry"),
            ]
        ).details(
            "A name that is no list of this store's is asked for in its registry, and so is "
                + "docker://NAME."
        ).example("martlet manifest inspect docker.io/library/debian:13", "See its platforms")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        if let list = try house.ledger().lookUpList(request.name) {
            return JSON(encoding: list.index)
        }
        let bytes = try house.remoteIndex(request.name, request.access.request(.fetch))
        return try JSON(parsing: bytes, name: request.name)
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.document(reply))
    }
}
