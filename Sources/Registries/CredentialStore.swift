package import Base
import FoundationEssentials
import Kernel
package import Specs

/// Where names and passwords for registries are kept: auth.json, docker's config.json, and helpers.
///
/// See containers-auth.json(5). The most specific entry decides: `host/team/image` before
/// `host/team` before `host`; an entry of one host is never used for another (T-CRED-5).
package struct CredentialStore: Sendable {
    /// Runs a credential helper: its name after `docker-credential-`, and the registry.
    package typealias Helper =
        @Sendable (_ suffix: String, _ registry: String) throws(Problem)
        -> RegistryCredentials?

    let files: ConfigurationFiles
    let view: FileView
    /// The only file to read, where the user named one.
    let explicit: String?
    /// The helpers registries.conf lists; nil reads the files alone.
    var helpers: [String]?
    /// Whether entries have the keys that docker gives them.
    let writesDockerKeys: Bool
    let helper: Helper

    /// Looks in the files that `files` and `explicit` name, with `view` and `helper` as the world.
    package init(
        files: ConfigurationFiles, view: FileView, explicit: String? = nil,
        helpers: [String]? = nil, writesDockerKeys: Bool = false, helper: @escaping Helper
    ) {
        self.files = files
        self.view = view
        self.explicit = explicit
        self.helpers = helpers
        self.writesDockerKeys = writesDockerKeys
        self.helper = helper
    }

    /// Returns what is known for the repository, or nil to go without.
    package func credentials(for reference: ImageReference) throws(Problem) -> RegistryCredentials?
    {
        guard let registry = reference.registry else { return nil }
        for name in helpers ?? ["containers-auth.json"] {
            if name == "containers-auth.json" {
                for path in paths {
                    if let found = try look(in: path, registry: registry, path: reference.path) {
                        return found
                    }
                }
            } else if let found = try helper(name, registry) {
                return found
            }
        }
        return nil
    }

    /// The files in the order in which they are searched; logins are written to the first.
    package var paths: [String] {
        if let explicit { return [explicit] }
        let environment = files.environment
        if let path = environment["REGISTRY_AUTH_FILE"], !path.isEmpty { return [path] }
        let run = environment["XDG_RUNTIME_DIR"] ?? "/run/containers/\(files.uid)"
        var paths = [
            environment["XDG_RUNTIME_DIR"] == nil
                ? "\(run)/auth.json" : "\(run)/containers/auth.json"
        ]
        if let directory = files.userDirectory { paths.append("\(directory)/containers/auth.json") }
        if let directory = environment["DOCKER_CONFIG"], !directory.isEmpty {
            paths.append("\(directory)/config.json")
        } else if let home = environment["HOME"] {
            paths.append("\(home)/.docker/config.json")
        }
        if let home = environment["HOME"] { paths.append("\(home)/.dockercfg") }
        return paths
    }

    private func look(in file: String, registry: String, path: String)
        throws(Problem) -> RegistryCredentials?
    {
        guard let bytes = try view.read(file), !bytes.isEmpty else { return nil }
        let json = try JSON(parsing: bytes, name: file, limit: Limits.configurationBytes)
        if let suffix = json["credHelpers"]?[registry]?.text { return try helper(suffix, registry) }
        let auths = file.hasSuffix(".dockercfg") ? json : json["auths"] ?? .object([])
        var key = "\(registry)/\(path)"
        while true {
            if let entry = auths[key], let found = try read(entry, file, key) { return found }
            guard let slash = key.lastIndex(of: "/") else { break }
            key = String(key[..<slash])
        }
        // Docker's own form of the key: "https://index.docker.io/v1/".
        if case .object(let members) = auths {
            for member in members where CredentialStore.host(of: member.name) == registry {
                if let found = try read(member.value, file, member.name) { return found }
            }
        }
        if let suffix = json["credsStore"]?.text, !suffix.isEmpty {
            return try helper(
                suffix, registry == "docker.io" ? "https://index.docker.io/v1/" : registry)
        }
        return nil
    }

    private func read(_ entry: JSON, _ file: String, _ key: String)
        throws(Problem) -> RegistryCredentials?
    {
        let token = entry["identitytoken"]?.text
        guard let text = entry["auth"]?.text, !text.isEmpty else { return nil }
        let decoded = Data(base64Encoded: text).map { Array($0) }
        guard let bytes = decoded, let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
            throw Problem(
                .badDocument, "the entry \"\(key.printable)\" of \"\(file)\" is malformed",
                why: "its \"auth\" is not the base64 of a name, a colon and a password",
                next: "log in again with \"martlet login\"")
        }
        let password = bytes[(colon + 1)...].reversed().drop { $0 == 0 }.reversed()
        return RegistryCredentials(
            user: String(decoding: bytes[..<colon], as: UTF8.self),
            password: String(decoding: password, as: UTF8.self),
            identityToken: token?.isEmpty == true ? nil : token)
    }

    /// The host a key stands for, whatever scheme and path old versions of docker put around it.
    private static func host(of key: String) -> String {
        var rest = key[...]
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.utf8.count)
        }
        let host = String(rest.prefix { $0 != "/" })
        let isHub = host == "index.docker.io" || host == "registry-1.docker.io"
        guard rest.utf8.count == host.utf8.count || rest != key[...] || isHub else { return "" }
        return isHub ? "docker.io" : host
    }
}

