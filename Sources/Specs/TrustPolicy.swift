package import Base

/// What policy.json says about images: which may be used at all, and what must vouch for them.
///
/// Where no policy file exists, everything is accepted, as the files that distributions ship say.
/// See containers-policy.json(5).
package struct TrustPolicy: Sendable {
    private var fallback: [TrustRequirement] = [.accept]
    /// Transport, scope (`docker.io/library`, `*.example.com`, empty for all), and what it requires.
    private var transports: [String: [String: [TrustRequirement]]] = [:]
    /// The file, for messages.
    package private(set) var name = "policy.json"

    /// Accepts everything.
    package init() {}

    /// Reads a policy file; unknown kinds and malformed parts refuse the whole file.
    package init(parsing bytes: [UInt8], name: String) throws(Problem) {
        self.name = name
        let reader = TrustReader(name: name)
        let top = try reader.members(
            JSON(parsing: bytes, name: name), of: "the file", allowed: ["default", "transports"])
        guard let fallback = top["default"] else { throw reader.refuse("it has no default") }
        self.fallback = try reader.requirements(fallback, of: "the default")
        guard let transports = top["transports"] else { return }
        for transport in try reader.object(transports, "\"transports\"") {
            var scopes: [String: [TrustRequirement]] = [:]
            for scope in try reader.object(transport.value, "transport \"\(transport.name)\"") {
                scopes[scope.name] = try reader.requirements(
                    scope.value, of: "the scope \"\(scope.name.printable)\"")
            }
            self.transports[transport.name] = scopes
        }
    }

    /// Reads the policy that is in force: `explicit` alone where the user named a file.
    package init(_ files: ConfigurationFiles, explicit: String? = nil, in view: FileView)
        throws(Problem)
    {
        if let explicit {
            guard let bytes = try view.read(explicit) else {
                throw Problem(.badValue, "there is no policy file \"\(explicit)\"")
            }
            try self.init(parsing: bytes, name: explicit)
        } else if let document = try files.first("policy.json", in: view) {
            try self.init(parsing: document.bytes, name: document.path)
        } else {
            self.init()
        }
    }

    /// Returns what an image of a transport must meet; the first of `scopes` that is known decides,
    /// then the transport's own default, then the file's.
    package func requirements(_ transport: String, scopes: [String]) -> [TrustRequirement] {
        guard let known = transports[transport] else { return fallback }
        for scope in scopes + [""] {
            if let requirements = known[scope] { return requirements }
        }
        return fallback
    }

    /// Returns what an image of a registry must meet.
    package func requirements(for reference: ImageReference) -> [TrustRequirement] {
        requirements("docker", scopes: TrustPolicy.scopes(of: reference))
    }

    /// The scopes of a full name, most specific first: the name, the repository, its parents, the
    /// host, its domains.
    package static func scopes(of reference: ImageReference) -> [String] {
        var exact = reference.complete
        if exact.digest != nil { exact.tag = nil }
        var scopes = [exact.description, exact.name]
        var name = exact.name[...]
        while let slash = name.lastIndex(of: "/") {
            name = name[..<slash]
            scopes.append(String(name))
        }
        var host = name.prefix { $0 != ":" }
        while let dot = host.firstIndex(of: ".") {
            host = host[host.index(after: dot)...]
            scopes.append("*.\(host)")
        }
        return scopes
    }

    /// The scopes of something that lies at an absolute path: with its name, the path, the
    /// directories above it but the root.
    package static func scopes(ofPath path: String, name: String? = nil) -> [String] {
        var scopes: [String] = []
        if let name { scopes.append("\(path):\(name)") }
        var rest = path[...]
        while rest.utf8.count > 1, let slash = rest.lastIndex(of: "/") {
            scopes.append(String(rest))
            rest = rest[..<slash]
        }
        return scopes
    }

    /// The problem of an image that the policy rejects.
    package func rejection(of image: String) -> Problem {
        Problem(
            .refused, "\"\(image)\" may not be used", why: "\"\(name)\" rejects it",
            next: "change the policy, or choose an image it accepts")
    }
}

/// Reads the parts of a policy file, strictly: what is not understood is never passed over.
struct TrustReader {
    let name: String

    func refuse(_ why: String) -> Problem {
        Problem(.badDocument, "\"\(name)\" is no policy that can be trusted", why: why)
    }

    func object(_ json: JSON, _ what: String) throws(Problem) -> [JSON.Member] {
        guard case .object(let members) = json else {
            throw refuse("\(what.printable) is no object")
        }
        return members
    }

