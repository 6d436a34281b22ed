package import Base
package import Engine
import Specs
import Storages

/// `martlet artifact pull`
package enum ArtifactPull: Verb {
    package struct Request: Equatable, Sendable, ReachingRegistry {
        package var name = ""
        package var access = RegistryAccess()
        package var decryptionKeys: [String] = []
        package var quiet = false
        package var progress = NewsStyle.auto
    }

    /// The digest of the artifact's manifest.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "artifact pull", summary: "Fetch an artifact from a registry",
            .post("/libpod/artifacts/pull"), blank: Request(),
            fields: Field.registry(\.access) + [
                .flag("quiet", short: "q", "Show no progress") {
                    $0.quiet = $1
                } write: {
                    $0.quiet
                },
                .progress(\.progress), .decryptionKey(\.decryptionKeys),
                .argument("artifact", "The artifact's name in its registry") {
                    $0.name = $1
                } write: {
                    $0.name
                }.wire("name"),
            ]
        ).details(
            "Prints the digest of its manifest. Encrypted files are decrypted by the keys that are "
                + "given, and stay as they are where none is."
        )
        .example("martlet artifact pull quay.io/me/model:1", "Fetch an artifact")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        var wish = TransferWish()
        wish.source = try request.access.request(.fetch)
        wish.decryption = try DecryptionKeyWord.wishes(request.decryptionKeys)
        wish.progress = TransferNews.teller(request.progress, quiet: request.quiet)
        return try house.pullArtifact(request.name, wish).root.digest.hex
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines([reply]))
    }
}
