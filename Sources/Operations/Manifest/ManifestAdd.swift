package import Base
package import Engine
import Records
import Specs
import Storages

/// `martlet manifest add`
package enum ManifestAdd: Verb {
    package struct Request: Equatable, Sendable, ReachingRegistry {
        package var name = ""
        package var images: [String] = []
        package var entry = ListEntryWish()
        package var access = RegistryAccess()
        package var artifact = ArtifactChoices()
    }

    /// The artifact that the arguments are made into, if they are files.
    package struct ArtifactChoices: Equatable, Sendable {
        package var isWanted = false
        package var type: String?
        package var config: String?
        package var configType: String?
        package var fileType: String?
        package var subject: String?
        package var leavesTitlesOut = false
    }

    /// The list's id.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "manifest add", summary: "Put images on a list",
            .post("/libpod/manifests/{name}/add"), blank: Request(),
            fields: options + [
                .list(\.name, "The list, by name or id"),
                .arguments("image", "The images", atLeast: 1) {
                    $0.images.append($1)
                } write: {
                    $0.images
                }.completing(.image).wire("images"),
            ]
        ).checking { (request) throws(Problem) in
            var others = request.artifact
            others.isWanted = false
            guard request.artifact.isWanted || others == ArtifactChoices() else {
                throw Problem(
                    .badUsage, "what is said of an artifact needs --artifact",
                    next: "martlet manifest add --artifact LIST FILE...")
            }
            guard !request.artifact.isWanted || !request.entry.all else {
                throw Problem(.badUsage, "--artifact and --all exclude each other")
            }
        }.details(
            "An image is one of the store, or docker://NAME, or lies in one of the other places of "
                + "martlet-copy(1). Of an index the image for this machine is taken, or the one "
                + "that --os, --arch and --variant say; --all takes all. An image that is on the "
                + "list already is replaced.",
            "With --artifact the arguments are files. They become an artifact, which is put on the list and "
                + "kept in the store beside other artifacts, named after the list: see "
                + "martlet-artifact-ls(1)."
        ).example("martlet manifest add web docker://quay.io/me/web:riscv64", "Add an image")
    }

    private static var artifactOptions: [Field<Request>] {
        [
            .flag("artifact", "The arguments are files, which become an artifact") {
                $0.artifact.isWanted = $1
            } write: {
                $0.artifact.isWanted
            },
            .value("artifact-config", "FILE", "Give the artifact this configuration") {
                $0.artifact.config = $1
            } write: {
                $0.artifact.config
            }.completing(.file),
            .value("artifact-config-type", "TYPE", "Say that the configuration is of this type") {
                $0.artifact.configType = $1
            } write: {
                $0.artifact.configType
            },
            .flag("artifact-exclude-titles", "Leave the names of the files out") {
                $0.artifact.leavesTitlesOut = $1
            } write: {
                $0.artifact.leavesTitlesOut
            },
            .value("artifact-layer-type", "TYPE", "Say that the files are of this media type") {
                $0.artifact.fileType = $1
            } write: {
                $0.artifact.fileType
            },
            .value("artifact-subject", "IMAGE", "Let the artifact refer to this image") {
                $0.artifact.subject = $1
            } write: {
                $0.artifact.subject
            }.completing(.image),
            .value("artifact-type", "TYPE", "Say that the artifact is of this type") {
                $0.artifact.type = $1
            } write: {
                $0.artifact.type
            },
        ]
    }

    private static var options: [Field<Request>] {
        var fields: [Field<Request>] = [
            .allImages(\.entry), .annotations(\.entry, "Write this beside the image"), .insecure,
        ]
        fields += Field.platform(\.entry)
        fields += Field.access(\.access)
        return fields + artifactOptions
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let list = try ledger.findList(request.name)
        let source = try request.access.request(.fetch)
        if request.artifact.isWanted { return try addFiles(request, list, source, ledger, house) }
        return try house.add(
            request.images, to: list, request.entry, source, ledger: ledger
        ).id
    }

    private static func addFiles(
        _ request: Request, _ list: ManifestList, _ source: RegistryRequest, _ ledger: Ledger,
        _ house: House
    ) throws(Problem) -> Reply {
        let choices = request.artifact
        let subject = try choices.subject.map { (words) throws(Problem) in
            try house.subject(words, of: list, source, ledger: ledger)
        }
        return try house.addArtifact(to: list, request.entry, ledger: ledger) {
            (making) throws(Problem) in
            if let type = choices.type { making.setType(type) }
            try making.setConfig(choices.config, type: choices.configType)
            if let subject { making.setSubject(subject) }
            for file in request.images {
                try making.add(
                    file, type: choices.fileType, annotations: [:],
                    isTitled: !choices.leavesTitlesOut)
            }
        }.id
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines([reply]))
    }
}
