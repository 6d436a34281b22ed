package import Base
package import Engine
import Specs
import Storages

/// `martlet artifact push`
package enum ArtifactPush: Verb {
    package struct Request: Equatable, Sendable, ReachingRegistry {
        package var name = ""
        /// nil is the registry the artifact's name says.
        package var target: String?
        package var access = RegistryAccess()
        package var signing = SigningChoices()
        package var digestFile: String?
        package var quiet = false
        package var progress = NewsStyle.auto
    }

    /// The digest of the artifact's manifest.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "artifact push", summary: "Send an artifact to a registry",
            .post("/libpod/artifacts/{name}/push"), blank: Request(),
            fields: Field.registry(\.access) + Field.signing(\.signing) + [
                .digestFile(\.digestFile),
                .flag("quiet", short: "q", "Show no progress") {
                    $0.quiet = $1
                } write: {
                    $0.quiet
                },
                .progress(\.progress), .notBuilt("signature-policy"),
                .argument("artifact", "The artifact, by name or digest") {
                    $0.name = $1
                } write: {
                    $0.name
                }.wire("name"),
                .argument(
                    "destination", "Where it goes, if not where its name says", isRequired: false
                ) {
                    $0.target = $1
                } write: {
                    $0.target
                },
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let artifact = try house.artifacts().find(request.name)
        let words = request.target ?? artifact.name
        guard case .registry(let target) = try ImageLocation(orName: words),
            target.registry ?? "localhost" != "localhost"
        else {
            throw Problem(
                .badUsage, "\"\(words.printable)\" names no registry to send it to",
                next: "name the destination: martlet artifact push ARTIFACT REGISTRY/NAME:TAG")
        }
        var wish = TransferWish()
        wish.target = try request.access.request(.push)
        wish.target.signing = try request.signing.wish()
        wish.progress = TransferNews.teller(request.progress, quiet: request.quiet)
        let digest = try house.push(artifact, to: target, wish)
        try DigestFile.write("\(digest)", to: request.digestFile)
        return digest.hex
    }

    /// podman prints nothing on standard output.
    package static func view(of reply: Reply, for request: Request) -> View { View() }
}
