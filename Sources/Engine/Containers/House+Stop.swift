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

    private static let stopAttempts = 10

    private func stopMonitored(_ container: ContainerRecord, _ graceSeconds: Int?) throws(Problem)
        -> Bool
    {
        var problem: Problem?
        for attempt in 0..<House.stopAttempts {
            // It may be ending by itself, and hear nobody any more.
            guard case .monitored = try condition(of: container.id) else { break }
            if attempt > 0 { pause() }
            do throws(Problem) {
                let connection = try MonitorConnection(
                    house: self, id: container.id, name: container.name)
                try connection.send(.stop(graceSeconds: graceSeconds))
                _ = try connection.end()
                problem = nil
                break
            } catch {
                problem = error
            }
        }
        if let problem, case .monitored = try condition(of: container.id) { throw problem }
        if case .unsupervised(let record) = try condition(of: container.id) {
            try endUnsupervised(record)
        }
        return true
    }

    private func pause() {
        var nothing = PollSet()
        _ = try? nothing.wait(upTo: 50)
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
