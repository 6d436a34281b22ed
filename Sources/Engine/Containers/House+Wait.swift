package import Base
import Kernel
package import Records
package import Specs

/// What one can wait for of a container.
package enum WaitCondition: String, Sendable, CaseIterable {
    case configured, created, exited, healthy, initialized, paused, removing, running, stopped
    case stopping, unhealthy

    /// Whether it holds.
    func holds(of condition: ContainerCondition) -> Bool {
        switch self {
        case .configured, .created, .initialized: condition == .created
        case .exited, .stopped: if case .ended = condition { true } else { false }
        case .running: condition.word == "running"
        case .paused: condition.word == "paused"
        case .stopping: condition.word == "stopping"
        case .healthy, .unhealthy:
            condition.isRunning && condition.record?.health?.status.rawValue == rawValue
        // A container is there, or it is gone: nobody sees it go.
        case .removing: false
        }
    }
}

extension House {
    /// Waits until one of the conditions holds; none is `stopped`.
    ///
    /// Nothing is polled: the kernel tells of every change of the container's state file, and of
    /// its monitor's end.
    ///
    /// - Returns: the exit code of a container that has ended; nil otherwise.
    package func wait(
        for conditions: [WaitCondition], of container: ContainerRecord, ledger: Ledger
    ) throws(Problem) -> Int? {
        let wanted = conditions.isEmpty ? [.stopped] : conditions
        if wanted.allSatisfy({ $0 == .stopped || $0 == .exited }) {
            return try waitForEnd(container, ledger: ledger)
        }
        let watch = try explaining("cannot watch the state of container \"\(container.name)\"") {
            () throws(KernelFault) in
            _ = try Files.ensureDirectory(runDirectory(of: container.id))
            return try DirectoryWatch(runDirectory(of: container.id))
        }
        var wasRunning = false
        while true {
            let condition = try condition(of: container.id)
            if wanted.contains(where: { $0.holds(of: condition) }) {
                if case .ended(let record) = condition { return record.exitCode }
                return nil
            }
            if try ledger.record(id: container.id) == nil {
                if wanted.contains(.removing) { return nil }
                throw Problem(.noSuchContainer, "container \"\(container.name)\" was removed")
            }
            if case .ended = condition, wasRunning { try refuseToWait(container, wanted) }
            wasRunning = condition.isRunning
            try waitForChange(watch, condition, container)
        }
    }

    private func refuseToWait(_ container: ContainerRecord, _ wanted: [WaitCondition])
        throws(Problem)
    {
        let words = wanted.map(\.rawValue).joined(separator: " or ")
        throw Problem(
            .wrongState, "container \"\(container.name)\" ended before it was \(words)",
            next: "see \"martlet logs \(container.name)\"")
    }

    private func waitForChange(
        _ watch: borrowing DirectoryWatch, _ condition: ContainerCondition,
        _ container: ContainerRecord
    ) throws(Problem) {
        do throws(KernelFault) {
            // A monitor that is killed writes no more.
            if let monitor = condition.record?.monitor, condition.isRunning,
                let process = try? ProcessHandle(pid: monitor.pid),
                Processes.isAlive(monitor.pid, startTicks: monitor.startTicks)
            {
                try watch.wait(orEndOf: process)
            } else {
                try watch.wait()
            }
        } catch {
            throw error.problem("cannot wait for container \"\(container.name)\"")
        }
    }
}

// MARK: The first of several

extension House {
    /// One of several containers that are waited for.
    private final class Waited {
        let container: ContainerRecord
        /// Its monitor's word that it has ended comes here; nil where nobody asked for the end.
        let monitor: MonitorConnection?
        /// Readable when the monitor has ended, killed or not.
        let end: SharedDescriptor?

        init(
            _ container: ContainerRecord, _ monitor: consuming MonitorConnection?,
            _ end: SharedDescriptor?
        ) {
            self.container = container
            self.monitor = monitor
            self.end = end
        }
    }

    /// Waits until one of the conditions holds of one of the containers; none is `stopped`.
    ///
    /// - Returns: the exit code of that container where it has ended; nil otherwise.
    package func waitForFirst(
        of containers: [ContainerRecord], for conditions: [WaitCondition], ledger: Ledger
    ) throws(Problem) -> Int? {
        let wanted = conditions.isEmpty ? [.stopped] : conditions
        let watch = try explaining("cannot watch the state of containers") {
            () throws(KernelFault) in
            for container in containers {
                _ = try Files.ensureDirectory(runDirectory(of: container.id))
            }
            return try DirectoryWatch(containers.map { runDirectory(of: $0.id) })
        }
        let isAboutTheEnd = wanted.contains { $0 == .stopped || $0 == .exited }
        let all = try containers.map { (container) throws(Problem) in
            try waited(container, isAboutTheEnd)
        }
        while true {
            for one in all {
                let condition = try condition(of: one.container.id)
                if wanted.contains(where: { $0.holds(of: condition) }) {
                    if case .ended(let record) = condition { return record.exitCode }
                    return nil
                }
                // One that removes itself leaves no record; its monitor has told before.
                if try ledger.record(id: one.container.id) == nil {
                    if isAboutTheEnd, one.monitor != nil { return try one.monitor?.end() }
                    if wanted.contains(.removing) { return nil }
                    throw Problem(
                        .noSuchContainer, "container \"\(one.container.name)\" was removed")
                }
            }
            try explaining("cannot wait for containers") { () throws(KernelFault) in
                try watch.wait(orEndOf: all.compactMap(\.end))
            }
        }
    }

    private func waited(_ container: ContainerRecord, _ isAboutTheEnd: Bool) throws(Problem)
        -> Waited
    {
        let condition = try condition(of: container.id)
        guard condition.isRunning, let mark = condition.record?.monitor,
            let process = try? ProcessHandle(pid: mark.pid),
            let end = try? process.descriptor.duplicate()
        else { return Waited(container, nil, nil) }
        guard isAboutTheEnd,
            let monitor = try? MonitorConnection(
                house: self, id: container.id, name: container.name)
        else { return Waited(container, nil, SharedDescriptor(end)) }
        try monitor.send(.wait)
        return Waited(container, monitor, SharedDescriptor(end))
    }
}
