package import Base
import Kernel
package import Specs
import Systemd

/// Which part of a container's output `logs` shows, and whether it waits for more.
package struct LogOptions: Equatable, Sendable {
    package var follow = false
    /// Nanoseconds since 1970.
    package var since: Int64?
    package var until: Int64?
    /// Only so many of the last lines.
    package var tail: Int?

    package init() {}
}

/// A piece of what a container wrote.
package struct LogEntry: Equatable, Sendable {
    package var bytes: [UInt8]
    /// Nanoseconds since 1970, and the same as it stands in the log.
    package var time: Int64
    package var isError: Bool
    /// Whether a line feed follows the bytes.
    package var endsLine: Bool
}

extension House {
    /// Hands out what a container wrote, in order, until the end or, following, until it has ended.
    package func logs(
        of container: ContainerRecord, options: LogOptions, each: (LogEntry) throws(Problem) -> Void
    ) throws(Problem) {
        switch container.spec.log.driver ?? usualDriver(container) {
        case .k8sFile: try fileLogs(container, options, each)
        case .journald: try journalLogs(container, options, each)
        case .none, .passthrough, .passthroughTTY:
            throw Problem(
                .wrongState, "the output of container \"\(container.name)\" is kept nowhere",
                why: "its log driver is \(container.spec.log.driver?.rawValue ?? "none")",
                next: "create it with --log-driver k8s-file or journald")
        }
    }

    /// Where nobody chose, a file in the container's directory tells that it was not the journal.
    private func usualDriver(_ container: ContainerRecord) -> LogChoices.Driver {
        Files.exists(dataDirectory(of: container.id) + "/ctr.log") ? .k8sFile : .journald
    }

    private func fileLogs(
        _ container: ContainerRecord, _ options: LogOptions,
        _ each: (LogEntry) throws(Problem) -> Void
    ) throws(Problem) {
        let path = container.spec.log.path ?? dataDirectory(of: container.id) + "/ctr.log"
        let what = "cannot read the log of container \"\(container.name)\""
        guard Files.exists(path) else { return }
        var follower = try LogFollower(path: path, what: what)
        var entries: [LogEntry] = []
        // The whole file is read where only the end is wanted: a log has a bounded size.
        while let entry = try follower.next() {
            guard options.admits(entry) else { continue }
            guard options.tail != nil else {
                try each(entry)
                continue
            }
            entries.append(entry)
            if let tail = options.tail, entries.count > max(2 * tail, 1024) {
                entries.removeFirst(entries.count - lines(tail, of: entries))
            }
        }
        if let tail = options.tail {
            for entry in entries.suffix(lines(tail, of: entries)) { try each(entry) }
        }
        guard options.follow else { return }
        try follow(container, &follower, options, each)
    }

    /// How many entries make up the last `count` lines.
    private func lines(_ count: Int, of entries: [LogEntry]) -> Int {
        var found = 0
        for (distance, entry) in entries.reversed().enumerated() {
            if entry.endsLine { found += 1 }
            if found > count { return distance }
        }
        return entries.count
    }

    private func follow(
        _ container: ContainerRecord, _ follower: inout LogFollower, _ options: LogOptions,
        _ each: (LogEntry) throws(Problem) -> Void
    ) throws(Problem) {
        follower.follow()
        var watch = try follower.watch()
        var turns = follower.turns
        while true {
            // Asked before the last read, so that nothing written before the end is missed.
            let running = try condition(of: container.id).isRunning
            while let entry = try follower.next() {
                if options.admits(entry) { try each(entry) }
            }
            if !running { return }
            if follower.turns != turns {
                // The new file may have grown before it is watched.
                watch = try follower.watch()
                turns = follower.turns
                continue
            }
            try explaining("cannot wait for the log of container \"\(container.name)\"") {
                () throws(KernelFault) in try watch.wait(upTo: 1000)
            }
        }
    }

    private func journalLogs(
        _ container: ContainerRecord, _ options: LogOptions,
        _ each: (LogEntry) throws(Problem) -> Void
    ) throws(Problem) {
        let log = try JournalLog(
            containerID: container.id,
            JournalLog.Range(since: options.since, until: options.until, last: options.tail))
        while true {
            let running = options.follow ? try condition(of: container.id).isRunning : false
            while let entry = log.next() {
                try each(
                    LogEntry(
                        bytes: entry.bytes, time: entry.time, isError: entry.isError,
                        endsLine: !entry.isPartial))
            }
            if !running { return }
            log.wait(milliseconds: 1000)
        }
    }
}

extension LogOptions {
    func admits(_ entry: LogEntry) -> Bool {
        entry.time >= since ?? .min && entry.time <= until ?? .max
    }
}
