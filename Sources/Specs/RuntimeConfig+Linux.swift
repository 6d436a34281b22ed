extension RuntimeConfig {
    /// What only Linux has. See runtime-spec config-linux.md.
    package struct Linux: Encodable, Equatable, Sendable {
        package var namespaces: [Namespace]?
        package var uidMappings: [IDMapping]?
        package var gidMappings: [IDMapping]?
        package var timeOffsets: [String: TimeOffset]?
        package var devices: [Device]?
        package var netDevices: [String: NetDevice]?
        package var cgroupsPath: String?
        package var resources: Resources?
        package var intelRdt: IntelRdt?
        package var sysctl: [String: String]?
        package var seccomp: Seccomp?
        package var rootfsPropagation: String?
        package var maskedPaths: [String]?
        package var readonlyPaths: [String]?
        package var mountLabel: String?
        package var personality: Personality?
        package var memoryPolicy: MemoryPolicy?

        package init() {}
    }
}

extension RuntimeConfig.Linux {
    /// A namespace the container has of its own, or joins where `path` is given.
    package struct Namespace: Encodable, Equatable, Sendable {
        package enum Kind: String, Codable, Sendable, CaseIterable {
            case pid, network, mount, ipc, uts, user, cgroup, time
        }
        package var type: Kind
        package var path: String?

        package init(_ type: Kind, path: String? = nil) {
            self.type = type
            self.path = path
        }
    }

    /// How far a clock of a time namespace is set off. See time_namespaces(7).
    package struct TimeOffset: Encodable, Equatable, Sendable {
        package var secs: Int64?
        package var nanosecs: UInt32?

        package init(secs: Int64? = nil, nanosecs: UInt32? = nil) {
            self.secs = secs
            self.nanosecs = nanosecs
        }
    }

    /// A device file to make in the container.
    package struct Device: Encodable, Equatable, Sendable {
        /// `c`, `u`, `b` or `p`.
        package var type: String
        package var path: String
        package var major: Int64?
        package var minor: Int64?
        package var fileMode: UInt32?
        package var uid: UInt32?
        package var gid: UInt32?

        package init(type: String, path: String, major: Int64? = nil, minor: Int64? = nil) {
            self.type = type
            self.path = path
            self.major = major
            self.minor = minor
        }
    }

    /// A link of the host that moves into the container's network namespace.
    package struct NetDevice: Encodable, Equatable, Sendable {
        package var name: String?

        package init(name: String? = nil) { self.name = name }
    }

    /// The execution domain. See personality(2).
    package struct Personality: Encodable, Equatable, Sendable {
        package enum Domain: String, Codable, Sendable {
            case linux = "LINUX"
            case linux32 = "LINUX32"
        }
        package var domain: Domain
        package var flags: [String]?

        package init(domain: Domain) { self.domain = domain }
    }

    /// On which nodes of memory pages are taken. See set_mempolicy(2).
    package struct MemoryPolicy: Encodable, Equatable, Sendable {
        /// `MPOL_BIND` and its like.
        package var mode: String
        /// A list such as `0-1,3`.
        package var nodes: String?
        package var flags: [String]?

        package init(mode: String, nodes: String? = nil, flags: [String]? = nil) {
            self.mode = mode
            self.nodes = nodes
            self.flags = flags
        }
    }

    /// Cache and memory-bandwidth classes of resctrl.
    package struct IntelRdt: Encodable, Equatable, Sendable {
        package var closID: String?
        package var l3CacheSchema: String?
        package var memBwSchema: String?
        package var enableCMT: Bool?
        package var enableMBM: Bool?

        package init() {}
    }
}