    /// Returns the members of an object that has no others than those allowed.
    func members(_ json: JSON, of what: String, allowed: Set<String>)
        throws(Problem) -> [String: JSON]
    {
        var found: [String: JSON] = [:]
        for member in try object(json, what) {
            guard allowed.contains(member.name) else {
                throw refuse("\(what) has the unknown member \"\(member.name.printable)\"")
            }
            found[member.name] = member.value
        }
        return found
    }

    func text(_ json: JSON?, _ what: String) throws(Problem) -> String {
        guard let text = json?.text, !text.isEmpty else { throw refuse("\(what) is no text") }
        return text
    }

    func requirements(_ json: JSON, of scope: String) throws(Problem) -> [TrustRequirement] {
        guard let elements = json.elements, !elements.isEmpty else {
            throw refuse("\(scope) has no list of requirements")
        }
        var requirements: [TrustRequirement] = []
        for element in elements { requirements.append(try requirement(element, of: scope)) }
        return requirements
    }

    private func requirement(_ json: JSON, of scope: String) throws(Problem) -> TrustRequirement {
        switch json["type"]?.text {
        case "insecureAcceptAnything":
            _ = try members(json, of: "a requirement", allowed: ["type"])
            return .accept
        case "reject":
            _ = try members(json, of: "a requirement", allowed: ["type"])
            return .reject
        case "signedBy": return .signedBy(try signedBy(json))
        case "sigstoreSigned": return .sigstoreSigned(try sigstoreSigned(json))
        case "signedBaseLayer": return .unsupported("signedBaseLayer")
        case let kind:
            throw refuse(
                "\(scope) has a requirement of the unknown type \"\((kind ?? "").printable)\"")
        }
    }

    private func signedBy(_ json: JSON) throws(Problem) -> TrustRequirement.SignedBy {
        let what = "a requirement \"signedBy\""
        let found = try members(
            json, of: what,
            allowed: ["type", "keyType", "keyPath", "keyPaths", "keyData", "signedIdentity"])
        let kind = try text(found["keyType"], "\"keyType\" of \(what)")
        guard kind == "GPGKeys" else {
            throw refuse("\(what) has the keyType \"\(kind.printable)\", and GPGKeys is the one known")
        }
        guard let keys = try keys(found, "key", datas: false, what) else {
            throw refuse("\(what) names no keys")
        }
        return TrustRequirement.SignedBy(keys: keys, identity: try identity(found))
    }

    private func sigstoreSigned(_ json: JSON) throws(Problem) -> TrustRequirement.Sigstore {
        let what = "a requirement \"sigstoreSigned\""
        var allowed: Set = ["type", "fulcio", "pki", "signedIdentity"]
        for stem in ["key", "rekorPublicKey"] {
            allowed.formUnion(["\(stem)Path", "\(stem)Paths", "\(stem)Data", "\(stem)Datas"])
        }
        let found = try members(json, of: what, allowed: allowed)
        let keys = try keys(found, "key", datas: true, what)
        let log = try self.keys(found, "rekorPublicKey", datas: true, what)
        let sources = (keys == nil ? 0 : 1) + (found["fulcio"] == nil ? 0 : 1)
        guard sources + (found["pki"] == nil ? 0 : 1) == 1 else {
            throw refuse("\(what) needs one of keys, \"fulcio\" and \"pki\"")
        }
        let signer: TrustRequirement.Signer
        if let keys {
            signer = .keys(keys)
        } else if let json = found["fulcio"] {
            guard log != nil else {
                throw refuse("\(what) with \"fulcio\" needs the public key of a Rekor")
            }
            signer = .fulcio(try fulcio(json))
        } else {
            guard log == nil else { throw refuse("\(what) with \"pki\" takes no key of a Rekor") }
            signer = .pki(try pki(found["pki"] ?? .null))
        }
        return TrustRequirement.Sigstore(
            signer: signer, log: log, identity: try identity(found))
    }

    private func fulcio(_ json: JSON) throws(Problem) -> TrustRequirement.Fulcio {
        let found = try members(
            json, of: "\"fulcio\"", allowed: ["caPath", "caData", "oidcIssuer", "subjectEmail"])
        guard let roots = try keys(found, "ca", datas: false, "\"fulcio\"") else {
            throw refuse("\"fulcio\" names no certificates")
        }
        return TrustRequirement.Fulcio(
            roots: roots, issuer: try text(found["oidcIssuer"], "\"oidcIssuer\""),
            email: try text(found["subjectEmail"], "\"subjectEmail\""))
    }