extension CredentialStore {
    /// Keeps credentials for a registry in the first file, which only its owner can read (T-CRED-6).
    package func save(_ credentials: RegistryCredentials, for key: String) throws(Problem) {
        let text = Data("\(credentials.user):\(credentials.password)".utf8).base64EncodedString()
        var entry = [JSON.Member("auth", .string(text))]
        if let token = credentials.identityToken {
            entry.append(JSON.Member("identitytoken", .string(token)))
        }
        let key = try entryKey(key)
        _ = try change { auths in
            auths.removeAll { $0.name == key }
            auths.append(JSON.Member(key, .object(entry)))
            return true
        }
    }

    /// Forgets the credentials for a registry, or all where `key` is nil; false where there were none.
    package func remove(_ key: String?) throws(Problem) -> Bool {
        // To forget what is nowhere makes no place for it.
        guard try view.read(paths[0]) != nil else { return false }
        var wanted = key
        if let key { wanted = try entryKey(key) }
        let name = wanted
        return try change { auths in
            let before = auths.count
            auths.removeAll { name == nil || $0.name == name }
            return auths.count != before
        }
    }

    /// Docker knows no credentials of a part of a registry, and Docker Hub by its old address.
    private func entryKey(_ registry: String) throws(Problem) -> String {
        guard writesDockerKeys else { return registry }
        guard !registry.contains("/") else {
            throw Problem(
                .badValue, "\"\(registry.printable)\" is a part of a registry",
                why: "docker's file has credentials of whole registries alone",
                next: "use --authfile")
        }
        return registry == "docker.io" ? "https://index.docker.io/v1/" : registry
    }

    private func change(_ body: (inout [JSON.Member]) -> Bool) throws(Problem) -> Bool {
        let path = paths[0]
        guard path.hasPrefix("/") else {
            throw Problem(
                .badValue, "\"\(path)\" is no place for credentials", why: "it is not absolute")
        }
        let what = "cannot write \"\(path)\""
        let next = "give --authfile, or set REGISTRY_AUTH_FILE or XDG_RUNTIME_DIR"
        let kept = try explaining(what, next: next) { () throws(KernelFault) in
            try KeptFile(path)
        }
        var document: [JSON.Member] = []
        if let bytes = try view.read(path), !bytes.isEmpty,
            case .object(let members) = try JSON(parsing: bytes, name: path)
        {
            document = members
        }
        var auths: [JSON.Member] = []
        if let place = document.firstIndex(where: { $0.name == "auths" }) {
            if case .object(let members) = document[place].value { auths = members }
            document.remove(at: place)
        }
        guard body(&auths) else { return false }
        document.insert(JSON.Member("auths", .object(auths)), at: 0)
        let bytes = Array((JSON.object(document).text(indent: 4) + "\n").utf8)
        do throws(KernelFault) { try kept.replace(with: bytes, permissions: 0o600) } catch {
            throw error.problem(what, next: next)
        }
        return true
    }
}
