import Base
import Engine
import Specs

/// What `martlet inspect` shows of images outside the store: skopeo-inspect(1).
enum RemoteInspect {
    /// The options that are about such images alone.
    struct Choices: Equatable, Sendable {
        var raw = false
        var config = false
        var noTags = false
        var platform: Platform?
        var access = RegistryAccess()
    }

    /// Whether a word names a place and not an object of Martlet's.
    static func isPlace(_ word: String) -> Bool {
        ["docker://", "oci:", "oci-archive:", "docker-archive:", "dir:"].contains {
            word.hasPrefix($0)
        }
    }

    static func document(_ words: String, _ choices: Choices, in house: House) throws(Problem)
        -> JSON
    {
        let location = try ImageLocation(words)
        var request = try choices.access.request(.fetch)
        request.platform = choices.platform
        let isRawRoot = choices.raw && !choices.config
        let image = try house.examine(location, request, onlyRoot: isRawRoot)
        // Byte for byte, as its digest is over the bytes.
        if isRawRoot { return .string(String(decoding: image.rootBytes, as: UTF8.self)) }
        guard let parts = image.image else { throw Problem(.helper, "there is no manifest") }
        if choices.config { return try JSON(parsing: parts.config, name: words) }
        var tags: [JSON] = []
        if case .registry(let reference) = location, !choices.noTags {
            var wish = PullWish()
            wish.request = request
            var repository = reference
            (repository.tag, repository.digest) = (nil, nil)
            tags = try house.tags(of: repository.description, wish).compactMap(\.tag).map {
                .string($0)
            }
        }
        return try summary(image, parts, tags, words)
    }

    private static func summary(
        _ image: ExaminedImage, _ parts: ExaminedImage.Parts, _ tags: [JSON], _ words: String
    ) throws(Problem) -> JSON {
        let json = try JSON(parsing: parts.config, name: "configuration of \(words)")
        let config = json["config"]
        func layer(_ layer: ContentDescriptor) -> JSON {
            .object([
                .init("MIMEType", .string(layer.mediaType)),
                .init("Digest", .string("\(layer.digest)")), .init("Size", .integer(layer.size)),
                .init("Annotations", layer.annotations.map { JSON(encoding: $0) } ?? .null),
            ])
        }
        let layers = parts.manifest.layers
        return .object([
            .init("Name", .string(image.reference?.name ?? "")),
            .init("Digest", .string("\(image.root.digest)")), .init("RepoTags", .array(tags)),
            .init("Created", json["created"] ?? .null),
            .init("DockerVersion", json["docker_version"] ?? .string("")),
            .init("Labels", config?["Labels"] ?? .null),
            .init("Architecture", json["architecture"] ?? .string("")),
            .init("Os", json["os"] ?? .string("")),
            .init("Layers", .array(layers.map { .string("\($0.digest)") })),
            .init("LayersData", .array(layers.map(layer))),
            .init("Env", config?["Env"] ?? .null),
        ])
    }
}

extension Field<SystemInspect.Request> {
    /// The options of `inspect` for images outside the store.
    static var remote: [Field] {
        var fields: [Field] = [
            .flag("raw", "Show the manifest or index of docker://… as it is") {
                $0.remote.raw = $1
            } write: {
                $0.remote.raw
            }.local,
            .flag("config", "Show the configuration of docker://…") {
                $0.remote.config = $1
            } write: {
                $0.remote.config
            }.local,
            .flag("no-tags", short: "n", "Do not ask docker://… for the tags of its repository") {
                $0.remote.noTags = $1
            } write: {
                $0.remote.noTags
            }.local,
            .value("platform", "OS/ARCH[/VARIANT]", "Look at the image of docker://… for it") {
                (request, text) throws(Problem) in
                request.remote.platform = try Platform(text)
            } write: {
                $0.remote.platform?.description
            }.local,
        ]
        fields += Field.access(\.remote.access)
        return fields
    }
}
