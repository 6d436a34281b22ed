package import Base
package import Engine
import Specs

/// `martlet list-tags`
package enum ListTags: Verb {
    package struct Request: Equatable, Sendable, ReachingRegistry {
        package var name = ""
        package var access = RegistryAccess()
    }

    /// The repository and its tags.
    package typealias Reply = JSON

    package static var card: Card<Request> {
        Card(
            "list-tags", summary: "List the tags of a repository", .get("/libpod/images/tags"),
            blank: Request(),
            fields: Field.registry(\.access) + [
                .argument("repository", "The repository: docker://quay.io/podman/hello") {
                    $0.name = $1
                } write: {
                    $0.name
                }
            ]
        ).example("martlet list-tags docker://quay.io/podman/hello", "List the tags of one image")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        guard case .registry(let reference) = try ImageLocation(orName: request.name) else {
            throw Problem(
                .badUsage, "\"\(request.name.printable)\" is no repository of a registry",
                next: "write docker://REGISTRY/NAME")
        }
        var wish = PullWish()
        wish.request = try request.access.request(.listTags)
        let tags = try house.tags(of: reference.description, wish)
        return .object([
            .init("Repository", .string(tags.first?.name ?? reference.name)),
            .init("Tags", .array(tags.compactMap(\.tag).map { .string($0) })),
        ])
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.document(reply))
    }
}
