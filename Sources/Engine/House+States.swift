package import Base
import Kernel
package import Records
package import Specs

/// What the engine can see of a container without asking its monitor.
package enum ContainerCondition: Equatable, Sendable {
    /// Never started since its creation or the last boot.
    case created
    /// Its monitor lives and says so.
    case monitored(MonitorRecord)
    /// The monitor was killed while the payload runs on (F-06).
    case unsupervised(MonitorRecord)
    /// It has ended; the code is nil where the monitor was killed before it could tell (F-05).
    case ended(MonitorRecord)

    /// The word that `ps` and `inspect` show.
    package var word: String {
        switch self {
        case .created: "created"
        case .monitored(let record): record.status.rawValue
        case .unsupervised: "running"
        case .ended: "exited"
        }
    }

    package var isRunning: Bool {
        switch self {
        case .monitored(let record): record.status != .exited
        case .unsupervised: true
        case .created, .ended: false
        }
    }

    package var record: MonitorRecord? {
        switch self {
        case .created: nil
        case .monitored(let record), .unsupervised(let record), .ended(let record): record
        }
    }
}

extension House {
    /// Whether this process is the main process of a systemd unit. See systemd.exec(5), SYSTEMD_EXEC_PID.
    package var isUnitsMainProcess: Bool {
        caller.environment["SYSTEMD_EXEC_PID"] == "\(Caller.pid())"
    }

    /// Returns what is known of a container's run from its `state.json` and from the kernel.
    package func condition(of id: String) throws(Problem) -> ContainerCondition {
        let path = runDirectory(of: id) + "/state.json"
        let bytes: [UInt8]
        do {
            bytes = try Files.read(path, limit: Limits.documentBytes)
        } catch  where error.name == "ENOENT" {
            return .created
        } catch {
            throw error.problem("cannot read the state of container \"\(id.prefix(12))\"")
        }
        let record = try JSON(parsing: bytes, name: path).decode(MonitorRecord.self, name: path)
        func lives(_ mark: ProcessMark?) -> Bool {
            mark.map { Processes.isAlive($0.pid, startTicks: $0.startTicks) } ?? false
        }
        let boot = try? Processes.bootID()
        guard record.bootID == boot else { return .ended(record) }
        if lives(record.monitor), record.status != .exited { return .monitored(record) }
        if record.status != .exited, lives(record.process) { return .unsupervised(record) }
        return .ended(record)
    }

    /// Returns the host's number of a running container's first process.
    package func payload(of name: String, ledger: Ledger) throws(Problem) -> Int32 {
        let id = try ledger.identify(name)
        let condition = try condition(of: id)
        guard condition.isRunning, let pid = condition.record?.process?.pid else {
            throw Problem(
                .wrongState, "container \"\(name)\" is not running",
                why: "it is \(condition.word)", next: "start it with \"martlet start \(name)\"")
        }
        return pid
    }

    /// Finds an OCI runtime that was asked for in place of ours; nil is the built-in one.
    package func foreignRuntime(_ words: String?) throws(Problem) -> MonitorPlan.ForeignRuntime? {
        guard let words, !words.isEmpty, words != "martlet", words != "martlet-runtime" else {
            return nil
        }
        if words.hasPrefix("/") {
            guard Files.exists(words) else {
                throw Problem(.missingOnMachine, "there is no OCI runtime at \"\(words)\"")
            }
            return .init(path: words)
        }
        let places = [
            "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
        ]
        for place in places where Files.exists("\(place)/\(words)") {
            return .init(path: "\(place)/\(words)")
        }
        throw Problem(
            .missingOnMachine, "there is no OCI runtime \"\(words.printable)\"",
            why: "it is in none of \(places.joined(separator: ", "))",
            next: "install it, or leave --runtime out to use the built-in one")
    }
}
