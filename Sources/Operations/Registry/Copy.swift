package import Base
package import Engine
package import Specs
import Storages

/// `martlet copy`
package enum Copy: Verb {
    package struct Request: Equatable, Sendable {
        package var source: ImageLocation?
        package var target: ImageLocation?
        package var sourceAccess = RegistryAccess()
        package var targetAccess = RegistryAccess()
        package var form = FormChoices()
        package var decompresses = false
        package var all = false
        package var platform: Platform?
        package var moreTags: [ImageReference] = []
        package var policyFile: String?
        package var signing = SigningChoices()
        package var encryption = EncryptionChoices()
        package var decryptionKeys: [String] = []
        package var digestFile: String?
        package var quiet = false
        package var progress = NewsStyle.auto
    }

    /// The digest of the manifest at the target.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "copy", summary: "Copy an image from one place to another",
            .post("/libpod/images/copy"), blank: Request(),
            fields: reaching + copying + places
        ).checking { (request) throws(Problem) in
            try request.form.check()
            try request.encryption.check(request.form)
            guard request.moreTags.isEmpty || request.target?.isRemote == true else {
                throw Problem(.badUsage, "--additional-tag is for registries")
            }
        }.details(
            "The places are docker://NAME, oci:DIRECTORY[:NAME], oci-archive:FILE[:NAME], "
                + "docker-archive:FILE[:NAME], dir:DIRECTORY and martlet-storage:NAME. Of an index "
                + "the image for this machine is copied, or all with --all. A manifest's digest "
                + "stays unless its form or its layers have to change.",
            "Encrypted layers are copied as they are; --decryption-key has them decrypted, and "
                + "--encryption-key has layers encrypted, as by martlet-push(1).",
            "containers-storage:[[DRIVER@]ROOT]NAME is an image of podman's own store, of its "
                + "drivers overlay and vfs. It is copied to martlet-storage:NAME without asking "
                + "any registry; nothing is changed there."
        ).example(
            "martlet copy docker://quay.io/podman/hello oci-archive:hello.tar",
            "Keep an image in a file"
        ).example(
            "martlet copy containers-storage:web martlet-storage:web",
            "Take an image over from podman"
        ).example(
            "martlet copy --all docker://quay.io/podman/hello docker://registry.local/hello",
            "Copy an image for all platforms to another registry")
    }

    private static var reaching: [Field<Request>] {
        var fields = Field<Request>.access(\.sourceAccess, "src-")
        fields += Field.access(\.targetAccess, "dest-")
        fields += Field.retrying(\.sourceAccess)
        fields += Field.form(
            \.form, kind: "dest-compress-format", level: "dest-compress-level")
        fields.append(.signIdentity(\.signing))
        fields.append(.decryptionKey(\.decryptionKeys))
        fields += Field.encryption(\.encryption)
        return fields + Field.signing(\.signing)
    }

    private static var places: [Field<Request>] {
        [
            .argument("source", "Where it comes from: TRANSPORT:WHERE") {
                (request, text) throws(Problem) in
                request.source = try ImageLocation(text)
            } write: {
                $0.source?.description
            },
            .argument("destination", "Where it goes: TRANSPORT:WHERE") {
                (request, text) throws(Problem) in
                request.target = try ImageLocation(text)
            } write: {
                $0.target?.description
            },
        ]
    }

    private static var copying: [Field<Request>] {
        [
            .flag("all", short: "a", "Copy all images of an index") {
                $0.all = $1
            } write: {
                $0.all
            },
            .value("multi-arch", "WHICH", "Copy system or all images of an index") {
                (request, text) throws(Problem) in
                guard text != "index-only" else {
                    throw Problem(.notBuilt, "an index without its images is not copied")
                }
                let which = try Choice.of(["system", "all"])(text, "--multi-arch")
                request.all = which == "all"
            } write: { _ in
                nil
            },
            .value("platform", "OS/ARCH[/VARIANT]", "Copy the image for this platform") {
                (request, text) throws(Problem) in
                request.platform = try Platform(text)
            } write: {
                $0.platform?.description
            },
            .repeated("additional-tag", "NAME", "Give it one more name at the target") {
                (request, text) throws(Problem) in
                request.moreTags.append(try ImageReference(text))
            } write: {
                $0.moreTags.map(\.description)
            },
            .flag("dest-compress", "Pack layers that are not packed") {
                $0.form.compression = $1 ? $0.form.compression ?? "gzip" : nil
            } write: { _ in
                false
            },
            .flag("dest-decompress", "Unpack layers") {
                $0.decompresses = $1
            } write: {
                $0.decompresses
            },
            .flag("preserve-digests", "Fail where the manifest would have to change") {
                $0.form.keepsDigests = $1
            } write: {
                $0.form.keepsDigests
            },
            .value("policy", "FILE", "Accept images by this policy") {
                $0.policyFile = $1
            } write: {
                $0.policyFile
            }.completing(.file),
            .digestFile(\.digestFile), .progress(\.progress),
            .flag("quiet", short: "q", "Show no progress") {
                $0.quiet = $1
            } write: {
                $0.quiet
            },
        ]
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        guard let source = request.source, let target = request.target else {
            throw Problem(.badUsage, "a source and a destination are needed")
        }
        var wish = TransferWish()
        wish.choices = request.form.choices
        if request.decompresses { wish.choices.compression = Compression(.none) }
        wish.all = request.all
        wish.platform = request.platform
        wish.moreTags = request.moreTags
        wish.source = try request.sourceAccess.request(.fetch)
        wish.source.policyFile = request.policyFile
        wish.target = try request.targetAccess.request(.push)
        wish.target.signing = try request.signing.wish()
        wish.encryption = try request.encryption.wish()
        wish.decryption = try DecryptionKeyWord.wishes(request.decryptionKeys)
        wish.target.retries = wish.source.retries
        wish.target.retryPauseMilliseconds = wish.source.retryPauseMilliseconds
        wish.progress = TransferNews.teller(request.progress, quiet: request.quiet)
        let root = try house.transfer(from: source, to: target, wish)
        try DigestFile.write("\(root.digest)", to: request.digestFile)
        return "\(root.digest)"
    }

    /// skopeo prints nothing on standard output.
    package static func view(of reply: Reply, for request: Request) -> View { View() }
}
