import Base

/// What is kept of a container that exists: its identity, its spec, and what it holds of the store.
package struct ContainerRecord: Codable, Equatable, Sendable {
    /// 64 hexadecimal digits.
    package var id: String
    package var name: String
    /// Nanoseconds since 1970.
    package var created: Int64
    /// Whether it ends with the session: kept in the run-time directory alone.
    package var ephemeral: Bool
    /// The image's id, or nil with a root directory of the host.
    package var imageID: String?
    /// The name the image was asked for by.
    package var imageName: String?
    package var spec: ContainerSpec
    /// Ids of the image's layers at creation, lowest first.
    package var layers: [String]
    /// Volumes made for this container alone; they go with it.
    package var anonymousVolumes: [String]
    /// Named volumes it mounts.
    package var volumes: [String]
    /// Ids of images that it mounts (`--mount type=image`).
    package var mountedImages: [String]?
    /// Whether it is the one that holds its pod together; nil is no.
    package var infra: Bool?

    /// Whether it owns what the containers of its pod share.
    package var isInfra: Bool { infra == true }

    package init(id: String, name: String, created: Int64, ephemeral: Bool, spec: ContainerSpec) {
        self.id = id
        self.name = name
        self.created = created
        self.ephemeral = ephemeral
        self.spec = spec
        layers = []
        anonymousVolumes = []
        volumes = []
    }

    /// The first of its own subordinate ids, and how many, with `--userns=auto`; they are no other
    /// container's.
    package var ownIDs: IDRange?

    /// Whether it needs the image: it was made from it, or mounts it.
    package func needs(image id: String) -> Bool {
        imageID == id || mountedImages?.contains(id) == true
    }
}

/// How a container ended.
package struct ExitRecord: Codable, Equatable, Sendable {
    package var container: String
    /// nil where the monitor was killed before it could tell (F-05).
    package var status: Int32?
    /// Nanoseconds since 1970.
    package var time: Int64
    package var outOfMemory: Bool

    package init(container: String, status: Int32?, time: Int64, outOfMemory: Bool = false) {
        self.container = container
        self.status = status
        self.time = time
        self.outOfMemory = outOfMemory
    }
}
