import Glibc

/// A process that cannot be mistaken for a later one with the same pid: pid and start time.
package struct ProcessIdentity: Hashable, Sendable, CustomStringConvertible {
    package let pid: Int32
    /// Clock ticks after boot, field 22 of /proc/PID/stat. See proc_pid_stat(5).
    package let started: UInt64

    /// `1234-567890`; used in file names.
    package var description: String { "\(pid)-\(started)" }

    /// Reads `pid-started` back.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let pid = Int32(parts[0]), pid > 0, let started = UInt64(parts[1])
        else {
            return nil
        }
        self.pid = pid
        self.started = started
    }

    /// Returns the mark of a process, or nil where there is none with that pid.
    package init?(of pid: Int32) {
        guard let stat = try? Files.readText("/proc/\(pid)/stat", limit: 64 << 10),
            // The second field is the program's name in parentheses and may hold anything.
            let end = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let started = UInt64(fields[19]) else { return nil }
        self.pid = pid
        self.started = started
    }

    /// The mark of this process.
    ///
    /// Without /proc the start time is unknown and 0, which no later process can have either.
    package static func own() -> ProcessIdentity {
        ProcessIdentity(of: getpid()) ?? ProcessIdentity(pid: getpid(), started: 0)
    }

    private init(pid: Int32, started: UInt64) {
        self.pid = pid
        self.started = started
    }

    /// Whether that very process still runs.
    package var isAlive: Bool { ProcessIdentity(of: pid) == self }
}
