import Base
import Kernel
import Specs

/// What a monitor keeps for its container's health check: the state, the timers, the probe that
/// runs, and the newest results.
final class Checkup {
    var health: Health
    /// Goes off when the pause between two probes is over.
    let pauseTimer: Timer
    /// Goes off when a probe lasts too long.
    let lateTimer: Timer
    var probe: Probe?
    /// Clients that wait for the result of the probe that runs.
    var askers: [UInt32] = []
    /// Counts the groups of probes.
    var groupNumber = 0
    /// Why the container is being ended, where its health is the reason.
    var wish: HealthCheck.OnFailure?
    /// Whether systemd has been told that the container is ready.
    var hasToldReady = false
    /// The probe that ended last, for its record.
    private(set) var last: (start: Int64, output: String) = (0, "")
    private var log = HealthLog()

    init(_ check: HealthCheck, _ watch: Watch) throws(Problem) {
        health = Health(check)
        do {
            pauseTimer = try Timer()
            lateTimer = try Timer()
            try watch.loop.add(
                pauseTimer.descriptor, for: .readable, token: Watched(.healthTimer).token)
            try watch.loop.add(
                lateTimer.descriptor, for: .readable, token: Watched(.probeTimer).token)
        } catch {
            throw error.problem("cannot make the timers of the health check")
        }
    }

    /// A command that runs inside.
    final class Probe {
        let pid: Int32
        let output: SharedDescriptor
        /// Nanoseconds since 1970.
        let start: Int64
        /// Nanoseconds it may take.
        let timeout: Int64
        private var bytes: [UInt8] = []

        init(_ pid: Int32, _ output: SharedDescriptor, _ timeout: Int64) {
            self.pid = pid
            self.output = output
            self.timeout = timeout
            start = Clock.wall()
        }

        /// Reads what is there. What goes beyond the limit is dropped, so that nobody waits for us
        /// and nothing is piled up (T-BOMB-4); false where no more will come.
        func read(keeping limit: Int) -> Bool {
            do {
                let more = try output.descriptor.read(upTo: 32 << 10)
                bytes += more.prefix(max(0, limit - bytes.count))
                return !more.isEmpty
            } catch {
                return error.wouldWait
            }
        }

        /// Reads what an ended probe left, as far as it can be kept.
        func drain(keeping limit: Int) -> String {
            var count = -1
            while count != bytes.count, bytes.count < limit {
                count = bytes.count
                if !read(keeping: limit) { break }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Bytes of a probe's output that are kept: a character has at most four.
    var outputLimit: Int {
        let characters = health.check.log.characters
        return characters == 0
            ? Limits.healthOutputBytes : min(Limits.healthOutputBytes, characters * 4)
    }

    /// Takes note of how a probe ended, before its result is recorded.
    func conclude(start: Int64, _ output: String) {
        let characters = health.check.log.characters
        last = (start, characters == 0 ? output : String(output.prefix(characters)))
    }

    /// Keeps a result in the file of results.
    func record(exitCode: Int) throws(Problem) {
        log.status = health.status
        log.failingStreak = health.failingStreak
        log.results.append(
            HealthLog.Result(
                start: Timestamp.text(last.start), end: Timestamp.text(Clock.wall()),
                exitCode: exitCode, output: last.output))
        let wanted = health.check.log.results
        let limit = wanted == 0 ? Limits.healthResults : min(wanted, Limits.healthResults)
        log.results.removeFirst(max(0, log.results.count - limit))
        let path = health.check.log.path
        try explaining("cannot keep the result of the health check in \"\(path)\"") {
            () throws(KernelFault) in
            let slash = path.lastIndex(of: "/") ?? path.startIndex
            let directory = try Files.open(String(path[...slash]), [.read, .directory])
            try Files.replace(
                at: directory, String(path[path.index(after: slash)...]),
                with: JSON(encoding: log).bytes())
        }
    }
}
