package import Base
package import Engine
import Specs
import Storages

/// `martlet image import`, `martlet import`
package enum ImageImport: Verb {
    package struct Request: Equatable, Sendable {
        /// A file, or `-` for standard input.
        package var source = ""
        package var name: String?
        /// Lines of a Containerfile: `ENV A=1`.
        package var changes: [String] = []
        package var message: String?
        package var os: String?
        package var architecture: String?
        package var variant: String?
        package var quiet = false
        package var policyFile: String?
    }

    /// The image's id.
    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "image import", or: "import", summary: "Make an image from an archive of files",
            .post("/libpod/images/import"), blank: Request(),
            fields: [
                .repeated("change", short: "c", "LINE", "Apply a line of a Containerfile") {
                    $0.changes.append($1)
                } write: {
                    $0.changes
                }.wire("changes"),
                .value("message", short: "m", "TEXT", "Say what the image is") {
                    $0.message = $1
                } write: {
                    $0.message
                },
                .value("os", "OS", "The operating system it is for") {
                    $0.os = $1
                } write: {
                    $0.os
                },
                .value("arch", "ARCH", "The processor architecture it is for") {
                    $0.architecture = $1
                } write: {
                    $0.architecture
                },
                .value("variant", "VARIANT", "The variant of the architecture") {
                    $0.variant = $1
                } write: {
                    $0.variant
                },
                .flag("quiet", short: "q", "Show no progress") {
                    $0.quiet = $1
                } write: {
                    $0.quiet
                },
                .value("signature-policy", "FILE", "Accept images by this policy") {
                    $0.policyFile = $1
                } write: {
                    $0.policyFile
                }.completing(.file).hidden,
                .argument("source", "An archive of files; - is standard input") {
                    $0.source = $1
                } write: {
                    $0.source
                }.completing(.file),
                .argument("name", "The image's name", isRequired: false) {
                    $0.name = $1
                } write: {
                    $0.name
                }.wire("reference"),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let file = try InputFile.open(request.source)
        var choices = ImageShelf.ImportChoices()
        choices.name = request.name
        choices.changes = request.changes
        choices.message = request.message
        if let os = request.os { choices.platform.os = os }
        if let architecture = request.architecture { choices.platform.architecture = architecture }
        if let variant = request.variant { choices.platform.variant = variant }
        let id = try house.importTree(file, choices, policyFile: request.policyFile)
        return Batch(made: "sha256:" + id)
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
