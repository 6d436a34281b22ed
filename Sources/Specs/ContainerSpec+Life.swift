/// How a container starts, stops and reports.
package struct LifeChoices: Codable, Equatable, Sendable {
    /// `--rm`: everything of it goes when it ends.
    package var remove = false
    /// A number, or a name with or without SIG; nil is the image's or SIGTERM.
    package var stopSignal: String?
    /// Seconds between the stop signal and SIGKILL.
    package var stopSeconds: UInt32 = 10
    package var restart = Restart.never
    /// Seconds after which it is killed; 0 is never.
    package var timeoutSeconds: UInt32 = 0
    package var notify = Notify.container
    package var cgroups = Cgroups.enabled
    package var cgroupParent: String?
    /// An OCI runtime's name or path in place of the built-in one.
    package var runtime: String?
    package var pidFile: String?
    package var monitorPidFile: String?

    package init() {}

    package enum Restart: Codable, Equatable, Sendable {
        case never
        /// nil tries for ever.
        case onFailure(limit: UInt32?)
        case always
        case unlessStopped
    }

    /// Who says that the container is ready (`--sdnotify`).
    package enum Notify: String, Codable, Sendable {
        case container, conmon, healthy, ignore
    }

    /// Where its cgroup lies (`--cgroups`).
    package enum Cgroups: String, Codable, Sendable {
        case enabled, disabled, split
        case noConmon = "no-conmon"
    }
}

/// Where its output goes.
package struct LogChoices: Codable, Equatable, Sendable {
    package enum Driver: String, Codable, Sendable {
        case k8sFile = "k8s-file"
        case journald, none, passthrough
        case passthroughTTY = "passthrough-tty"
    }
    /// nil: the journal inside a unit, a file elsewhere.
    package var driver: Driver?
    package var path: String?
    /// Bytes after which the file is turned over; nil is no limit.
    package var maxBytes: Int64?
    /// Files that are kept, the one that is written among them; nil is two.
    package var maxFiles: Int?
    package var tag: String?
    package var labels: [String: String] = [:]

    package init() {}
}

/// Memory, processors, processes, limits.
package struct ResourceChoices: Codable, Equatable, Sendable {
    package var memoryBytes: Int64?
    package var memoryReservationBytes: Int64?
    /// Memory and swap together; -1 is no limit.
    package var memorySwapBytes: Int64?
    /// Processors in thousandths: 1500 is one and a half.
    package var milliCPUs: Int64?
    package var cpuPeriodMicroseconds: UInt64?
    package var cpuQuotaMicroseconds: Int64?
    package var cpuShares: UInt64?
    package var cpusetCPUs: String?
    package var cpusetMemory: String?
    /// -1 is no limit.
    package var pidsLimit: Int64?
    package var blockWeight: UInt16?
    /// `path:value` pairs as written, by option: device-read-bps and its kin, blkio-weight-device.
    package var blockLimits: [String: [String]] = [:]
    package var oomScoreAdjustment: Int?
    /// `file=value` pairs for cgroup v2 files (`--cgroup-conf`).
    package var unified: [String: String] = [:]
    package var limits: [ProcessLimit] = []
    /// `--ulimit host`: the caller's own limits.
    package var hostLimits = false
    package var sysctls: [String: String] = [:]

    package init() {}
}

/// A limit of setrlimit(2): the kernel's name in lower case without RLIMIT_; -1 is no limit.
package struct ProcessLimit: Codable, Equatable, Sendable {
    package var name: String
    package var soft: Int64
    package var hard: Int64

    package init(name: String, soft: Int64, hard: Int64) {
        self.name = name
        self.soft = soft
        self.hard = hard
    }
}

/// The health check; spans in nanoseconds.
package struct HealthChoices: Codable, Equatable, Sendable {
    /// Words, or one word for a shell when `shell` is on; empty disables the image's own check.
    package var command: [String] = []
    package var shell = false
    /// nil: the image's or 30 s; 0 disables the timer.
    package var interval: Int64?
    package var timeout: Int64?
    package var startPeriod: Int64?
    package var retries: UInt32?
    /// none, kill, restart or stop.
    package var onFailure = "none"
    package var startupCommand: [String] = []
    package var startupShell = false
    package var startupInterval: Int64?
    package var startupTimeout: Int64?
    package var startupRetries: UInt32?
    package var startupSuccesses: UInt32?
    package var logDestination: String?
    package var maxLogCount: UInt32?
    package var maxLogCharacters: UInt32?
    /// `--no-healthcheck`
    package var disabled = false

    package init() {}
}

/// How a container reaches the network and is reached.
package struct NetworkChoices: Codable, Equatable, Sendable {
    /// The kind of its network namespace.
    package enum Mode: Codable, Equatable, Sendable {
        /// Own namespace and a user-mode stack; `options` as written after `slirp4netns:` or `pasta:`.
        case stack(options: [String])
        case none, host
        case container(String)
        case path(String)
        /// One or more named networks, each with its options.
        case named([Attachment])
    }
    /// nil is the default: a user-mode stack.
    package var mode: Mode?
    package var ports: [PortMapping] = []
    package var publishAll = false
    package var exposed: [String] = []
    package var aliases: [String] = []
    package var dns: [String] = []
    package var dnsOptions: [String] = []
    package var dnsSearch: [String] = []
    /// `name:address` as written.
    package var hosts: [String] = []
    package var noHosts = false
    package var hostsFile: String?
    package var noHostname = false
    package var ip: String?
    package var ip6: String?
    package var macAddress: String?

    package init() {}

    package struct Attachment: Codable, Equatable, Sendable {
        package var network: String
        package var options: [String]

        package init(network: String, options: [String]) {
            self.network = network
            self.options = options
        }
    }
}
