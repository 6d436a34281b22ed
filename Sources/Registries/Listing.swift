import Base
import FoundationEssentials
import Kernel
import NIOHTTP1
import Specs

extension Job {
    /// Lists a repository's tags, page by page. See distribution-spec, "Listing Tags".
    func listTags() async throws(Problem) {
        let (name, tags) = try await firstOf { candidate, session throws(Problem) in
            var tags: [String] = []
            let what = "cannot list the tags of \"\(candidate.name)\""
            let path = "/v2/\(session.reference.path)/tags/list?n=1000"
            try await pages(of: path, what, by: session) { bytes throws(Problem) in
                let json = try JSON(parsing: bytes, name: "tags of \(candidate.name)")
                for tag in json["tags"]?.elements ?? [] {
                    guard let text = tag.text, ImageReference.isTag(text[...]) else { continue }
                    tags.append(text)
                }
                return tags.count
            }
            return (candidate, tags)
        }
        report(.listed(name))
        for start in stride(from: 0, to: tags.count, by: 500) {
            report(.tags(Array(tags[start..<min(start + 500, tags.count)])))
        }
        report(.done)
    }

    /// Reads a list that comes in pages. See distribution-spec, "Listing Tags".
    ///
    /// - Parameter take: keeps what is on a page, and returns how much that is with those before.
    /// - Throws: `remote` where that is more than is allowed, or the pages have no end.
    func pages(
        of first: String, _ what: String, by session: Session,
        _ take: ([UInt8]) throws(Problem) -> Int
    ) async throws(Problem) {
        var target: String? = first
        var seen: Set<String> = []
        while let page = target {
            // A page may be short, or have nothing at all; a registry that goes on so is no list.
            guard seen.insert(page).inserted, seen.count <= Job.pages else {
                throw Problem(.remote, what, why: "its pages have no end")
            }
            let call = Session.Call(page, what: what)
            let (bytes, headers) = try await session.document(call, limit: Limits.manifestBytes)
            guard try take(bytes) <= Limits.tags else {
                throw Problem(.remote, what, why: "there are more than \(Limits.tags) of them")
            }
            target = headers.first(name: "link").flatMap(Job.next)
            if target == page { target = nil }
        }
    }

    private static let pages = 1000

    /// `</v2/x/tags/list?last=b>; rel="next"`: only a path of the same registry is followed.
    static func next(_ link: String) -> String? {
        guard link.hasPrefix("<"), let end = link.firstIndex(of: ">"), link.contains("next") else {
            return nil
        }
        let target = String(link[link.index(after: link.startIndex)..<end])
        if target.hasPrefix("/"), !target.hasPrefix("//") { return target }
        return Location(target).map(\.target)
    }

    /// Removes a manifest from its registry.
    func delete() async throws(Problem) {
        try await firstOf { candidate, session throws(Problem) in
            var selector = candidate.selector
            if candidate.digest == nil {
                selector = try await session.manifest(selector).digest.description
            }
            var call = Session.Call(
                "/v2/\(session.reference.path)/manifests/\(selector)",
                what: "cannot delete \"\(candidate)\"")
            call.method = .DELETE
            call.actions = "delete"
            _ = try await session.send(call)
        }
        report(.done)
    }

    /// Checks name and password with a registry, and keeps them if they are new and good.
    func login() async throws(Problem) {
        guard let registry = request.registry else {
            throw Problem(.badUsage, "no registry was named")
        }
        let reference = try Job.registryReference(registry)
        if request.credentials == nil { _ = try kept(registry) }
        for endpoint in try configuration.endpoints(for: reference) where !endpoint.isMirror {
            var endpoint = endpoint
            endpoint.reference = reference
            let call = Session.Call("/v2/", what: "cannot log in to \"\(registry)\"")
            _ = try await session(endpoint).send(call)
        }
        if let credentials = request.credentials { try store.save(credentials, for: registry) }
        report(.done)
    }

    /// Tells whose login is kept for a registry.
    func showUser() throws(Problem) {
        guard let registry = request.registry else {
            throw Problem(.badUsage, "no registry was named")
        }
        report(.user(try kept(registry).user.printable))
        report(.done)
    }

    private func kept(_ registry: String) throws(Problem) -> RegistryCredentials {
        guard let found = try store.credentials(for: Job.registryReference(registry)) else {
            throw Problem(
                .noSuchObject, "there is no login to \"\(registry)\"",
                next: "log in with \"martlet login \(registry)\"")
        }
        return found
    }

    /// Forgets what is kept for a registry, or everything.
    func logout() throws(Problem) {
        guard try store.remove(request.registry) else {
            throw Problem(
                .noSuchObject, "there is no login to \"\(request.registry ?? "any registry")\"",
                why: "\"\(store.paths[0])\" has none")
        }
        report(.done)
    }

    /// A name at a registry, as dealings are always with a repository.
    private static func registryReference(_ registry: String) throws(Problem) -> ImageReference {
        let host = String(registry.prefix { $0 != "/" })
        guard ImageReference.isRegistry(host) else {
            throw Problem(
                .badValue, "\"\(registry.printable)\" is no registry",
                next: "write a host with an optional port: quay.io")
        }
        return ImageReference(registry: host.lowercased(), path: "login")
    }

    /// Looks for repositories: by the old search address, else among all the registry lists.
    func search() async throws(Problem) {
        guard let query = request.query, let registry = request.registry else {
            throw Problem(.badUsage, "nothing to look for was given")
        }
        var reference = try Job.registryReference(registry)
        // Docker Hub searches under another name than it serves images.
        if reference.registry == "docker.io" { reference.registry = "index.docker.io" }
        guard let endpoint = try configuration.endpoints(for: reference).last else {
            throw Problem(.badUsage, "there is no registry to search")
        }
        let session = try session(endpoint)
        let limit = max(1, min(request.limit ?? 25, 100))
        let what = "cannot search \"\(registry)\""
        let form = Token.form([("q", query), ("n", "\(limit)")])
        var results: [RegistrySearchResult] = []
        do {
            let call = Session.Call("/v1/search?\(form)", what: what)
            let (bytes, _) = try await session.document(call, limit: Limits.manifestBytes)
            let json = try JSON(parsing: bytes, name: "search of \(registry)")
            for entry in json["results"]?.elements ?? [] {
                guard let name = entry["name"]?.text else { continue }
                var stars = 0
                if case .number(let text)? = entry["star_count"] { stars = Int(text) ?? 0 }
                results.append(
                    RegistrySearchResult(
                        name: "\(registry)/\(name)".printable,
                        description: String((entry["description"]?.text ?? "").prefix(400))
                            .printable,
                        stars: stars, isOfficial: entry["is_official"] == .boolean(true)))
            }
        } catch  where error.code == .noSuchImage || error.code == .badDocument {
            let call = Session.Call("/v2/_catalog?n=1000", what: what)
            let (bytes, _) = try await session.document(call, limit: Limits.manifestBytes)
            let json = try JSON(parsing: bytes, name: "catalog of \(registry)")
            for name in (json["repositories"]?.elements ?? []).compactMap(\.text)
            where name.contains(query) {
                results.append(RegistrySearchResult(name: "\(registry)/\(name)".printable))
            }
        }
        let found = Array(results.prefix(limit))
        for start in stride(from: 0, to: found.count, by: 25) {
            report(.found(Array(found[start..<min(start + 25, found.count)])))
        }
        report(.done)
    }
}
