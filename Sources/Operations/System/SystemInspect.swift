package import Base
package import Engine
import Records
import Specs
import Storages

/// `martlet system inspect`, `martlet inspect`
package enum SystemInspect: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var kind = "all"
        package var latest = false
        package var sizes = false
        package var format = Format.standard
        /// For images outside the store.
        var remote = RemoteInspect.Choices()
    }

    package typealias Reply = Documents

    private static let kinds = ["all", "container", "image", "volume"]

    package static var card: Card<Request> {
        Card(
            "system inspect", or: "inspect",
            summary: "Show everything about containers, images and volumes",
            .get("/libpod/objects/{name}/json"), blank: Request(),
            fields: Field.remote + [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .flag("latest", short: "l", "Take the newest container") {
                    $0.latest = $1
                } write: {
                    $0.latest
                },
                .flag("size", short: "s", "Show what a container takes on the disk too") {
                    $0.sizes = $1
                } write: {
                    $0.sizes
                },
                .value(
                    "type", short: "t", "KIND", "Look for objects of this kind alone",
                    Choice.of(kinds)
                ) {
                    $0.kind = $1
                } write: {
                    $0.kind
                }.standard("all").completing(.words(kinds)),
                .arguments("object", "Containers, images and volumes, by name or id") {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.container).wire("name"),
            ]
        ).checking { (request) throws(Problem) in
            if request.names.isEmpty, !request.latest {
                throw Problem(.badUsage, "no object is named", next: "name one, or use --latest")
            }
        }.details(
            "A name with a transport, such as docker://quay.io/podman/hello or oci-archive:FILE, is "
                + "looked at where it lies, and nothing of it is stored."
        )
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        var names = request.names
        if request.latest { names += try ledger.containers().suffix(1).map(\.id) }
        return Documents(names) { (name) throws(Problem) in
            try document(of: name, request, in: house, ledger)
        }
    }

    /// Looks for a container, then an image, then a volume, as far as the kind allows.
    private static func document(
        of name: String, _ request: Request, in house: House, _ ledger: Ledger
    ) throws(Problem) -> JSON {
        let kind = request.kind
        if kind == "all", RemoteInspect.isPlace(name) {
            return try RemoteInspect.document(name, request.remote, in: house)
        }
        if kind == "all" || kind == "container" {
            do throws(Problem) {
                return try ContainerInspect.document(
                    of: name, sizes: request.sizes, in: house, ledger)
            } catch {
                guard kind == "all", error.code == .noSuchContainer else { throw error }
            }
        }
        if kind == "image" {
            return try ImageInspect.document(of: try house.shelf(ledger).find(name), in: house)
        }
        if kind == "all", let image = try house.shelf(ledger).lookUp(name) {
            return try ImageInspect.document(of: image, in: house)
        }
        if kind == "volume" || kind == "all", let volume = try ledger.volume(named: name) {
            return VolumeRow(volume, path: house.volumeDirectory(volume.name)).document
        }
        throw Problem(
            kind == "volume" ? .noSuchVolume : .noSuchObject,
            "there is no \(kind == "all" ? "container, image or volume" : kind) \"\(name.printable)\"",
            next:
                "list them with \"martlet ps --all\", \"martlet images\" and \"martlet volume ls\"")
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        // As with skopeo, one image at a place is one document and not a list of one.
        if request.names.count == 1, RemoteInspect.isPlace(request.names[0]),
            case .standard = request.format, let only = reply.found.first
        {
            if case .string(let raw) = only { return View(.lines([raw])) }
            return View(.document(only), problems: reply.problems)
        }
        return reply.view(request.format)
    }
}
