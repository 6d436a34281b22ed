package import Base

/// What a monitor records of its container in `state.json`; a reader needs nothing else to tell
/// whether the container lives, and to clear what a killed monitor left.
package struct MonitorRecord: Codable, Equatable, Sendable {
    package var id: String
    package var name: String
    package var status: Status
    /// The kernel's boot this record belongs to; a record of another boot is of the past.
    package var bootID: String
    package var monitor: ProcessMark
    /// The container's first process; nil before it was cloned.
    package var process: ProcessMark?
    /// The network helper.
    package var network: ProcessMark?
    /// Its places on named networks; nil while there are none.
    package var networks: [NetworkState]?
    /// The published ports, those that the kernel chose among them; nil while there are none.
    package var ports: [PortMapping]?
    /// The container's own group, as a path below /sys/fs/cgroup; nil where none was made.
    package var cgroup: String?
    /// Nanoseconds since 1970.
    package var startedAt: Int64?
    package var finishedAt: Int64?
    /// The exit code as `run` passes it on: 128 + number for a signal; nil while unknown.
    package var exitCode: Int?
    package var oomKilled: Bool
    /// How often the restart policy has started it again.
    package var restarts: Int
    /// Whether it was asked to stop by hand, so that no policy starts it again.
    package var stoppedByHand: Bool
    /// Why it could not be started, or what of it does not work any more (its network).
    package var problem: Problem?
    /// How its health check fares; nil where it has none.
    package var health: Health?

    package enum Status: String, Codable, Sendable {
        case starting, running, paused, stopping, exited
    }

    package init(id: String, name: String, bootID: String, monitor: ProcessMark) {
        self.id = id
        self.name = name
        self.bootID = bootID
        self.monitor = monitor
        status = .starting
        oomKilled = false
        restarts = 0
        stoppedByHand = false
    }
}

extension MonitorRecord {
    /// What is known of a container's health.
    package struct Health: Codable, Equatable, Sendable {
        package var status: HealthStatus
        /// Failures in a row that counted.
        package var failingStreak: Int
        /// The file of the newest results, as `HealthLog` has them.
        package var log: String

        package init(status: HealthStatus, failingStreak: Int, log: String) {
            self.status = status
            self.failingStreak = failingStreak
            self.log = log
        }
    }
}

/// A process that cannot be mistaken for a later one with the same number.
package struct ProcessMark: Codable, Equatable, Hashable, Sendable {
    package var pid: Int32
    /// Clock ticks from boot to its start: field 22 of /proc/PID/stat.
    package var startTicks: UInt64

    package init(pid: Int32, startTicks: UInt64) {
        self.pid = pid
        self.startTicks = startTicks
    }
}
