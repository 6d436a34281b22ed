extension RuntimeConfig.Linux {
    /// What the container's cgroup may use. See runtime-spec config-linux.md, "Control groups".
    package struct Resources: Encodable, Equatable, Sendable {
        package var devices: [DeviceRule]?
        package var memory: Memory?
        package var cpu: CPU?
        package var pids: Pids?
        package var blockIO: BlockIO?
        package var hugepageLimits: [HugepageLimit]?
        package var network: Network?
        package var rdma: [String: Rdma]?
        /// Files of cgroup v2 by name, written as they are.
        package var unified: [String: String]?

        package init() {}
    }
}

extension RuntimeConfig.Linux.Resources {
    /// A rule on which devices may be opened or made.
    package struct DeviceRule: Encodable, Equatable, Sendable {
        package var allow: Bool
        package var type: String?
        package var major: Int64?
        package var minor: Int64?
        package var access: String?

        package init(allow: Bool, access: String? = nil) {
            self.allow = allow
            self.access = access
        }
    }

    /// Memory in bytes; -1 is no limit.
    package struct Memory: Encodable, Equatable, Sendable {
        package var limit: Int64?
        package var reservation: Int64?
        /// Memory and swap together.
        package var swap: Int64?
        package var kernel: Int64?
        package var kernelTCP: Int64?
        package var swappiness: UInt64?
        package var disableOOMKiller: Bool?
        package var useHierarchy: Bool?
        package var checkBeforeUpdate: Bool?

        package init() {}
    }

    /// Processor time and the processors themselves.
    package struct CPU: Encodable, Equatable, Sendable {
        package var shares: UInt64?
        package var quota: Int64?
        package var burst: UInt64?
        package var period: UInt64?
        package var realtimeRuntime: Int64?
        package var realtimePeriod: UInt64?
        package var cpus: String?
        package var mems: String?
        package var idle: Int64?

        package init() {}
    }

    /// The number of tasks; 0 and below is no limit.
    package struct Pids: Encodable, Equatable, Sendable {
        package var limit: Int64?

        package init(limit: Int64?) { self.limit = limit }
    }

    /// Weights and rates of block devices.
    package struct BlockIO: Encodable, Equatable, Sendable {
        package var weight: UInt16?
        package var leafWeight: UInt16?
        package var weightDevice: [WeightDevice]?
        package var throttleReadBpsDevice: [ThrottleDevice]?
        package var throttleWriteBpsDevice: [ThrottleDevice]?
        package var throttleReadIOPSDevice: [ThrottleDevice]?
        package var throttleWriteIOPSDevice: [ThrottleDevice]?

        package init() {}
    }

    /// The weight of one block device.
    package struct WeightDevice: Encodable, Equatable, Sendable {
        package var major: Int64
        package var minor: Int64
        package var weight: UInt16?
        package var leafWeight: UInt16?

        package init(major: Int64, minor: Int64, weight: UInt16?) {
            self.major = major
            self.minor = minor
            self.weight = weight
        }
    }

    /// The rate of one block device, in bytes or operations a second.
    package struct ThrottleDevice: Encodable, Equatable, Sendable {
        package var major: Int64
        package var minor: Int64
        package var rate: UInt64

        package init(major: Int64, minor: Int64, rate: UInt64) {
            self.major = major
            self.minor = minor
            self.rate = rate
        }
    }

    /// The use of huge pages of one size, such as `2MB`.
    package struct HugepageLimit: Encodable, Equatable, Sendable {
        package var pageSize: String
        package var limit: UInt64

        package init(pageSize: String, limit: UInt64) {
            self.pageSize = pageSize
            self.limit = limit
        }
    }

    /// Traffic class and priorities of cgroup v1; refused on v2.
    package struct Network: Encodable, Equatable, Sendable {
        package struct Priority: Encodable, Equatable, Sendable {
            package var name: String
            package var priority: UInt32
        }
        package var classID: UInt32?
        package var priorities: [Priority]?

        package init() {}
    }

    /// The use of one RDMA device.
    package struct Rdma: Encodable, Equatable, Sendable {
        package var hcaHandles: UInt32?
        package var hcaObjects: UInt32?

        package init() {}
    }
}
