package import Base

/// Where an image lies or is to lie: a transport and what it needs, as containers-transports(5)
/// writes it.
package enum ImageLocation: Hashable, Sendable {
    /// `docker://REFERENCE`
    case registry(ImageReference)
    /// `oci:DIRECTORY[:NAME]`
    case layout(path: String, name: String?)
    /// `oci-archive:FILE[:NAME]`
    case layoutArchive(path: String, name: String?)
    /// `docker-archive:FILE[:REFERENCE]`
    case dockerArchive(path: String, name: ImageReference?)
    /// `dir:DIRECTORY`
    case directory(path: String)
    /// `martlet-storage:NAME`
    case store(String)
    /// `containers-storage:[[DRIVER@]ROOT]NAME`, podman's own store
    case podmanStore(root: String?, name: String)

    /// The transports in the order in which they are listed.
    package static let transports = [
        "docker", "oci", "oci-archive", "docker-archive", "dir", "martlet-storage",
        "containers-storage",
    ]

    /// Reads a location that names its transport.
    ///
    /// - Throws: `badValue`, or `notBuilt` for transports that podman has and Martlet has not.
    package init(_ text: String) throws(Problem) {
        guard let colon = text.firstIndex(of: ":") else {
            throw ImageLocation.refuse(text, "it names no transport")
        }
        let word = String(text[..<colon])
        let rest = String(text[text.index(after: colon)...])
        switch word {
        case "docker":
            guard rest.hasPrefix("//") else {
                throw ImageLocation.refuse(text, "\"//\" is missing after \"docker:\"")
            }
            self = .registry(try ImageReference(String(rest.dropFirst(2))))
        case "oci", "oci-archive":
            let (path, name) = try ImageLocation.split(rest, of: text)
            self =
                word == "oci"
                ? .layout(path: path, name: name) : .layoutArchive(path: path, name: name)
        case "docker-archive":
            let (path, name) = try ImageLocation.split(rest, of: text)
            self = .dockerArchive(
                path: path,
                name: try name.map { name throws(Problem) in
                    let reference = try ImageReference(name).complete
                    return reference.isShort ? reference.qualified(with: "docker.io") : reference
                })
        case "dir":
            guard !rest.isEmpty else { throw ImageLocation.refuse(text, "it names no directory") }
            self = .directory(path: rest)
        case "martlet-storage":
            guard !rest.isEmpty else { throw ImageLocation.refuse(text, "it names no image") }
            self = .store(rest)
        case "containers-storage": self = try ImageLocation.podman(rest, of: text)
        case "docker-daemon", "ostree", "sif", "tarball", "atomic":
            throw Problem(
                .notBuilt, "the transport \"\(word)\" is not built",
                next: "use one of \(ImageLocation.transports.joined(separator: ", "))")
        default: throw ImageLocation.refuse(text, "\"\(word.printable)\" is no transport")
        }
    }

    /// Reads a location, or a plain name, which stands for an image in a registry.
    package init(orName text: String) throws(Problem) {
        let word = text.prefix { $0 != ":" }
        let known = ImageLocation.transports + ["docker-daemon", "ostree", "sif", "tarball"]
        guard word.utf8.count < text.utf8.count, known.contains(String(word)),
            word != "docker" || text.hasPrefix("docker://")
        else {
            self = .registry(try ImageReference(text))
            return
        }
        try self.init(text)
    }

    private static func refuse(_ text: String, _ why: String) -> Problem {
        Problem(
            .badValue, "\"\(String(text.prefix(300)).printable)\" is no place of an image",
            why: why,
            next: "write TRANSPORT:WHERE, with one of "
                + "\(transports.joined(separator: ", ")) (docker://NAME for a registry)")
    }

    private static func split(_ rest: String, of text: String) throws(Problem)
        -> (path: String, name: String?)
    {
        let colon = rest.firstIndex(of: ":") ?? rest.endIndex
        let path = String(rest[..<colon])
        guard !path.isEmpty else { throw refuse(text, "it names no file") }
        guard colon < rest.endIndex else { return (path, nil) }
        let name = String(rest[rest.index(after: colon)...])
        guard !name.isEmpty, name.utf8.count <= Limits.nameLength,
            name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw refuse(text, "the name after the file is malformed") }
        return (path, name)
    }

    /// `[overlay@/var/lib/containers/storage+/run/…:options]NAME`: only the place counts.
    private static func podman(_ rest: String, of text: String) throws(Problem) -> ImageLocation {
        var name = rest
        var root: String?
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            var inner = rest[rest.index(after: rest.startIndex)..<end]
            // The driver's name ends at the "@", and is no path.
            if let at = inner.firstIndex(of: "@"), !inner[..<at].contains("/") {
                inner = inner[inner.index(after: at)...]
            }
            root = String(inner.prefix { $0 != "+" && $0 != ":" })
            name = String(rest[rest.index(after: end)...])
        }
        guard !name.isEmpty else { throw refuse(text, "it names no image") }
        guard root?.hasPrefix("/") != false else { throw refuse(text, "its store is no path") }
        return .podmanStore(root: root, name: name)
    }
}

extension ImageLocation: CustomStringConvertible {
    /// The location as a person writes it.
    package var description: String {
        func named(_ word: String, _ path: String, _ name: String?) -> String {
            "\(word):\(path)" + (name.map { ":\($0)" } ?? "")
        }
        return switch self {
        case .registry(let reference): "docker://\(reference)"
        case .layout(let path, let name): named("oci", path, name)
        case .layoutArchive(let path, let name): named("oci-archive", path, name)
        case .dockerArchive(let path, let name):
            named("docker-archive", path, name?.description)
        case .directory(let path): "dir:\(path)"
        case .store(let name): "martlet-storage:\(name)"
        case .podmanStore(let root, let name):
            "containers-storage:" + (root.map { "[\($0)]" } ?? "") + name
        }
    }

    /// Whether it is reached over the network.
    package var isRemote: Bool { if case .registry = self { true } else { false } }
}
