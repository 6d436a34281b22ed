package import Base

/// The name of an image: `[registry[:port]/]path[:tag][@digest]`.
///
/// A name without a registry is *short*: which registries it may mean is a question of
/// configuration and is answered elsewhere. See the grammar of distribution's reference package,
/// and T-NAME-1: paths and tags become file names and parts of URLs.
package struct ImageReference: Hashable, Sendable, CustomStringConvertible {
    /// Host and port: `quay.io`, `localhost:5000`, `[::1]:5000`; nil in a short name.
    package var registry: String?
    /// The repository below the registry: `library/nginx`.
    package var path: String
    /// The tag, where one was given.
    package var tag: String?
    /// The digest of the manifest, where one was given; it decides, and the tag is only a note then.
    package var digest: Digest?

    package init(registry: String?, path: String, tag: String? = nil, digest: Digest? = nil) {
        self.registry = registry
        self.path = path
        self.tag = tag
        self.digest = digest
    }

    /// Whether no registry was named.
    package var isShort: Bool { registry == nil }

    /// Registry and path, without tag and digest: what `podman images` shows as repository.
    package var name: String { registry.map { "\($0)/\(path)" } ?? path }

    /// The whole name as a person writes it.
    package var description: String {
        name + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    /// What the registry is asked for: the digest, else the tag, else `latest`.
    package var selector: String { digest?.description ?? tag ?? "latest" }

    /// The same name with the tag `latest` where neither tag nor digest was given.
    package var complete: ImageReference {
        var complete = self
        if tag == nil, digest == nil { complete.tag = "latest" }
        return complete
    }

    /// Returns the name with `registry` before it; Docker Hub's own images live below `library/`.
    package func qualified(with registry: String) -> ImageReference {
        var whole = self
        let parts = registry.split(separator: "/", maxSplits: 1).map(String.init)
        whole.registry = parts.first ?? registry
        if parts.count == 2 { whole.path = "\(parts[1])/\(path)" }
        if whole.registry == "docker.io", !whole.path.contains("/") {
            whole.path = "library/\(whole.path)"
        }
        return whole
    }
}

extension ImageReference {
    /// Reads a name as docker and podman do; a leading `docker://` is dropped.
    ///
    /// - Throws: `badValue` that says which part is wrong.
    package init(_ text: String) throws(Problem) {
        func refuse(_ why: String) -> Problem {
            Problem(
                .badValue, "\"\(String(text.prefix(300)).printable)\" is no image name", why: why,
                next: "write it as [registry/]name[:tag] or [registry/]name@sha256:…, in lower case"
            )
        }
        var rest = text[...]
        if rest.hasPrefix("docker://") { rest = rest.dropFirst(9) }
        digest = nil
        if let at = rest.utf8.firstIndex(of: UInt8(ascii: "@")) {
            digest = try Digest(String(rest[rest.utf8.index(after: at)...]))
            rest = rest[..<at]
        }
        tag = nil
        if let colon = rest.utf8.lastIndex(of: UInt8(ascii: ":")),
            !rest[colon...].utf8.contains(UInt8(ascii: "/"))
        {
            let word = rest[rest.utf8.index(after: colon)...]
            guard ImageReference.isTag(word) else { throw refuse("its tag is malformed") }
            tag = String(word)
            rest = rest[..<colon]
        }
        (registry, path) = ImageReference.split(rest)
        if let registry, !ImageReference.isRegistry(registry) {
            throw refuse("its registry is malformed")
        }
        guard !path.isEmpty else { throw refuse("it names no repository") }
        guard name.utf8.count <= Limits.nameLength else {
            throw refuse("it has more than \(Limits.nameLength) characters")
        }
        if path.utf8.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) {
            throw refuse("its repository has upper-case letters")
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy(ImageReference.isPathPart) else {
            throw refuse("its repository is malformed")
        }
        guard registry != nil || path.utf8.count != 64 || !path.utf8.allSatisfy(\.isLowerHexDigit)
        else {
            throw refuse("64 hexadecimal digits are an image's id and never its name")
        }
    }

    /// The first part is a registry where it has a dot or a colon, is `localhost`, or has upper case.
    private static func split(_ text: Substring) -> (registry: String?, path: String) {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            return (nil, String(text))
        }
        var host = String(text[..<slash])
        var path = String(text[text.utf8.index(after: slash)...])
        guard
            host.contains(".") || host.contains(":") || host == "localhost"
                || host != host.lowercased()
        else { return (nil, String(text)) }
        // A word that is a host by its upper case alone would be none in lower case.
        if host.contains(".") || host.contains(":") || host.lowercased() == "localhost" {
            host = host.lowercased()
        }
        if host == "index.docker.io" || host == "registry-1.docker.io" { host = "docker.io" }
        if host == "docker.io", !path.contains("/"), !path.isEmpty { path = "library/\(path)" }
        return (host, path)
    }

    /// Whether `text` is a host with an optional port, and nothing that could leave its place in a URL.
    package static func isRegistry(_ text: String) -> Bool {
        var host = text[...]
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return false }
            let address = host[host.index(after: host.startIndex)..<end].utf8
            let rest = host[host.index(after: end)...]
            return !address.isEmpty
                && address.allSatisfy { $0.isHexDigit || $0 == UInt8(ascii: ":") }
                && (rest.isEmpty || rest.hasPrefix(":") && isPort(rest.dropFirst()))
        }
        if let colon = host.firstIndex(of: ":") {
            guard isPort(host[host.index(after: colon)...]) else { return false }
            host = host[..<colon]
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.utf8.first, let last = part.utf8.last else { return false }
            return first.isLetterOrDigit && last.isLetterOrDigit
                && part.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (48...57).contains($0) } && UInt16(text).map { $0 > 0 } ?? false
    }

    /// `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`
    package static func isTag(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128,
            first.isLetterOrDigit || first == UInt8(ascii: "_")
        else { return false }
        return text.utf8.allSatisfy { $0.isLetterOrDigit || "_.-".utf8.contains($0) }
    }

    /// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
    private static func isPathPart(_ text: Substring) -> Bool {
        var separator: [UInt8] = []
        var previousWasWord = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                separator = []
                previousWasWord = true
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                guard previousWasWord else { return false }
                separator.append(byte)
                let dashes = separator.allSatisfy { $0 == UInt8(ascii: "-") }
                guard separator.count == 1 || dashes || separator == Array("__".utf8) else {
                    return false
                }
            default: return false
            }
        }
        return separator.isEmpty && previousWasWord
    }
}

extension ImageReference: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(String(from: decoder))
    }

    package func encode(to encoder: any Encoder) throws {
        try description.encode(to: encoder)
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        isLowerHexDigit || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(self)
    }
}

extension ImageReference {
    /// Returns the full name that somebody may have meant who wrote `text`, or nil.
    package static func nearest(to text: String, among names: [String]) -> String? {
        if let near = names.nearest(to: text) { return near }
        let short = names.map { name in
            String((name.split(separator: "/").last ?? "").prefix { $0 != ":" })
        }
        return short.nearest(to: text).flatMap { short.firstIndex(of: $0) }.map { names[$0] }
    }
}
