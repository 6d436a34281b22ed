package import Base
package import Engine
import Kernel
import Specs

/// `martlet sync`
package enum Sync: Verb {
    package struct Request: Equatable, Sendable {
        package var source = ""
        package var target = ""
        package var from = "docker"
        package var to = "docker"
        package var sourceAccess = RegistryAccess()
        package var targetAccess = RegistryAccess()
        package var form: String?
        package var all = false
        package var scoped = false
        package var suffix = ""
        package var isDry = false
        package var goesOn = false
        package var keepsDigests = false
        package var digestFile: String?
    }

    /// A line for each image.
    package typealias Reply = Batch

    private static let kinds = ["docker", "dir"]

    package static var card: Card<Request> {
        Card(
            "sync", summary: "Copy all images of a repository to another place",
            .post("/libpod/images/sync"), blank: Request(), fields: reaching + choosing + places
        ).checking { (request) throws(Problem) in
            guard request.from != "dir" || request.to != "dir" else {
                throw Problem(
                    .badUsage, "--src and --dest cannot both be dir", next: "use cp(1) for that")
            }
        }.details(
            "With --src yaml the source is a file that lists registries and their images, as "
                + "skopeo-sync(1) has it; tags are listed there one by one.",
            "A source without a tag stands for every tag of the repository. An image goes to the "
                + "destination with the last part of its name, or with its whole name where "
                + "--scoped is given. An image that cannot be copied ends the work, unless "
                + "--keep-going is given."
        ).example(
            "martlet sync --src docker --dest dir quay.io/podman/hello /srv/images",
            "Keep every tag of a repository in directories")
    }

    private static var reaching: [Field<Request>] {
        var fields = Field<Request>.access(\.sourceAccess, "src-")
        fields += Field.access(\.targetAccess, "dest-")
        return fields + Field.retrying(\.sourceAccess)
    }

    private static var choosing: [Field<Request>] {
        [
            .flag("all", short: "a", "Copy all images of each index") {
                $0.all = $1
            } write: {
                $0.all
            },
            .flag("scoped", "Keep the whole name of each image") {
                $0.scoped = $1
            } write: {
                $0.scoped
            },
            .value("append-suffix", "TEXT", "Add this to each tag at the destination") {
                $0.suffix = $1
            } write: {
                $0.suffix.isEmpty ? nil : $0.suffix
            },
            .flag("dry-run", "Say what would be copied, and copy nothing") {
                $0.isDry = $1
            } write: {
                $0.isDry
            },
            .flag("keep-going", "Go on after an image that cannot be copied") {
                $0.goesOn = $1
            } write: {
                $0.goesOn
            },
            .flag("preserve-digests", "Fail where a manifest would have to change") {
                $0.keepsDigests = $1
            } write: {
                $0.keepsDigests
            },
            .value("format", short: "f", "FORM", "Write manifests in this form: oci or v2s2") {
                (request, text) throws(Problem) in
                request.form = try FormChoices.form(text, "--format")
            } write: {
                $0.form
            }.completing(.words(FormChoices.forms)),
            .digestFile(\.digestFile),
        ]
    }

    private static var places: [Field<Request>] {
        [
            .value("src", short: "s", "TRANSPORT", "Copy from docker, dir or yaml") {
                (request, text) throws(Problem) in
                request.from = try kind(text, "--src")
            } write: {
                $0.from
            }.standard("docker"),
            .value("dest", short: "d", "TRANSPORT", "Copy to docker or dir") {
                (request, text) throws(Problem) in
                request.to = try kind(text, "--dest")
            } write: {
                $0.to
            }.standard("docker"),
            .argument("source", "A repository, an image, a directory, or a list of images") {
                $0.source = $1
            } write: {
                $0.source
            },
            .argument("destination", "A registry, with a path or without, or a directory") {
                $0.target = $1
            } write: {
                $0.target
            },
        ]
    }

    private static func kind(_ text: String, _ option: String) throws(Problem) -> String {
        try Choice.of(option == "--src" ? kinds + ["yaml"] : kinds)(text, option)
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        var reply = Batch()
        var digests: [String] = []
        for item in try sources(request, house) {
            let source = item.location
            let target = try place(item.name, request)
            if request.isDry {
                reply.done.append("would copy \(source) to \(target)")
                continue
            }
            do throws(Problem) {
                let root = try house.transfer(
                    from: source, to: target, try wish(request, item.access))
                digests.append("\(root.digest) \(target)")
                reply.done.append("copied \(source) to \(target)")
            } catch {
                guard request.goesOn else { throw error }
                reply.problems.append(error)
            }
        }
        if request.digestFile != nil {
            try DigestFile.write(
                digests.map { $0 + "\n" }.joined(), to: request.digestFile)
        }
        return reply
    }

    private static func wish(_ request: Request, _ access: RegistryAccess) throws(Problem)
        -> TransferWish
    {
        var wish = TransferWish()
        var form = FormChoices()
        form.form = request.form
        form.keepsDigests = request.keepsDigests
        wish.choices = form.choices
        wish.all = request.all
        wish.source = try access.request(.fetch)
        wish.target = try request.targetAccess.request(.push)
        return wish
    }

    /// An image to copy.
    private struct Item {
        var location: ImageLocation
        /// What it goes by.
        var name: ImageReference
        /// How the registry it lies in is reached.
        var access: RegistryAccess
    }

    private static func sources(_ request: Request, _ house: House) throws(Problem) -> [Item] {
        let access = request.sourceAccess
        switch request.from {
        case "dir":
            return try directories(request.source).map {
                Item(location: $0.0, name: $0.1, access: access)
            }
        case "yaml": return try listed(request, house)
        default: return try repository(ImageReference(request.source), access, house)
        }
    }

    /// The images that a file lists.
    private static func listed(_ request: Request, _ house: House) throws(Problem) -> [Item] {
        let path = request.source
        let bytes = try explaining("cannot read \"\(path.printable)\"") {
            () throws(KernelFault) in
            try Files.open(path, [.read, .nonBlocking]).readAll(limit: Limits.documentBytes)
        }
        var items: [Item] = []
        for registry in try SyncList(parsing: bytes, name: path).registries {
            var access = request.sourceAccess
            if let credentials = registry.credentials {
                access.credentials = "\(credentials.user):\(credentials.password)"
            }
            access.verifiesTLS = registry.verifiesTLS ?? access.verifiesTLS
            access.certificateDirectory =
                registry.certificateDirectory ?? access.certificateDirectory
            for image in registry.images {
                let name = "\(registry.host)/\(image.path)"
                let names = image.versions.map { version in
                    name + (version.hasPrefix("sha256:") ? "@" : ":") + version
                }
                for full in names.isEmpty ? [name] : names {
                    items += try repository(ImageReference(full), access, house)
                }
            }
        }
        return items
    }

    /// One image of a repository, or each of its tags.
    private static func repository(
        _ reference: ImageReference, _ access: RegistryAccess, _ house: House
    ) throws(Problem) -> [Item] {
        guard reference.tag == nil, reference.digest == nil else {
            return [Item(location: .registry(reference), name: reference, access: access)]
        }
        var wish = PullWish()
        wish.request = try access.request(.listTags)
        return try house.tags(of: reference.description, wish).map {
            Item(location: .registry($0), name: $0, access: access)
        }
    }

    /// The directories below one that hold an image; their path from there is the name.
    private static func directories(_ top: String) throws(Problem)
        -> [(ImageLocation, ImageReference)]
    {
        var found: [(ImageLocation, ImageReference)] = []
        var waiting = [""]
        while let path = waiting.popLast(), found.count < 100_000 {
            let whole = path.isEmpty ? top : "\(top)/\(path)"
            if Files.exists("\(whole)/manifest.json") {
                let name = path.isEmpty ? String(top.split(separator: "/").last ?? "") : path
                found.append((.directory(path: whole), try ImageReference(name)))
                continue
            }
            let names = try explaining("cannot read \"\(whole.printable)\"") {
                () throws(KernelFault) in
                let directory = try Files.open(whole, [.read, .directory])
                return try Files.entries(in: directory)
            }
            for entry in names {
                let deeper = path.isEmpty ? entry.name.text : "\(path)/\(entry.name.text)"
                if deeper.split(separator: "/").count <= 16, isDirectory("\(top)/\(deeper)") {
                    waiting.append(deeper)
                }
            }
        }
        return found.sorted { "\($0.0)" < "\($1.0)" }
    }

    private static func isDirectory(_ path: String) -> Bool {
        (try? Files.open(path, [.read, .directory, .noFollow])) != nil
    }

    private static func place(_ name: ImageReference, _ request: Request) throws(Problem)
        -> ImageLocation
    {
        var name = name
        name.tag = name.tag.map { $0 + request.suffix }
        let last = name.path.split(separator: "/").last.map(String.init) ?? name.path
        let short = ImageReference(
            registry: nil, path: request.scoped ? name.name : last, tag: name.tag,
            digest: name.digest)
        guard request.to == "docker" else {
            return .directory(path: "\(request.target)/\(short)")
        }
        return .registry(try ImageReference("\(request.target)/\(short)"))
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
