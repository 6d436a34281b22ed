package import Base
package import Engine
import Specs

/// `martlet delete`
package enum Delete: Verb {
    package struct Request: Equatable, Sendable, ReachingRegistry {
        package var name = ""
        package var access = RegistryAccess()
    }

    package typealias Reply = Void

    package static var card: Card<Request> {
        Card(
            "delete", summary: "Remove an image from its registry",
            .delete("/libpod/images/remote"),
            blank: Request(),
            fields: Field.registry(\.access) + [
                .argument("image", "The image: docker://REGISTRY/NAME:TAG") {
                    $0.name = $1
                } write: {
                    $0.name
                }
            ]
        ).details(
            "The manifest goes, with all tags that stand for it. The space is free when the "
                + "registry next collects what nothing names.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        guard case .registry(let reference) = try ImageLocation(request.name) else {
            throw Problem(
                .badUsage, "\"\(request.name.printable)\" is no image in a registry",
                next: "write docker://REGISTRY/NAME:TAG; an image of the store goes by "
                    + "\"martlet rmi\"")
        }
        guard !reference.isShort else {
            throw Problem(
                .badUsage, "\"\(reference)\" does not say which registry",
                next: "write the full name: docker://\(reference.qualified(with: "docker.io"))")
        }
        var delete = try request.access.request(.delete)
        delete.candidates = [reference.complete]
        try RegistryClient(house).ask(delete) { event in
            if case .warning(let text) = event { house.warn(text) }
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { View() }
}
