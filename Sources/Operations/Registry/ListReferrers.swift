package import Base
package import Engine
import Specs

/// `martlet list-referrers`
package enum ListReferrers: Verb {
    package struct Request: Equatable, Sendable, ReachingRegistry {
        package var name = ""
        package var type: String?
        package var access = RegistryAccess()
    }

    /// The image, and what refers to it.
    package typealias Reply = JSON

    package static var card: Card<Request> {
        Card(
            "list-referrers",
            summary: "List what refers to an image: signatures, bills of materials",
            .get("/libpod/images/referrers"), blank: Request(),
            fields: Field.registry(\.access) + [
                .value("artifact-type", "TYPE", "List artifacts of this type alone") {
                    $0.type = $1
                } write: {
                    $0.type
                },
                .argument("image", "The image: docker://quay.io/podman/hello:latest") {
                    $0.name = $1
                } write: {
                    $0.name
                },
            ]
        ).details(
            "An artifact refers to an image by the \"subject\" of its manifest. Each is shown as the "
                + "registry describes it; fetch one with \"martlet artifact pull NAME@DIGEST\"."
        ).example(
            "martlet list-referrers --artifact-type application/spdx+json docker://quay.io/me/web:1",
            "List the bills of materials of an image")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        guard case .registry(let reference) = try ImageLocation(orName: request.name) else {
            throw Problem(
                .badUsage, "\"\(request.name.printable)\" is no image of a registry",
                next: "write docker://REGISTRY/NAME")
        }
        var wish = try request.access.request(.listReferrers)
        wish.artifactType = request.type
        let found = try house.referrers(of: reference.description, wish)
        return .object([
            .init("Name", .string(found.name.name)),
            .init("Digest", .string(found.name.digest.map { "\($0)" } ?? "")),
            .init("Referrers", found.index["manifests"] ?? .array([])),
        ])
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.document(reply))
    }
}
