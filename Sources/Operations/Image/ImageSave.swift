package import Base
package import Engine
import Kernel
import Specs
package import Storages

/// `martlet image save`, `martlet save`
package enum ImageSave: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        /// nil is standard output.
        package var file: String?
        package var form = ImageShelf.SavedForm.dockerArchive
        package var compresses = false
        package var isPlain = false
        package var takesSeveral = false
        package var quiet = false
    }

    package typealias Reply = Void

    package static var card: Card<Request> {
        Card(
            "image save", or: "save", summary: "Write images to an archive or a directory",
            .get("/libpod/images/export"), blank: Request(),
            fields: [
                .flag("compress", "Pack the layers of a directory with gzip") {
                    $0.compresses = $1
                } write: {
                    $0.compresses
                },
                .value("format", "FORMAT", "Write this form", form) {
                    $0.form = $1
                } write: {
                    $0.form.rawValue
                }.standard("docker-archive").completing(
                    .words(ImageShelf.SavedForm.allCases.map(\.rawValue))),
                .flag("multi-image-archive", short: "m", "Take every argument for an image") {
                    $0.takesSeveral = $1
                } write: {
                    $0.takesSeveral
                },
                .value("output", short: "o", "FILE", "Write to this file or directory") {
                    $0.file = $1
                } write: {
                    $0.file
                }.completing(.file).local,
                .flag("quiet", short: "q", "Show no progress") {
                    $0.quiet = $1
                } write: {
                    $0.quiet
                }.local,
                .notBuilt("signature-policy"),
                .flag("uncompressed", "Leave the layers of an OCI archive unpacked") {
                    $0.isPlain = $1
                } write: {
                    $0.isPlain
                },
                .arguments("image", "The images, by name or id", atLeast: 1) {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.image).wire("references"),
            ]
        ).details(
            "The forms are docker-archive, oci-archive, docker-dir and oci-dir. Several images "
                + "go into one archive, with or without --multi-image-archive."
        ).example("martlet save localhost/web | ssh host martlet load", "Send an image elsewhere")
            .checking { (request) throws(Problem) in
                if request.compresses, request.form != .dockerDirectory {
                    throw Problem(
                        .badUsage, "--compress is for --format docker-dir",
                        next: "the layers of oci-archive are packed unless --uncompressed is given")
                }
            }
    }

    private static var form: ValueParser<ImageShelf.SavedForm> {
        { (text, field) throws(Problem) in
            let words = ImageShelf.SavedForm.allCases.map(\.rawValue)
            return ImageShelf.SavedForm(rawValue: try Choice.of(words)(text, field))
                ?? .dockerArchive
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) {
        var choices = ImageShelf.SaveChoices()
        choices.form = request.form
        let isPacked =
            request.form == .ociArchive || request.form == .ociDirectory
            ? !request.isPlain : request.compresses
        choices.compression = Compression(isPacked ? .gzip : .none)
        guard request.form.isDirectory else {
            return try house.save(
                request.names, to: try OutputFile.open(request.file), choices)
        }
        guard let path = request.file else {
            throw Problem(.badUsage, "a directory needs a name", next: "use --output DIRECTORY")
        }
        let directory = try explaining("cannot make \"\(path.printable)\"") {
            () throws(KernelFault) in
            _ = try Files.makeDirectory(
                at: Files.open(".", [.read, .directory]), path, permissions: 0o755)
            return try Files.open(path, [.read, .directory])
        }
        try house.save(request.names, to: directory, choices)
    }

    package static func view(of reply: Reply, for request: Request) -> View { View() }
}
