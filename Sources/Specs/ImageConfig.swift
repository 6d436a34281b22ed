package import Base

/// What an image says of itself: how its containers start, and which layers it has.
///
/// See image-spec config.md; Docker's form has the same members.
package struct ImageConfig: Codable, Hashable, Sendable {
    /// When it was made, as RFC 3339 has it.
    package var created: String?
    package var author: String?
    package var architecture: String?
    package var os: String?
    package var variant: String?
    /// How a container starts where nobody says otherwise.
    package var config: Execution?
    package var rootfs: RootFileSystem
    package var history: [Step]?

    package init(
        created: String? = nil, platform: Platform = .host, config: Execution? = nil,
        diffIDs: [Digest], history: [Step]? = nil
    ) {
        self.created = created
        self.architecture = platform.architecture
        self.os = platform.os
        self.variant = platform.variant
        self.config = config
        self.rootfs = RootFileSystem(type: "layers", diffIDs: diffIDs)
        self.history = history
    }

    /// The defaults of a container made from the image.
    package struct Execution: Codable, Hashable, Sendable {
        package var user: String?
        package var exposedPorts: [String: JSON.Empty]?
        package var environment: [String]?
        package var entrypoint: [String]?
        package var command: [String]?
        package var volumes: [String: JSON.Empty]?
        package var workingDirectory: String?
        package var labels: [String: String]?
        package var stopSignal: String?
        package var healthcheck: Healthcheck?
        package var shell: [String]?
        package var onBuild: [String]?

        package init() {}

        private enum CodingKeys: String, CodingKey {
            case user = "User"
            case exposedPorts = "ExposedPorts"
            case environment = "Env"
            case entrypoint = "Entrypoint"
            case command = "Cmd"
            case volumes = "Volumes"
            case workingDirectory = "WorkingDir"
            case labels = "Labels"
            case stopSignal = "StopSignal"
            case healthcheck = "Healthcheck"
            case shell = "Shell"
            case onBuild = "OnBuild"
        }
    }

    /// How the health of a container is asked for; spans are nanoseconds.
    package struct Healthcheck: Codable, Hashable, Sendable {
        package var test: [String]?
        package var interval: Int64?
        package var timeout: Int64?
        package var startPeriod: Int64?
        package var startInterval: Int64?
        package var retries: Int?

        package init() {}

        private enum CodingKeys: String, CodingKey {
            case test = "Test"
            case interval = "Interval"
            case timeout = "Timeout"
            case startPeriod = "StartPeriod"
            case startInterval = "StartInterval"
            case retries = "Retries"
        }
    }

    /// The layers, lowest first, by the digests of their uncompressed archives.
    package struct RootFileSystem: Codable, Hashable, Sendable {
        package var type: String
        package var diffIDs: [Digest]

        package init(type: String, diffIDs: [Digest]) {
            self.type = type
            self.diffIDs = diffIDs
        }

        private enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }

        package init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            type = try members.decode(String.self, forKey: .type)
            diffIDs = try members.decodeIfPresent([Digest].self, forKey: .diffIDs) ?? []
        }
    }

    /// How one layer came to be.
    package struct Step: Codable, Hashable, Sendable {
        package var created: String?
        package var createdBy: String?
        package var author: String?
        package var comment: String?
        package var emptyLayer: Bool?

        package init(created: String? = nil, createdBy: String? = nil, emptyLayer: Bool? = nil) {
            self.created = created
            self.createdBy = createdBy
            self.emptyLayer = emptyLayer
        }

        private enum CodingKeys: String, CodingKey {
            case created, author, comment
            case createdBy = "created_by"
            case emptyLayer = "empty_layer"
        }
    }

    /// The platform the image says it is for.
    package var platform: Platform {
        Platform(
            os: os ?? "linux", architecture: architecture ?? Platform.host.architecture,
            variant: variant == "" ? nil : variant)
    }
}

extension ImageConfig {
    /// Reads a configuration whose digest has been checked.
    ///
    /// - Parameter layers: how many layers the manifest lists; the configuration must list as many.
    package init(parsing bytes: [UInt8], layers: Int?, name: String) throws(Problem) {
        let json = try JSON(parsing: bytes, name: name, limit: Limits.imageConfigBytes)
        self = try json.decode(ImageConfig.self, name: name)
        if let layers, rootfs.diffIDs.count != layers {
            throw Problem(
                .badDocument, "\"\(name)\" does not belong to its manifest",
                why: "it lists \(rootfs.diffIDs.count) layers and the manifest \(layers)")
        }
    }
}

extension JSON {
    /// The value of a map that is used as a set: `{"80/tcp": {}}`; whatever stands there is dropped.
    package struct Empty: Codable, Hashable, Sendable {
        package init() {}
        package init(from decoder: any Decoder) throws {}
        package func encode(to encoder: any Encoder) throws {
            _ = encoder.container(keyedBy: Nothing.self)
        }
        private enum Nothing: CodingKey {}
    }
}
