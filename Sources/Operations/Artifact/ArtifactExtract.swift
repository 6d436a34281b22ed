package import Base
package import Engine
import Kernel
import Specs
import Storages

/// `martlet artifact extract`
package enum ArtifactExtract: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
        package var path = ""
        package var digest: String?
        package var title: String?
    }

    package struct Reply: Sendable {}

    package static var card: Card<Request> {
        Card(
            "artifact extract", summary: "Copy the files of an artifact out of the store",
            .get("/libpod/artifacts/{name}/extract"), blank: Request(),
            fields: [
                .value("digest", "DIGEST", "Copy the file of this digest alone") {
                    $0.digest = $1
                } write: {
                    $0.digest
                },
                .value("title", "NAME", "Copy the file of this name alone") {
                    $0.title = $1
                } write: {
                    $0.title
                },
                .argument("artifact", "The artifact, by name or digest") {
                    $0.name = $1
                } write: {
                    $0.name
                }.wire("name"),
                .argument("path", "A directory, or a file where one file is copied") {
                    $0.path = $1
                } write: {
                    $0.path
                }.completing(.file).local,
            ]
        ).checking { (request) throws(Problem) in
            guard request.digest == nil || request.title == nil else {
                throw Problem(.badUsage, "--digest and --title contradict each other")
            }
        }.details(
            "Files get the names they were added by; one without a name is called like its digest. "
                + "A file of that name is replaced.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let shelf = try house.artifacts()
        let artifact = try shelf.find(request.name)
        let digest = try request.digest.map { (text) throws(Problem) in try Digest(text) }
        let wanted = artifact.manifest.layers.filter { layer in
            if let title = request.title { return layer.title == title }
            return digest == nil || layer.digest == digest
        }
        guard !wanted.isEmpty else {
            throw Problem(
                .noSuchObject, "artifact \"\(artifact.name)\" has no such file",
                why: "it has "
                    + artifact.manifest.layers.map { "\"\(name(of: $0).printable)\"" }
                    .joined(separator: ", "))
        }
        let what = "cannot write \"\(request.path.printable)\""
        let isDirectory = (try? Files.status(request.path))?.kind == .directory
        guard isDirectory else {
            guard wanted.count == 1, !request.path.hasSuffix("/") else {
                throw Problem(
                    .badUsage, what, why: "\(wanted.count) files are to be copied",
                    next: "name a directory that is there, or one file with --title")
            }
            let slash = request.path.lastIndex(of: "/").map(request.path.index(after:))
            let start = slash ?? request.path.startIndex
            let above = String(request.path[..<start])
            try copy(
                wanted[0], of: shelf, to: above.isEmpty ? "." : above,
                as: String(request.path[start...]), what)
            return Reply()
        }
        for layer in wanted {
            let name = name(of: layer)
            // The artifact's maker chose the name, and it may lead nowhere else.
            guard !name.isEmpty, name != ".", name != "..",
                name.utf8.allSatisfy({ $0 != 0x2F && $0 >= 0x20 && $0 != 0x7F })
            else {
                throw Problem(
                    .refused, "the artifact's file \"\(name.printable)\" is not copied",
                    why: "its name is none of a file in a directory",
                    next: "copy it to a file with --digest \(layer.digest)")
            }
            try copy(layer, of: shelf, to: request.path, as: name, what)
        }
        return Reply()
    }

    private static func name(of layer: ContentDescriptor) -> String {
        layer.title ?? layer.digest.hex
    }

    private static func copy(
        _ layer: ContentDescriptor, of shelf: ArtifactShelf, to directory: String, as name: String,
        _ what: String
    ) throws(Problem) {
        let place = try explaining(what) { () throws(KernelFault) in
            SharedDescriptor(try Files.open(directory, [.read, .directory]))
        }
        try shelf.copy(layer, to: place, as: name)
    }

    package static func view(of reply: Reply, for request: Request) -> View { View() }
}
