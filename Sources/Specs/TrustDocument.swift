package import Base

/// policy.json as a document: what it says to people, and what they change in it.
///
/// Parts that are not changed stay as they were written. See containers-policy.json(5).
package struct TrustDocument: Sendable {
    private var json: JSON
    private let name: String

    /// What may be required of the images of a registry.
    package enum Kind: String, CaseIterable, Sendable {
        case accept, reject, signedBy, sigstoreSigned

        /// Whether it names files of keys.
        package var needsKeys: Bool { self == .signedBy || self == .sigstoreSigned }
    }

    /// One requirement of one scope.
    package struct Row: Equatable, Sendable {
        /// `docker`, `oci` …; nil for what holds everywhere else.
        package let transport: String?
        /// Empty for all of the transport.
        package let scope: String
        /// The requirement's type as the file has it.
        package let type: String
        package let keyFiles: [String]
    }

    /// The policy without a file: everything is accepted.
    package init() {
        name = "policy.json"
        json = .object([.init("default", TrustDocument.requirements(.accept, keyFiles: []))])
    }

    /// Reads a file; one that cannot be trusted is refused.
    package init(parsing bytes: [UInt8], name: String) throws(Problem) {
        _ = try TrustPolicy(parsing: bytes, name: name)
        self.name = name
        json = try JSON(parsing: bytes, name: name)
    }

    /// The document's text, indented.
    package var text: String { json.text(indent: 4) + "\n" }

    /// Requires this of the images of a registry's scope, or of all others where it is `default`.
    package mutating func set(_ scope: String, _ kind: Kind, keyFiles: [String]) throws(Problem) {
        let requirements = TrustDocument.requirements(kind, keyFiles: keyFiles)
        let path = scope == "default" ? ["default"] : ["transports", "docker", scope]
        json = TrustDocument.setting(path[...], of: json, to: requirements)
        // Nothing is ever written that would not be read.
        _ = try TrustPolicy(parsing: Array(text.utf8), name: name)
    }

    /// What the file requires, the general first.
    package var rows: [Row] {
        var rows = TrustDocument.rows(nil, "", json["default"])
        for transport in TrustDocument.sorted(json["transports"]) {
            for scope in TrustDocument.sorted(transport.value) {
                rows += TrustDocument.rows(transport.name, scope.name, scope.value)
            }
        }
        return rows
    }

    /// Returns the requirements that decide over an image or a scope of a registry.
    package func rows(deciding scope: String) -> [Row] {
        let rows = rows
        for scope in TrustDocument.parents(of: scope) + [""] {
            let found = rows.filter { $0.transport == "docker" && $0.scope == scope }
            if !found.isEmpty { return found }
        }
        return rows.filter { $0.transport == nil }
    }

    /// A scope and what it lies in: the image, its repository, those above it, the host, domains.
    static func parents(of scope: String) -> [String] {
        var scopes = [scope]
        var rest = scope[...]
        if let at = rest.firstIndex(of: "@") {
            rest = rest[..<at]
            scopes.append(String(rest))
        }
        if let colon = rest.lastIndex(of: ":"), let slash = rest.lastIndex(of: "/"), slash < colon {
            rest = rest[..<colon]
            scopes.append(String(rest))
        }
        while let slash = rest.lastIndex(of: "/") {
            rest = rest[..<slash]
            scopes.append(String(rest))
        }
        var host = rest.prefix { $0 != ":" }
        while let dot = host.firstIndex(of: ".") {
            host = host[host.index(after: dot)...]
            scopes.append("*.\(host)")
        }
        return scopes
    }

    private static func rows(_ transport: String?, _ scope: String, _ json: JSON?) -> [Row] {
        (json?.elements ?? []).map { requirement in
            let many = requirement["keyPaths"]?.elements ?? []
            let files = [requirement["keyPath"]].compactMap { $0 } + many
            return Row(
                transport: transport, scope: scope, type: requirement["type"]?.text ?? "",
                keyFiles: files.compactMap(\.text))
        }
    }

    private static func sorted(_ json: JSON?) -> [JSON.Member] {
        guard case .object(let members)? = json else { return [] }
        return members.sorted { $0.name < $1.name }
    }

    /// Each file is a requirement of its own: an image needs a signature by each of them.
    private static func requirements(_ kind: Kind, keyFiles: [String]) -> JSON {
        func requirement(_ members: (String, String)...) -> JSON {
            .object(members.map { .init($0.0, .string($0.1)) })
        }
        switch kind {
        case .accept: return .array([requirement(("type", "insecureAcceptAnything"))])
        case .reject: return .array([requirement(("type", "reject"))])
        case .signedBy:
            return .array(
                keyFiles.map {
                    requirement(("type", "signedBy"), ("keyType", "GPGKeys"), ("keyPath", $0))
                })
        case .sigstoreSigned:
            return .array(
                keyFiles.map { requirement(("type", "sigstoreSigned"), ("keyPath", $0)) })
        }
    }

    private static func setting(_ path: ArraySlice<String>, of json: JSON?, to value: JSON) -> JSON
    {
        guard let name = path.first else { return value }
        var members: [JSON.Member] = []
        if case .object(let known)? = json { members = known }
        let changed = setting(path.dropFirst(), of: json?[name], to: value)
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index].value = changed
        } else {
            members.append(.init(name, changed))
        }
        return .object(members)
    }
}
