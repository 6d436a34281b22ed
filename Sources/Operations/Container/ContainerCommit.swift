package import Base
package import Engine
import Kernel
import Records
import Specs
import Storages

/// `martlet container commit`, `martlet commit`
package enum ContainerCommit: Verb {
    package struct Request: Equatable, Sendable {
        package var container = ""
        package var name: String?
        package var author: String?
        package var changes: [String] = []
        package var message: String?
        package var idFile: String?
        package var pauses = false
        package var squashes = false
        package var quiet = false
    }

    /// The image's id.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "container commit", or: "commit", summary: "Make an image of a container",
            .post("/libpod/commit"), blank: Request(),
            fields: [
                .value("author", short: "a", "TEXT", "Say who made the image") {
                    $0.author = $1
                } write: {
                    $0.author
                },
                .repeated("change", short: "c", "LINE", "Apply a line of a Containerfile") {
                    $0.changes.append($1)
                } write: {
                    $0.changes
                }.wire("changes"),
                .notBuilt("config"),
                .value("format", short: "f", "FORMAT", "Write this kind of manifest", formats) {
                    _, _ in
                } write: { _ in
                    nil
                }.standard("oci").completing(.words(["oci"])),
                .value("iidfile", "FILE", "Write the image's id to this file") {
                    $0.idFile = $1
                } write: {
                    $0.idFile
                }.completing(.file).local,
                .notBuilt("include-volumes", .flag),
                .value("message", short: "m", "TEXT", "Say what the image is") {
                    $0.message = $1
                } write: {
                    $0.message
                }.wire("comment"),
                .flag("pause", short: "p", "Let the container stand still meanwhile") {
                    $0.pauses = $1
                } write: {
                    $0.pauses
                },
                .flag("quiet", short: "q", "Show no progress") {
                    $0.quiet = $1
                } write: {
                    $0.quiet
                }.local,
                .flag("squash", short: "s", "Make one layer of everything") {
                    $0.squashes = $1
                } write: {
                    $0.squashes
                },
                .argument("container", "The container, by name or id") {
                    $0.container = $1
                } write: {
                    $0.container
                }.completing(.container),
                .argument("image", "The new image's name", isRequired: false) {
                    $0.name = $1
                } write: {
                    $0.name
                }.wire("repo"),
            ]
        ).details(
            "What is in volumes is no part of the image. Containers of it start as this one does, "
                + "unless --change says otherwise."
        ).example("martlet commit web localhost/web:patched", "Keep what was done by hand")
    }

    private static var formats: ValueParser<String> {
        { (text, field) throws(Problem) in
            guard text != "docker" else {
                throw Problem(
                    .notBuilt, "manifests in Docker's format are not written yet",
                    next: "leave --format out; every engine reads the OCI's")
            }
            return try Choice.of(["oci"])(text, field)
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let container = try ledger.find(request.container)
        var choices = ImageShelf.CommitChoices()
        choices.name = request.name
        choices.author = request.author
        choices.changes = request.changes
        choices.message = request.message
        choices.squashes = request.squashes
        let id = try house.commit(container, choices, pauses: request.pauses, ledger: ledger)
        if let path = request.idFile {
            try explaining("cannot write the image's id to \"\(path.printable)\"") {
                () throws(KernelFault) in
                try Files.open(path, [.write, .create, .truncate], permissions: 0o644).writeAll(
                    "sha256:" + id)
            }
        }
        return id
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines([reply]))
    }
}
