/// Mounts and volumes.
package struct StorageChoices: Codable, Equatable, Sendable {
    /// In the order given; at one destination the later one wins.
    package var mounts: [MountChoice] = []
    /// Containers whose mounts are used as well: `name[:options]`.
    package var volumesFrom: [String] = []
    /// What happens to VOLUME lines of the image: anonymous, tmpfs or ignore.
    package var imageVolumes = "anonymous"
    /// Bytes of /dev/shm; nil is 64 MiB.
    package var sharedMemoryBytes: Int64?
    package var devices: [DeviceChoice] = []
    /// Device rules of the cgroup, as written.
    package var deviceRules: [String] = []

    package init() {}
}

/// One mount of a container.
package struct MountChoice: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable {
        case bind, volume, tmpfs, image, devpts, ramfs, glob, artifact, overlay
    }
    package var kind: Kind
    /// A path, a volume's name or an image; empty for an anonymous volume and for tmpfs.
    package var source: String
    /// An absolute path inside the container.
    package var destination: String
    package var readOnly = false
    /// What the kernel and the runtime are told beyond that: nosuid, noexec, size=…, rslave …
    package var options: [String] = []
    /// `:U`: the source's owner becomes the container's user.
    package var chown = false
    /// `:z` shared, `:Z` private: SELinux labels, nothing where there is no SELinux.
    package var relabel: String?
    /// Whether the image's files at the destination are copied into an empty new volume.
    package var copyUp: Bool?
    /// Whether a missing source directory of a bind is an error; nil as podman-run(1) has it for the syntax.
    package var createSource = false
    package var subpath: String?
    /// Ids at the mount are mapped: empty is no, `idmap` or `idmap=uids=…`.
    package var idMap: String?
    /// Whether sub-mounts are left out (bind-nonrecursive).
    package var nonRecursive = false

    package init(_ kind: Kind, source: String, destination: String) {
        self.kind = kind
        self.source = source
        self.destination = destination
    }
}

/// A device of the host inside the container.
package struct DeviceChoice: Codable, Equatable, Sendable {
    package var source: String
    package var destination: String
    /// Some of r, w and m.
    package var access = "rwm"

    package init(source: String, destination: String) {
        self.source = source
        self.destination = destination
    }

    /// Whether `source` is the name of a device that a file of the Container Device Interface
    /// describes, and no path.
    package var isDescribed: Bool { !source.hasPrefix("/") }
}
