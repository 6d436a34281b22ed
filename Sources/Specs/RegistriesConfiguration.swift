package import Base

/// What registries.conf and its drop-ins say: which registries a short name may mean, and where a
/// registry's images are really fetched. See containers-registries.conf(5), version 2.
package struct RegistriesConfiguration: Equatable, Sendable {
    /// How a short name that has no alias is treated.
    package enum ShortNameMode: String, Codable, Sendable {
        case permissive, enforcing, disabled
    }

    /// Which pulls a mirror serves.
    package enum MirrorUse: String, Codable, Sendable {
        case all
        case digestOnly = "digest-only"
        case tagOnly = "tag-only"
    }

    /// One `[[registry]]`.
    package struct Registry: Codable, Equatable, Sendable {
        package var prefix: String?
        package var location: String?
        package var insecure: Bool?
        package var blocked: Bool?
        package var mirror: [Mirror]?
        package var mirrorByDigestOnly: Bool?

        private enum CodingKeys: String, CodingKey {
            case prefix, location, insecure, blocked, mirror
            case mirrorByDigestOnly = "mirror-by-digest-only"
        }
    }

    /// One `[[registry.mirror]]`.
    package struct Mirror: Codable, Equatable, Sendable {
        package var location: String
        package var insecure: Bool?
        package var use: MirrorUse?

        private enum CodingKeys: String, CodingKey {
            case location, insecure
            case use = "pull-from-mirror"
        }
    }

    /// The form of one file.
    private struct File: Codable {
        var unqualifiedSearch: [String]?
        var registry: [Registry]?
        var shortNameMode: ShortNameMode?
        var credentialHelpers: [String]?
        var aliases: [String: String]?
        var registries: JSON?

        private enum CodingKeys: String, CodingKey {
            case registry, aliases, registries
            case unqualifiedSearch = "unqualified-search-registries"
            case shortNameMode = "short-name-mode"
            case credentialHelpers = "credential-helpers"
        }
    }

    /// Where short names are looked for, in order.
    package private(set) var unqualifiedSearch: [String] = []
    package private(set) var registries: [Registry] = []
    /// Short names and the full names they stand for.
    package private(set) var aliases: [String: ImageReference] = [:]
    package private(set) var shortNameMode = ShortNameMode.permissive
    package private(set) var credentialHelpers: [String]?

    package init() {}

    /// Reads the files of this user, drop-ins and the cache of short names included.
    package init(_ files: ConfigurationFiles, in view: FileView) throws(Problem) {
        self.init()
        for document in try files.documents("registries.conf", in: view) {
            try apply(TOML.parse(document.bytes, name: document.path), name: document.path)
        }
        let environment = files.environment
        let cache = environment["XDG_CACHE_HOME"] ?? environment["HOME"].map { "\($0)/.cache" }
        if let path = cache.map({ "\($0)/containers/short-name-aliases.conf" }),
            let bytes = try view.read(path)
        {
            try apply(TOML.parse(bytes, name: path), name: path)
        }
    }

    /// Adds what one file says to what earlier ones said; the later file wins.
    package mutating func apply(_ json: JSON, name: String) throws(Problem) {
        let file = try json.decode(File.self, name: name)
        if file.registries != nil {
            throw Problem(
                .badDocument, "\"\(name)\" has the form of version 1",
                why: "it has a table [registries]",
                next: "rewrite it with [[registry]] tables, see containers-registries.conf(5)")
        }
        if let search = file.unqualifiedSearch {
            for registry in search { try RegistriesConfiguration.check(registry, name) }
            unqualifiedSearch = search
        }
        shortNameMode = file.shortNameMode ?? shortNameMode
        credentialHelpers = file.credentialHelpers ?? credentialHelpers
        for (alias, target) in file.aliases ?? [:] {
            // An empty target takes back what an earlier file said.
            aliases[alias] =
                target.isEmpty ? nil : try RegistriesConfiguration.full(target, alias, name)
        }
        for registry in file.registry ?? [] {
            guard let prefix = registry.prefix ?? registry.location, !prefix.isEmpty else {
                throw Problem(
                    .badDocument, "a [[registry]] in \"\(name)\" has neither prefix nor location")
            }
            for mirror in registry.mirror ?? [] {
                try RegistriesConfiguration.check(mirror.location, name)
            }
            if let location = registry.location, !location.isEmpty {
                try RegistriesConfiguration.check(location, name)
            }
            var whole = registry
            whole.prefix = prefix
            registries.removeAll { $0.prefix == prefix }
            registries.append(whole)
        }
    }

    /// A location is a host with an optional port and path, without scheme.
    private static func check(_ location: String, _ name: String) throws(Problem) {
        let parts = location.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let host = String(parts.first ?? "")
        let sane =
            parts.count < 2
            || parts[1].utf8.allSatisfy { $0.isLetterOrDigit || "._-/".utf8.contains($0) }
        guard ImageReference.isRegistry(host), sane, !location.contains("..") else {
            throw Problem(
                .badDocument, "\"\(location.printable)\" in \"\(name)\" is no registry",
                next: "write a host with an optional port and path, without http://")
        }
    }

    private static func full(_ target: String, _ alias: String, _ name: String)
        throws(Problem) -> ImageReference
    {
        let reference = try ImageReference(target)
        guard !reference.isShort, reference.tag == nil, reference.digest == nil else {
            throw Problem(
                .badDocument, "the alias \"\(alias.printable)\" in \"\(name)\" is malformed",
                why: "\"\(target)\" is not a full name without tag and digest")
        }
        return reference
    }
}

