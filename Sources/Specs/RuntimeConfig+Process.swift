extension RuntimeConfig {
    /// The program to run, and as whom. See runtime-spec config.md, "Process".
    package struct Process: Encodable, Equatable, Sendable {
        package var terminal: Bool?
        package var consoleSize: ConsoleSize?
        package var user: User?
        package var args: [String]?
        package var env: [String]?
        /// The working directory: absolute, inside the container.
        package var cwd: String
        package var capabilities: Capabilities?
        package var rlimits: [ResourceLimit]?
        package var noNewPrivileges: Bool?
        package var apparmorProfile: String?
        package var oomScoreAdj: Int?
        package var scheduler: Scheduler?
        package var selinuxLabel: String?
        package var ioPriority: IOPriority?
        package var execCPUAffinity: CPUAffinity?

        package init(args: [String], cwd: String = "/") {
            self.args = args
            self.cwd = cwd
        }
    }

    /// The size of a terminal in characters.
    package struct ConsoleSize: Encodable, Equatable, Sendable {
        package var height: UInt32
        package var width: UInt32

        package init(height: UInt32, width: UInt32) {
            self.height = height
            self.width = width
        }
    }

    /// Ids as the container sees them.
    package struct User: Encodable, Equatable, Sendable {
        package var uid: UInt32
        package var gid: UInt32
        package var umask: UInt32?
        package var additionalGids: [UInt32]?

        package init(uid: UInt32 = 0, gid: UInt32 = 0, additionalGids: [UInt32]? = nil) {
            self.uid = uid
            self.gid = gid
            self.additionalGids = additionalGids
        }
    }

    /// Names such as `CAP_CHOWN` in the five sets of capabilities(7).
    package struct Capabilities: Encodable, Equatable, Sendable {
        package var bounding: [String]?
        package var effective: [String]?
        package var inheritable: [String]?
        package var permitted: [String]?
        package var ambient: [String]?

        package init() {}
    }

    /// One limit of getrlimit(2); `type` is written `RLIMIT_NOFILE`.
    package struct ResourceLimit: Encodable, Equatable, Sendable {
        package var type: String
        package var hard: UInt64
        package var soft: UInt64

        package init(type: String, hard: UInt64, soft: UInt64) {
            self.type = type
            self.hard = hard
            self.soft = soft
        }
    }

    /// What sched_setattr(2) is told.
    package struct Scheduler: Encodable, Equatable, Sendable {
        package enum Policy: String, Codable, Sendable {
            case other = "SCHED_OTHER"
            case fifo = "SCHED_FIFO"
            case roundRobin = "SCHED_RR"
            case batch = "SCHED_BATCH"
            case iso = "SCHED_ISO"
            case idle = "SCHED_IDLE"
            case deadline = "SCHED_DEADLINE"
        }
        package enum Flag: String, Codable, Sendable {
            case resetOnFork = "SCHED_FLAG_RESET_ON_FORK"
            case reclaim = "SCHED_FLAG_RECLAIM"
            case deadlineOverrun = "SCHED_FLAG_DL_OVERRUN"
            case keepPolicy = "SCHED_FLAG_KEEP_POLICY"
            case keepParameters = "SCHED_FLAG_KEEP_PARAMS"
            case utilizationMinimum = "SCHED_FLAG_UTIL_CLAMP_MIN"
            case utilizationMaximum = "SCHED_FLAG_UTIL_CLAMP_MAX"
        }
        package var policy: Policy
        package var nice: Int32?
        package var priority: Int32?
        package var flags: [Flag]?
        package var runtime: UInt64?
        package var deadline: UInt64?
        package var period: UInt64?

        package init(policy: Policy) { self.policy = policy }
    }

    /// What ioprio_set(2) is told.
    package struct IOPriority: Encodable, Equatable, Sendable {
        package enum Class: String, Codable, Sendable {
            case realTime = "IOPRIO_CLASS_RT"
            case bestEffort = "IOPRIO_CLASS_BE"
            case idle = "IOPRIO_CLASS_IDLE"
        }
        package var `class`: Class
        /// 0 where it is left out.
        package var priority: Int?

        package init(class: Class, priority: Int) {
            self.class = `class`
            self.priority = priority
        }
    }

    /// Processors for a process that joins a running container, as lists such as `0-3,7`.
    package struct CPUAffinity: Encodable, Equatable, Sendable {
        package var initial: String?
        package var final: String?

        package init() {}
    }
}
