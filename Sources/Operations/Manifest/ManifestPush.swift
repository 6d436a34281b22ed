package import Base
package import Engine
import Records
import Specs
import Storages

/// `martlet manifest push`
package enum ManifestPush: Verb {
    package struct Request: Equatable, Sendable, ReachingRegistry {
        package var name = ""
        /// nil is the registry the list's name says.
        package var target: String?
        package var access = RegistryAccess()
        package var form = FormChoices()
        package var addedCompressions: [String] = []
        package var signing = SigningChoices()
        package var removes = false
        package var digestFile: String?
        package var quiet = false
        package var progress = NewsStyle.auto
    }

    /// The digest of the index at the target.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "manifest push", summary: "Send a list of images, with the images, to a registry",
            .post("/libpod/manifests/{name}/push"), blank: Request(),
            fields: sending + [
                .list(\.name, "The list, by name or id"),
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
            guard request.form.form != "v2s2" || request.addedCompressions.isEmpty else {
                throw Problem(
                    .badUsage, "only a list in OCI's form says how its images are packed",
                    next: "leave --format out")
            }
        }.details(
            "Images of the store are packed as by martlet-push(1), and the index names what came "
                + "of them. Images that lie in the destination's own repository stay untouched. "
                + "The destination may be docker://NAME or another place of martlet-copy(1).",
            "With --add-compression the index names each image once more, packed in that way, after all "
                + "others; one that is there already for the same platform is not made. What is packed "
                + "with zstd is marked as podman and buildah mark it "
                + "(io.github.containers.compression.zstd)."
        ).example(
            "martlet manifest push --rm web docker://quay.io/me/web:1", "Send a list and forget it")
    }

    private static var sending: [Field<Request>] {
        var fields: [Field<Request>] = [
            .checkedFlag("all", "Send the images too, which is always done") {
                (_, isOn) throws(Problem) in
                guard isOn else {
                    throw Problem(.notBuilt, "an index without its images is not sent")
                }
            } write: { _ in
                false
            },
            .flag("rm", short: "p", "Forget the list once it is sent") {
                $0.removes = $1
            } write: {
                $0.removes
            }.alias("purge"),
            .digestFile(\.digestFile),
            .flag("quiet", short: "q", "Show no progress") {
                $0.quiet = $1
            } write: {
                $0.quiet
            },
            .insecure,
            .commaSeparated(
                "add-compression", "KIND",
                "Send each image packed so, too, beside what it is: gzip or zstd",
                FormChoices.compression
            ) {
                if !$0.addedCompressions.contains($1) { $0.addedCompressions.append($1) }
            } write: {
                $0.addedCompressions
            }.completing(.words(FormChoices.compressions)),
        ]
        fields += Field.registry(\.access)
        fields += Field.form(\.form)
        fields.append(.progress(\.progress))
        return fields + Field.signing(\.signing)
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let list = try ledger.findList(request.name)
        let digest = try send(list, to: request.target, request, in: house)
        try DigestFile.write(digest, to: request.digestFile)
        if request.removes { try ledger.remove(list) }
        return digest
    }

    private static func send(
        _ list: ManifestList, to target: String?, _ request: Request, in house: House
    ) throws(Problem) -> String {
        let location = try ImageLocation(orName: target ?? list.name)
        if case .registry(let reference) = location,
            reference.registry ?? "localhost" == "localhost"
        {
            throw Problem(
                .badUsage, "\"\(reference)\" names no registry to send it to",
                next: "name the destination: martlet manifest push LIST REGISTRY/NAME:TAG")
        }
        var wish = TransferWish()
        wish.choices = request.form.choices
        wish.choices.added = request.addedCompressions.compactMap(Compression.Kind.init)
        wish.source = try request.access.request(.fetch)
        wish.target = try request.access.request(.push)
        wish.target.signing = try request.signing.wish()
        wish.progress = TransferNews.teller(request.progress, quiet: request.quiet)
        return "\(try house.transfer(list, to: location, wish).digest)"
    }

    /// podman prints nothing on standard output.
    package static func view(of reply: Reply, for request: Request) -> View { View() }
}