    private func pki(_ json: JSON) throws(Problem) -> TrustRequirement.PKI {
        let found = try members(
            json, of: "\"pki\"",
            allowed: [
                "caRootsPath", "caRootsData", "caIntermediatesPath", "caIntermediatesData",
                "subjectEmail", "subjectHostname",
            ])
        guard let roots = try keys(found, "caRoots", datas: false, "\"pki\"") else {
            throw refuse("\"pki\" names no certificates")
        }
        var pki = TrustRequirement.PKI(roots: roots)
        pki.intermediates = try keys(found, "caIntermediates", datas: false, "\"pki\"")
        if let email = found["subjectEmail"] { pki.email = try text(email, "\"subjectEmail\"") }
        if let host = found["subjectHostname"] {
            pki.host = try text(host, "\"subjectHostname\"")
        }
        guard pki.email != nil || pki.host != nil else {
            throw refuse("\"pki\" names neither \"subjectEmail\" nor \"subjectHostname\"")
        }
        return pki
    }

    /// Reads `STEMPath`, `STEMPaths`, `STEMData` and `STEMDatas`, of which one may be there.
    private func keys(_ found: [String: JSON], _ stem: String, datas: Bool, _ what: String)
        throws(Problem) -> TrustRequirement.Keys?
    {
        var all: [TrustRequirement.Keys] = []
        if let path = found["\(stem)Path"] { all.append(.files([try text(path, "\(stem)Path")])) }
        if let paths = found["\(stem)Paths"] { all.append(.files(try list(paths, "\(stem)Paths"))) }
        if let data = found["\(stem)Data"] {
            all.append(.inline([try base64(text(data, "\(stem)Data"), "\(stem)Data")]))
        }
        if datas, let many = found["\(stem)Datas"] {
            var keys: [[UInt8]] = []
            for text in try list(many, "\(stem)Datas") {
                keys.append(try base64(text, "\(stem)Datas"))
            }
            all.append(.inline(keys))
        }
        guard all.count < 2 else { throw refuse("\(what) names \"\(stem)…\" more than once") }
        return all.first
    }

    private func list(_ json: JSON, _ what: String) throws(Problem) -> [String] {
        guard let elements = json.elements, !elements.isEmpty else {
            throw refuse("\"\(what)\" is no list")
        }
        var texts: [String] = []
        for element in elements { texts.append(try text(element, "\"\(what)\"")) }
        return texts
    }

    private func base64(_ text: String, _ what: String) throws(Problem) -> [UInt8] {
        guard let bytes = Base64.decode(text), !bytes.isEmpty else {
            throw refuse("\"\(what)\" is no base64")
        }
        return bytes
    }

    private func identity(_ found: [String: JSON]) throws(Problem) -> SignedIdentity {
        guard let json = found["signedIdentity"] else { return .repositoryOrExact }
        func value(_ member: String, and other: String? = nil) throws(Problem) -> [String: String] {
            let allowed = Set(["type", member] + (other.map { [$0] } ?? []))
            let found = try members(json, of: "\"signedIdentity\"", allowed: allowed)
            var texts: [String: String] = [:]
            for name in allowed.sorted() { texts[name] = try text(found[name], "\"\(name)\"") }
            return texts
        }
        func bare(_ identity: SignedIdentity) throws(Problem) -> SignedIdentity {
            _ = try members(json, of: "\"signedIdentity\"", allowed: ["type"])
            return identity
        }
        switch json["type"]?.text {
        case "matchExact": return try bare(.exact)
        case "matchRepoDigestOrExact": return try bare(.repositoryOrExact)
        case "matchRepository": return try bare(.repository)
        case "exactReference":
            let name = try reference(value("dockerReference")["dockerReference"] ?? "")
            guard name.tag != nil || name.digest != nil else {
                throw refuse("\"dockerReference\" has neither tag nor digest")
            }
            return .thisReference(name)
        case "exactRepository":
            return .thisRepository(try reference(value("dockerRepository")["dockerRepository"] ?? ""))
        case "remapIdentity":
            let texts = try value("prefix", and: "signedPrefix")
            let (from, to) = (texts["prefix"] ?? "", texts["signedPrefix"] ?? "")
            for prefix in [from, to] {
                guard SignedIdentity.isPrefix(prefix) else {
                    throw refuse("\"\(prefix.printable)\" is no prefix of an image's name")
                }
            }
            return .remapped(prefix: from, to: to)
        case let kind:
            throw refuse("\"signedIdentity\" has the unknown type \"\((kind ?? "").printable)\"")
        }
    }

    private func reference(_ text: String) throws(Problem) -> ImageReference {
        guard let reference = SignedIdentity.normalized(text) else {
            throw refuse("\"\(text.printable)\" is no image name")
        }
        return reference
    }
}
