package import Base
import Kernel
package import Records
package import Specs

extension House {
    /// Ends a container: its stop signal, the grace, then SIGKILL for all of it.
    ///
    /// - Parameter graceSeconds: nil is the container's own.
    /// - Returns: false where it did not run.
    @discardableResult
    package func stop(_ container: ContainerRecord, graceSeconds: Int?) throws(Problem) -> Bool {
        do throws(Problem) {
            switch try condition(of: container.id) {
            case .created, .ended: return false
            case .unsupervised(let record):
                try endUnsupervised(record)
                return true
            case .monitored:
                return try stopMonitored(container, graceSeconds)
            }
        } catch {
            throw error.during("stopping container \"\(container.name)\"")
        }
    }

    /// Ends a container and starts it again.
    ///
    /// What removes itself at its end is launched again by its monitor: it does not end.
    package func restart(_ container: ContainerRecord, graceSeconds: Int?, ledger: Ledger)
        throws(Problem)
    {
        if container.ephemeral, case .monitored = try condition(of: container.id) {
            do throws(Problem) {
                let connection = try MonitorConnection(
                    house: self, id: container.id, name: container.name)
                try connection.send(.restart(graceSeconds: graceSeconds))
                let patience = grace(of: container, graceSeconds) + MonitorConnection.patience
                if try connection.answer(within: patience) != nil { return }
                throw Problem(.wrongState, "it ended before it ran again")
            } catch {
                throw error.during("restarting container \"\(container.name)\"")
            }
        }
        try stop(container, graceSeconds: graceSeconds)
        var options = StartOptions()
        options.detach = true
        _ = try start(container, ledger: ledger, options: options)
    }

    private static let stopAttempts = 10

    private func stopMonitored(_ container: ContainerRecord, _ graceSeconds: Int?) throws(Problem)
        -> Bool
    {
        let grace = grace(of: container, graceSeconds)
        var problem: Problem?
        for attempt in 0..<House.stopAttempts {
            // It may be ending by itself, and hear nobody any more.
            guard case .monitored = try condition(of: container.id) else { break }
            if attempt > 0 { Clock.pause(milliseconds: 50) }
            do throws(Problem) {
                let connection = try MonitorConnection(
                    house: self, id: container.id, name: container.name)
                try connection.send(.stop(graceSeconds: graceSeconds))
                _ = try connection.end(within: grace + House.killSeconds)
                problem = nil
                break
            } catch {
                problem = error
                if error.code == .timedOut {
                    problem = immortal(container) ?? error
                    break
                }
            }
        }
        if let problem, case .monitored = try condition(of: container.id) { throw problem }
        if case .unsupervised(let record) = try condition(of: container.id) {
            try endUnsupervised(record)
        }
        return true
    }

    /// How long the kernel may take to end what was killed, in seconds.
    private static let killSeconds = 10

    /// Says which process of a container the kernel does not end (F-13); nil where there is none.
    private func immortal(_ container: ContainerRecord) -> Problem? {
        guard let path = try? condition(of: container.id).record?.cgroup,
            let left = try? ControlGroup(path: path).allProcesses(),
            let pid = left.first(where: { Processes.state(of: $0) == "D" })
        else { return nil }
        let program = (try? Files.readText("/proc/\(pid)/comm", limit: 64)) ?? ""
        let place = (try? Files.readText("/proc/\(pid)/wchan", limit: 256)) ?? "0"
        return Problem(
            .timedOut, "container \"\(container.name)\" does not end",
            why: "process \(pid) (\(program.filter { $0 != "\n" }.printable)) was killed, but waits"
                + " in the kernel\(place == "0" ? "" : " (\(place.printable))") for a device or file"
                + " system that does not answer",
            next: "it ends when that answers, or is unmounted by force; repeat the command then")
    }

    /// The seconds a container has to end by itself, as far as the clock can count them.
    private func grace(of container: ContainerRecord, _ wished: Int?) -> Int {
        min(wished ?? Int(container.spec.life.stopSeconds), Int(Int32.max))
    }

    /// Sends a signal to a container's first process.
    package func kill(_ container: ContainerRecord, signal: Signal) throws(Problem) {
        switch try condition(of: container.id) {
        case .created, .ended:
            throw Problem(
                .wrongState, "container \"\(container.name)\" is not running",
                next: "start it with \"martlet start \(container.name)\"")
        case .monitored: try ask(container, .kill(signal: signal))
        case .unsupervised(let record):
            if signal == .kill { return try endUnsupervised(record) }
            guard let mark = record.process else { return }
            try explaining("cannot send \(signal) to container \"\(container.name)\"") {
                () throws(KernelFault) in try Signals.send(signal.number, to: mark.pid)
            }
        }
    }

    /// Waits until a container has ended; nil where nobody could tell its code.
    package func waitForEnd(_ container: ContainerRecord, ledger: Ledger) throws(Problem) -> Int? {
        let before = try condition(of: container.id)
        if case .monitored = before {
            if let connection = try? MonitorConnection(
                house: self, id: container.id, name: container.name)
            {
                try connection.send(.wait)
                if let code = try connection.end() { return code }
            }
        }
        if case .unsupervised(let record) = try condition(of: container.id),
            let mark = record.process
        {
            try explaining("cannot wait for container \"\(container.name)\"") {
                () throws(KernelFault) in
                let process = try ProcessHandle(pid: mark.pid)
                try process.waitUntilItEnds()
            }
        }
        return try condition(of: container.id).record?.exitCode
    }

    /// Kills every process of a container whose monitor was killed before (F-06).
    func endUnsupervised(_ record: MonitorRecord) throws(Problem) {
        let what = "cannot end container \"\(record.name)\", whose monitor was killed"
        try explaining(what) { () throws(KernelFault) in
            if let path = record.cgroup { try ControlGroup(path: path).kill() }
            guard let mark = record.process,
                Processes.isAlive(mark.pid, startTicks: mark.startTicks)
            else { return }
            do throws(KernelFault) {
                let process = try ProcessHandle(pid: mark.pid)
                // The first process of a process-id namespace takes all others with it.
                try process.send(signal: 9)
                try process.waitUntilItEnds()
            } catch  where error.name == "ESRCH" {
                // It has ended by itself.
            }
        }
        clearGroup(of: record)
    }

    /// Removes the control group an ended container left; what the manager removed itself is gone.
    func clearGroup(of record: MonitorRecord) {
        guard let path = record.cgroup else { return }
        // A group that still has a process in it is found again by the next sweep.
        _ = try? ControlGroup(path: path).remove()
    }
}
