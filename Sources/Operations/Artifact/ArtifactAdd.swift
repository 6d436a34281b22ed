package import Base
package import Engine
import Kernel
import Specs
import Storages

/// `martlet artifact add`
package enum ArtifactAdd: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
        package var files: [String] = []
        package var type: String?
        package var fileType: String?
        package var annotations: [String: String] = [:]
        package var appends = false
        package var replaces = false
    }

    /// The digest of the artifact's manifest.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "artifact add", summary: "Make an artifact of files",
            .post("/libpod/artifacts/local/add"), blank: Request(),
            fields: [
                .repeated(
                    "annotation", "KEY=VALUE", "Write this beside each file", Assignments.pair
                ) {
                    $0.annotations[$1.key] = $1.value
                } write: {
                    Assignments.texts(of: $0.annotations)
                },
                .flag("append", short: "a", "Add the files to the artifact of that name") {
                    $0.appends = $1
                } write: {
                    $0.appends
                },
                .value("file-type", "TYPE", "Say that the files are of this media type") {
                    $0.fileType = $1
                } write: {
                    $0.fileType
                },
                .flag("replace", "Take the place of the artifact of that name") {
                    $0.replaces = $1
                } write: {
                    $0.replaces
                },
                .value("type", "TYPE", "Say that the artifact is of this type") {
                    $0.type = $1
                } write: {
                    $0.type
                },
                .argument("artifact", "The artifact's name") {
                    $0.name = $1
                } write: {
                    $0.name
                }.wire("name"),
                .arguments("path", "The files", atLeast: 1) {
                    $0.files.append($1)
                } write: {
                    $0.files
                }.completing(.file),
            ]
        ).checking { (request) throws(Problem) in
            guard !request.appends || !request.replaces else {
                throw Problem(.badUsage, "--append and --replace contradict each other")
            }
            guard !request.appends || request.type == nil else {
                throw Problem(.badUsage, "--type is for a new artifact")
            }
        }.details("Prints the digest of its manifest.")
            .example("martlet artifact add quay.io/me/model:1 model.gguf", "Make one of a file")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let artifact = try house.makeArtifact(
            request.name, appends: request.appends, replaces: request.replaces
        ) { (making) throws(Problem) in
            if let type = request.type { making.setType(type) }
            making.date(Clock.wall())
            for file in request.files {
                try making.add(file, type: request.fileType, annotations: request.annotations)
            }
        }
        return artifact.root.digest.hex
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines([reply]))
    }
}
