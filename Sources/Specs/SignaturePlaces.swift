package import Base
import Documents

/// What registries.d says: where the signatures of a repository are read and written.
///
/// See containers-registries.d(5). A repository takes what its most specific scope says, key by key.
package struct SignaturePlaces: Equatable, Sendable {
    private struct Entry: Equatable, Sendable {
        var lookaside: String?
        var staging: String?
        var attachments: Bool?
    }

    private var fallback: Entry?
    private var scopes: [String: Entry] = [:]
    /// Where signatures lie if no file says so.
    private var builtIn: String

    /// Reads the user's directory, or else the machine's.
    ///
    /// - Parameter directory: the only one to read, where the user named one.
    package init(_ files: ConfigurationFiles, directory: String? = nil, in view: FileView)
        throws(Problem)
    {
        let home = files.environment["HOME"] ?? ""
        builtIn =
            files.uid == 0
            ? "file:///var/lib/containers/sigstore"
            : "file://\(home)/.local/share/containers/sigstore"
        var places = ["/etc/containers/registries.d"]
        if let user = files.userDirectory { places.insert("\(user)/containers/registries.d", at: 0) }
        if let directory { places = [directory] }
        for place in places {
            let names = try view.names(place)
            for name in names where name.hasSuffix(".yaml") {
                let path = "\(place)/\(name)"
                if let bytes = try view.read(path) { try apply(bytes, path) }
            }
            if !names.isEmpty { return }
        }
    }

    private mutating func apply(_ bytes: [UInt8], _ path: String) throws(Problem) {
        let documents = try YAML.parse(bytes, name: path)
        guard let first = documents.first, first != .null else { return }
        guard documents.count == 1, case .object(let members) = first else {
            throw SignaturePlaces.refuse(path, "it is no mapping")
        }
        for member in members {
            switch member.name {
            case "default-docker":
                if member.value == .null { continue }
                guard fallback == nil else {
                    throw SignaturePlaces.refuse(path, "default-docker stands in two files")
                }
                fallback = try SignaturePlaces.entry(member.value, path)
            case "docker":
                guard case .object(let entries) = member.value else { continue }
                for entry in entries {
                    guard scopes[entry.name] == nil else {
                        throw SignaturePlaces.refuse(
                            path, "\"\(entry.name.printable)\" stands in two files")
                    }
                    scopes[entry.name] = try SignaturePlaces.entry(entry.value, path)
                }
            default:
                throw SignaturePlaces.refuse(path, "\"\(member.name.printable)\" is no known key")
            }
        }
    }

    private static func entry(_ json: JSON, _ path: String) throws(Problem) -> Entry {
        var entry = Entry()
        if json == .null { return entry }
        guard case .object(let members) = json else { throw refuse(path, "a scope is no mapping") }
        for member in members {
            if member.name == "use-sigstore-attachments" {
                guard case .boolean(let flag) = member.value else {
                    throw refuse(path, "\"use-sigstore-attachments\" is neither true nor false")
                }
                entry.attachments = flag
                continue
            }
            guard let text = member.value.text else {
                throw refuse(path, "\"\(member.name.printable)\" is no text")
            }
            switch member.name {
            case "lookaside": entry.lookaside = text
            case "lookaside-staging": entry.staging = text
            // The names of old; the new ones decide where both stand.
            case "sigstore": entry.lookaside = json["lookaside"]?.text ?? text
            case "sigstore-staging": entry.staging = json["lookaside-staging"]?.text ?? text
            default: throw refuse(path, "\"\(member.name.printable)\" is no known key")
            }
        }
        return entry
    }

    private static func refuse(_ path: String, _ why: String) -> Problem {
        Problem(.badDocument, "\"\(path)\" cannot be used", why: why)
    }

    private func entries(_ reference: ImageReference) -> [Entry] {
        // Scopes of this file have no wildcards.
        let names = TrustPolicy.scopes(of: reference).filter { !$0.hasPrefix("*") }
        return names.compactMap { scopes[$0] } + (fallback.map { [$0] } ?? [])
    }

    /// Returns the address below which the signatures of a repository are read.
    package func reading(_ reference: ImageReference) -> String {
        (entries(reference).compactMap(\.lookaside).first ?? builtIn) + "/\(reference.path)"
    }

    /// Returns the address below which the signatures of a repository are written.
    package func writing(_ reference: ImageReference) -> String {
        let place = entries(reference).compactMap { $0.staging ?? $0.lookaside }.first
        return (place ?? builtIn) + "/\(reference.path)"
    }

    /// Returns where registries.d says that the signatures of a scope of policy.json lie, or nil.
    package func lookaside(ofScope scope: String) -> String? {
        let names = TrustDocument.parents(of: scope)
        return names.lazy.compactMap { scopes[$0]?.lookaside }.first ?? fallback?.lookaside
    }

    /// Whether signatures lie in the registry, beside the image.
    package func attaches(_ reference: ImageReference) -> Bool {
        entries(reference).compactMap(\.attachments).first ?? false
    }

    /// Returns where one signature of an image lies; they count from 1.
    package static func address(_ base: String, _ digest: Digest, _ number: Int) -> String {
        "\(base)@\(digest.algorithm.rawValue)=\(digest.hex)/signature-\(number)"
    }
}
