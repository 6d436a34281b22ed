package import Base
package import Engine
import Records
import Specs
import Storages

/// `martlet image push`, `martlet push`
package enum ImagePush: Verb {
    package struct Request: Equatable, Sendable, ReachingRegistry {
        package var image = ""
        /// nil is the registry the image's name says.
        package var target: String?
        package var access = RegistryAccess()
        package var form = FormChoices()
        package var signing = SigningChoices()
        package var encryption = EncryptionChoices()
        package var digestFile: String?
        package var quiet = false
        package var progress = NewsStyle.auto
    }

    /// The digest of the manifest at the target.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "image push", or: "push", summary: "Send an image to a registry or another place",
            .post("/libpod/images/{image}/push"), blank: Request(),
            fields: sending + [
                .digestFile(\.digestFile),
                .flag("quiet", short: "q", "Show no progress") {
                    $0.quiet = $1
                } write: {
                    $0.quiet
                },
                .flag("disable-content-trust", "Change nothing") { _, _ in
                } write: { _ in
                    false
                }.hidden,
                .flag("compress", "Pack layers in a directory too, which is always done") {
                    _, _ in
                } write: { _ in
                    false
                },
                .notBuilt("signature-policy"),
                .argument("image", "The image, by name or id") {
                    $0.image = $1
                } write: {
                    $0.image
                }.completing(.image),
                .argument(
                    "destination", "Where it goes, if not where its name says", isRequired: false
                ) {
                    $0.target = $1
                } write: {
                    $0.target
                },
            ]
        ).checking { (request) throws(Problem) in
            try request.form.check()
            try request.encryption.check(request.form)
        }.details(
            "Layers that the registry has are not sent, nor are those that it has in the "
                + "repository the image was pulled from. All others are packed anew: the image's "
                + "id stays, and its manifest's digest changes where a layer was packed anew.",
            "The destination may be docker://NAME, oci:DIRECTORY[:NAME], oci-archive:FILE[:NAME], "
                + "docker-archive:FILE[:NAME] or dir:DIRECTORY.",
            "With --encryption-key the layers are encrypted for all the public keys given, of RSA or "
                + "of an elliptic curve, as skopeo and podman decrypt them; the owner of any of "
                + "the private keys can pull the image with --decryption-key."
        ).example("martlet push localhost/web:1 quay.io/me/web:1", "Send an image")
            .example("martlet push web oci-archive:web.tar", "Write it into an archive")
    }

    private static var sending: [Field<Request>] {
        var fields = Field<Request>.registry(\.access)
        fields += Field.form(\.form)
        fields.append(.progress(\.progress))
        fields += Field.encryption(\.encryption)
        return fields + Field.signing(\.signing)
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let shelf = try house.shelf(ledger)
        if try shelf.lookUp(request.image) == nil, try ledger.lookUpList(request.image) != nil {
            return try pushList(request, in: house)
        }
        let image = try shelf.find(request.image)
        let target: ImageLocation
        if let words = request.target {
            target = try ImageLocation(orName: words)
        } else {
            let reference = try? ImageReference(request.image)
            let named = image.names.first { $0 == reference?.complete.description }
            guard let name = named ?? image.names.first else {
                throw Problem(
                    .badUsage, "image \(image.id.prefix(12)) has no name to send it by",
                    next: "name the destination: martlet push IMAGE REGISTRY/NAME:TAG")
            }
            target = .registry(try ImageReference(name))
        }
        if case .registry(let reference) = target, reference.registry ?? "localhost" == "localhost"
        {
            throw Problem(
                .badUsage, "\"\(reference)\" names no registry to send it to",
                next: "name the destination: martlet push IMAGE REGISTRY/NAME:TAG")
        }
        var wish = TransferWish()
        wish.choices = request.form.choices
        wish.target = try request.access.request(.push)
        wish.target.signing = try request.signing.wish()
        wish.encryption = try request.encryption.wish()
        wish.progress = TransferNews.teller(request.progress, quiet: request.quiet)
        let root = try house.transfer(from: .store(image.id), to: target, wish)
        try DigestFile.write("\(root.digest)", to: request.digestFile)
        return "\(root.digest)"
    }

    /// What has the name is a list: it goes with all its images.
    private static func pushList(_ request: Request, in house: House) throws(Problem) -> Reply {
        guard request.encryption.keys.isEmpty else {
            throw Problem(
                .notBuilt, "lists of images are not encrypted",
                next: "send the images one by one: martlet push --encryption-key")
        }
        var list = ManifestPush.Request()
        list.name = request.image
        list.target = request.target
        list.access = request.access
        list.form = request.form
        list.signing = request.signing
        list.digestFile = request.digestFile
        list.quiet = request.quiet
        list.progress = request.progress
        return try ManifestPush.run(list, in: house)
    }

    /// podman prints nothing on standard output.
    package static func view(of reply: Reply, for request: Request) -> View { View() }
}