extension RegistriesConfiguration {
    /// Returns the full names that `reference` may mean, in the order in which they are tried.
    ///
    /// - Throws: `badValue` for a short name that means nothing, or too much where the mode is
    ///   `enforcing`.
    package func candidates(for reference: ImageReference) throws(Problem) -> [ImageReference] {
        guard reference.isShort else { return [reference.complete] }
        if shortNameMode != .disabled, var target = aliases[reference.path] {
            (target.tag, target.digest) = (reference.tag, reference.digest)
            return [target.complete]
        }
        let candidates = unqualifiedSearch.map { reference.qualified(with: $0).complete }
        guard !candidates.isEmpty else {
            throw Problem(
                .badValue, "the short name \"\(reference)\" means no registry",
                why: "it has no alias and registries.conf has no unqualified-search-registries",
                next: "write the full name, for example \(reference.qualified(with: "docker.io"))")
        }
        guard shortNameMode != .enforcing || candidates.count == 1 else {
            let names = candidates.map(\.description).joined(separator: ", ")
            throw Problem(
                .badValue, "the short name \"\(reference)\" may mean several images",
                why: "registries.conf sets short-name-mode to enforcing",
                next: "choose one of \(names)")
        }
        return candidates
    }

    /// Returns the full names under which a local image may be meant by `reference`, best first.
    package func localCandidates(for reference: ImageReference) -> [ImageReference] {
        guard reference.isShort else { return [reference.complete] }
        var names = [reference.qualified(with: "localhost")]
        if var target = aliases[reference.path] {
            (target.tag, target.digest) = (reference.tag, reference.digest)
            names.append(target)
        }
        names += (unqualifiedSearch + ["docker.io"]).map { reference.qualified(with: $0) }
        var seen: Set<ImageReference> = []
        return names.map(\.complete).filter { seen.insert($0).inserted }
    }

    /// A place where an image is really asked for.
    package struct Endpoint: Equatable, Sendable {
        /// The name at that place.
        package var reference: ImageReference
        /// Whether unverified TLS and plain HTTP are allowed there.
        package var insecure: Bool
        package var isMirror: Bool
    }

    /// Returns the mirrors of a full name's registry and then the registry itself.
    ///
    /// - Throws: `refused` where the registry is blocked.
    package func endpoints(for reference: ImageReference) throws(Problem) -> [Endpoint] {
        guard let (registry, length) = match(reference) else {
            return [Endpoint(reference: reference, insecure: false, isMirror: false)]
        }
        guard registry.blocked != true else {
            throw Problem(
                .refused, "\"\(reference)\" cannot be fetched",
                why: "registries.conf blocks \"\(registry.prefix ?? "")\"")
        }
        var endpoints: [Endpoint] = []
        for mirror in registry.mirror ?? [] {
            let use = registry.mirrorByDigestOnly == true ? .digestOnly : mirror.use ?? .all
            guard use == .all || (use == .digestOnly) == (reference.digest != nil) else { continue }
            endpoints.append(
                Endpoint(
                    reference: try moved(reference, length, to: mirror.location),
                    insecure: mirror.insecure ?? false, isMirror: true))
        }
        let location = registry.location ?? ""
        endpoints.append(
            Endpoint(
                reference: location.isEmpty
                    ? reference : try moved(reference, length, to: location),
                insecure: registry.insecure ?? false, isMirror: false))
        return endpoints
    }

    /// Returns the registry with the longest prefix of the name, and how much of the name that is.
    private func match(_ reference: ImageReference) -> (Registry, Int)? {
        let text = reference.description
        var best: (Registry, Int, Int)?
        for registry in registries {
            guard let prefix = registry.prefix, let length = matched(text, prefix) else { continue }
            if prefix.utf8.count > best?.2 ?? -1 { best = (registry, length, prefix.utf8.count) }
        }
        return best.map { ($0.0, $0.1) }
    }

    private func matched(_ text: String, _ prefix: String) -> Int? {
        if prefix.hasPrefix("*.") {
            let suffix = prefix.dropFirst()
            let host = text.prefix { $0 != "/" && $0 != ":" && $0 != "@" }
            // The star stands for one or more parts of a host's name.
            guard host.hasSuffix(suffix), host.utf8.count > suffix.utf8.count else { return nil }
            return host.utf8.count
        }
        guard text.hasPrefix(prefix) else { return nil }
        let next = text.utf8.dropFirst(prefix.utf8.count).first
        return next == nil || next.map { "/:@".utf8.contains($0) } == true ? prefix.utf8.count : nil
    }

    private func moved(_ reference: ImageReference, _ length: Int, to location: String)
        throws(Problem) -> ImageReference
    {
        let rest = String(
            decoding: Array(reference.description.utf8.dropFirst(length)), as: UTF8.self)
        return try ImageReference(location + rest)
    }
}
