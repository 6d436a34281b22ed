package import Base
import Documents

/// A list of images in YAML, as `sync --src yaml` reads it. See skopeo-sync(1), "YAML file content".
package struct SyncList: Equatable, Sendable {
    /// What is wanted of one registry, and how it is reached.
    package struct Registry: Equatable, Sendable {
        package var host: String
        package var images: [Image] = []
        package var credentials: RegistryCredentials?
        /// nil follows registries.conf.
        package var verifiesTLS: Bool?
        package var certificateDirectory: String?
    }

    /// A repository below its registry.
    package struct Image: Equatable, Sendable {
        package var path: String
        /// Tags or digests; none stand for every tag.
        package var versions: [String]

        package init(path: String, versions: [String]) {
            self.path = path
            self.versions = versions
        }
    }

    package var registries: [Registry]

    /// Reads a list.
    ///
    /// - Throws: a Problem that names the registry and the key; `notBuilt` for choices of tags that
    ///   are not made.
    package init(parsing bytes: [UInt8], name: String) throws(Problem) {
        let documents = try YAML.parse(bytes, name: name)
        guard documents.count == 1, case .object(let members) = documents[0] else {
            throw Problem(
                .badDocument, "\"\(name.printable)\" is no list of registries",
                next: "see skopeo-sync(1) for how one looks")
        }
        registries = []
        for member in members {
            var registry = Registry(host: member.name)
            let place = "\(name): \(member.name)".printable
            guard case .object(let choices) = member.value else {
                throw SyncList.wrong(place, "it is no table")
            }
            for choice in choices { try registry.read(choice, place) }
            registries.append(registry)
        }
    }

    static func wrong(_ place: String, _ why: String) -> Problem {
        Problem(.badDocument, "cannot read the list of images: \(place)", why: why)
    }
}

extension SyncList.Registry {
    fileprivate mutating func read(_ choice: JSON.Member, _ place: String) throws(Problem) {
        let place = "\(place).\(choice.name.printable)"
        switch (choice.name, choice.value) {
        case ("images", .object(let members)):
            for member in members {
                images.append(
                    SyncList.Image(
                        path: member.name,
                        versions: try Self.versions(
                            member.value, "\(place).\(member.name.printable)")))
            }
        case ("images", .null): break
        case ("tls-verify", .boolean(let verifies)): verifiesTLS = verifies
        case ("cert-dir", .string(let path)): certificateDirectory = path
        case ("credentials", .object):
            let user = choice.value["username"]?.text
            let password = choice.value["password"]?.text
            guard let user, let password else {
                throw SyncList.wrong(place, "username and password are needed")
            }
            credentials = RegistryCredentials(user: user, password: password)
        case ("images-by-tag-regex", _), ("images-by-semver", _):
            throw Problem(
                .notBuilt, "tags are not chosen by \"\(choice.name)\" (\(place))",
                next: "list them one by one under \"images\"")
        default: throw SyncList.wrong(place, "it is unknown, or not of the right type")
        }
    }

    private static func versions(_ value: JSON, _ place: String) throws(Problem) -> [String] {
        switch value {
        case .null: return []
        case .array(let items):
            return try items.map { item throws(Problem) in
                switch item {
                case .string(let text): return text
                // A tag such as 1.10 is written without quotes, too.
                case .number(let digits): return digits
                default: throw SyncList.wrong(place, "a tag is no text")
                }
            }
        default: throw SyncList.wrong(place, "it is no list of tags")
        }
    }
}
