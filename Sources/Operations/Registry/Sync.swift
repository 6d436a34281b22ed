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
            guard request.from == "docker" || request.to == "docker" else {
                throw Problem(
                    .badUsage, "--src and --dest cannot both be dir", next: "use cp(1) for that")
            }
        }.details(
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
            .value("src", short: "s", "TRANSPORT", "Copy from docker or dir") {
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
            .argument("source", "A repository, an image, or a directory of images") {
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
        guard text != "yaml" else {
            throw Problem(
                .notBuilt, "lists of images in YAML are not read yet",
                next: "name the repositories one by one")
        }
        return try Choice.of(kinds)(text, option)
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        var reply = Batch()
        var digests: [String] = []
        for (source, name) in try sources(request, house) {
            let target = try place(name, request)
            if request.isDry {
                reply.done.append("would copy \(source) to \(target)")
                continue
            }
            do throws(Problem) {
                let root = try house.transfer(from: source, to: target, try wish(request))
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

    private static func wish(_ request: Request) throws(Problem) -> TransferWish {
        var wish = TransferWish()
        var form = FormChoices()
        form.form = request.form
        form.keepsDigests = request.keepsDigests
        wish.choices = form.choices
        wish.all = request.all
        wish.source = try request.sourceAccess.request(.fetch)
        wish.target = try request.targetAccess.request(.push)
        return wish
    }

    /// Returns each image and the name it goes by.
    private static func sources(_ request: Request, _ house: House) throws(Problem)
        -> [(ImageLocation, ImageReference)]
    {
        guard request.from == "docker" else { return try directories(request.source) }
        let reference = try ImageReference(request.source)
        guard reference.tag == nil, reference.digest == nil else {
            return [(.registry(reference), reference)]
        }
        var wish = PullWish()
        wish.request = try request.sourceAccess.request(.listTags)
        return try house.tags(of: request.source, wish).map { (.registry($0), $0) }
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
