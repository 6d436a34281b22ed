package import Base
package import Specs

/// What policy.json says about images: which may be fetched at all, and what must vouch for them.
///
/// Where no policy file exists, everything is accepted, as the files that distributions ship say.
/// See containers-policy.json(5).
package struct TrustPolicy: Sendable {
    /// One thing that must hold.
    enum Requirement: Equatable, Sendable {
        case accept
        case reject
        /// A kind that is known and not built here: it always refuses.
        case unsupported(String)
    }

    private var fallback: [Requirement] = [.accept]
    /// Scope (`docker.io/library`, `*.example.com`, empty for all) and what it requires.
    private var scopes: [String: [Requirement]] = [:]
    private var name = "policy.json"

    /// Accepts everything.
    package init() {}

    /// Reads a policy file; unknown kinds and malformed parts refuse the whole file.
    package init(parsing bytes: [UInt8], name: String) throws(Problem) {
        self.name = name
        let json = try JSON(parsing: bytes, name: name)
        guard case .object(let members) = json else {
            throw Problem(.badDocument, "\"\(name)\" is no policy", why: "it is no object")
        }
        if let stranger = members.first(where: { $0.name != "default" && $0.name != "transports" })
        {
            throw Problem(
                .badDocument, "\"\(name)\" is no policy that can be trusted",
                why: "it has the unknown member \"\(stranger.name.printable)\"")
        }
        guard let fallback = json["default"] else {
            throw Problem(
                .badDocument, "\"\(name)\" is no policy that can be trusted",
                why: "it has no default")
        }
        self.fallback = try TrustPolicy.requirements(fallback, name)
        guard case .object(let entries)? = json["transports"]?["docker"] else { return }
        for entry in entries {
            scopes[entry.name] = try TrustPolicy.requirements(entry.value, name)
        }
    }

    private static func requirements(_ json: JSON, _ name: String) throws(Problem) -> [Requirement]
    {
        guard let elements = json.elements, !elements.isEmpty else {
            throw Problem(
                .badDocument, "\"\(name)\" is no policy that can be trusted",
                why: "a scope has no list of requirements")
        }
        var requirements: [Requirement] = []
        for element in elements {
            switch element["type"]?.text {
            case "insecureAcceptAnything": requirements.append(.accept)
            case "reject": requirements.append(.reject)
            case let kind? where ["signedBy", "sigstoreSigned", "signedBaseLayer"].contains(kind):
                requirements.append(.unsupported(kind))
            case let kind:
                throw Problem(
                    .badDocument, "\"\(name)\" is no policy that can be trusted",
                    why: "it has a requirement of the unknown type \"\((kind ?? "").printable)\"")
            }
        }
        return requirements
    }

    /// Makes sure that an image of that name may be fetched.
    ///
    /// - Throws: `refused` where the policy rejects it, `notBuilt` where a signature is required.
    package func check(_ reference: ImageReference) throws(Problem) {
        for requirement in requirements(for: reference) {
            switch requirement {
            case .accept: continue
            case .reject:
                throw Problem(
                    .refused, "\"\(reference)\" may not be used", why: "\"\(name)\" rejects it",
                    next: "change the policy, or choose an image it accepts")
            case .unsupported(let kind):
                throw Problem(
                    .notBuilt, "\"\(reference)\" cannot be checked",
                    why: "\"\(name)\" requires \(kind), and checking signatures is not built yet")
            }
        }
    }

    /// The most specific scope decides: the whole name, the repository, its parents, the host, its
    /// domains, everything.
    private func requirements(for reference: ImageReference) -> [Requirement] {
        var candidates = [reference.description, reference.name]
        var name = reference.name[...]
        while let slash = name.lastIndex(of: "/") {
            name = name[..<slash]
            candidates.append(String(name))
        }
        var host = name.prefix { $0 != ":" }
        while let dot = host.firstIndex(of: ".") {
            host = host[host.index(after: dot)...]
            candidates.append("*.\(host)")
        }
        candidates.append("")
        for candidate in candidates {
            if let requirements = scopes[candidate] { return requirements }
        }
        return fallback
    }
}
