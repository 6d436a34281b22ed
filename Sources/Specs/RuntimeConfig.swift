/// A container as an OCI runtime is told of it: the `config.json` of a bundle.
///
/// Every member of the Linux part of the OCI runtime specification 1.2 is here under its own name;
/// what the specification leaves optional is optional, and members for other systems are left out.
/// See runtime-spec config.md and config-linux.md.
package struct RuntimeConfig: Encodable, Equatable, Sendable {
    /// The version of the specification the document follows.
    package var ociVersion: String
    package var process: Process?
    package var root: Root?
    package var hostname: String?
    package var domainname: String?
    package var mounts: [Mount]?
    package var hooks: Hooks?
    package var annotations: [String: String]?
    package var linux: Linux?

    package init(ociVersion: String = "1.2.0") { self.ociVersion = ociVersion }
}

extension RuntimeConfig {
    /// The container's root file system. See runtime-spec config.md, "Root".
    package struct Root: Encodable, Equatable, Sendable {
        /// Absolute, or relative to the bundle.
        package var path: String
        package var readonly: Bool?

        package init(path: String, readonly: Bool? = nil) {
            self.path = path
            self.readonly = readonly
        }
    }

    /// One mount beyond the root. See runtime-spec config.md, "Mounts".
    package struct Mount: Encodable, Equatable, Sendable {
        package var destination: String
        package var type: String?
        package var source: String?
        package var options: [String]?
        /// Ids of the source as the mount shows them, for an id-mapped mount.
        package var uidMappings: [IDMapping]?
        package var gidMappings: [IDMapping]?

        package init(
            destination: String, type: String? = nil, source: String? = nil,
            options: [String]? = nil
        ) {
            self.destination = destination
            self.type = type
            self.source = source
            self.options = options
        }
    }

    /// A run of ids: `size` ids from `containerID` on are those from `hostID` on outside.
    package struct IDMapping: Encodable, Equatable, Sendable {
        package var containerID: UInt32
        package var hostID: UInt32
        package var size: UInt32

        package init(containerID: UInt32, hostID: UInt32, size: UInt32) {
            self.containerID = containerID
            self.hostID = hostID
            self.size = size
        }
    }

    /// Programs run at points of the container's life. See runtime-spec config.md, "POSIX-platform
    /// Hooks".
    package struct Hooks: Encodable, Equatable, Sendable {
        package var prestart: [Hook]?
        package var createRuntime: [Hook]?
        package var createContainer: [Hook]?
        package var startContainer: [Hook]?
        package var poststart: [Hook]?
        package var poststop: [Hook]?

        package init() {}
    }

    /// One program of `Hooks`; it gets the container's state on its standard input.
    package struct Hook: Encodable, Equatable, Sendable {
        package var path: String
        package var args: [String]?
        package var env: [String]?
        /// Seconds after which the hook counts as failed.
        package var timeout: Int?

        package init(path: String, args: [String]? = nil, env: [String]? = nil, timeout: Int? = nil)
        {
            self.path = path
            self.args = args
            self.env = env
            self.timeout = timeout
        }
    }
}
