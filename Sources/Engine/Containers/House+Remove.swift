package import Base
import Kernel
package import Records
package import Specs

/// How `rm` goes about it.
package struct RemoveOptions: Equatable, Sendable {
    /// Ends a running container first.
    package var force = false
    /// Removes its anonymous volumes too.
    package var volumes = false
    package var graceSeconds: Int?

    package init() {}
}

extension House {
    /// Removes a container with all that is its own.
    ///
    /// - Throws: `wrongState` where it runs and `force` is off.
    package func remove(_ container: ContainerRecord, ledger: Ledger, options: RemoveOptions)
        throws(Problem)
    {
        do throws(Problem) {
            let hold = try holdStill(container, options)
            defer { _ = hold?.descriptor.number }
            // A container that removes itself may be doing so right now; either way it goes.
            if let record = try condition(of: container.id).record { clearGroup(of: record) }
            // The record goes first: whatever happens after that, none stands without its
            // directories, and what is left belongs to nothing (docs/storage.md, invariant 2).
            try ledger.forget(container)
            var failure: Problem?
            do throws(Problem) { try removeDirectories(of: container.id) } catch { failure = error }
            try ledger.release(name: container.name, id: container.id)
            if let failure { throw failure }
            tell("remove", of: container)
            if options.volumes || container.ephemeral {
                for name in container.anonymousVolumes { try removeVolume(name, ledger: ledger) }
            }
        } catch {
            throw error.during("removing container \"\(container.name)\"")
        }
    }

    /// Ends a container where that is wished, and keeps others from starting it.
    ///
    /// - Returns: the lock that a monitor would need; nil where there is no run-time directory.
    private func holdStill(_ container: ContainerRecord, _ options: RemoveOptions) throws(Problem)
        -> SharedDescriptor?
    {
        let end = Clock.monotonic() + House.holdNanoseconds
        var pause = 1
        while true {
            if try condition(of: container.id).isRunning {
                guard options.force else { throw House.isRunning(container) }
                try stop(container, graceSeconds: options.graceSeconds)
            }
            do throws(KernelFault) {
                let run = try Files.open(runDirectory(of: container.id), [.read, .directory])
                // One that ran between the two looks has ended by now.
                if try run.lock(exclusive: true, waiting: false) { return SharedDescriptor(run) }
            } catch  where error.isAbsence {
                return nil
            } catch {
                throw error.problem("cannot lock container \"\(container.name)\"")
            }
            guard Clock.monotonic() < end else {
                throw Problem(
                    .timedOut,
                    "container \"\(container.name)\" is being started by another command",
                    next: "try again when that has ended")
            }
            Clock.pause(milliseconds: pause)
            pause = min(pause * 2, 50)
        }
    }

    /// How long a start may keep a container from being removed.
    private static let holdNanoseconds: Int64 = 10_000_000_000

    static func isRunning(_ container: ContainerRecord) -> Problem {
        Problem(
            .wrongState, "container \"\(container.name)\" is running",
            next: "stop it first with \"martlet stop \(container.name)\", or use --force")
    }

    /// Removes a volume's record and then its content; content without a record is swept later.
    package func removeVolume(_ name: String, ledger: Ledger) throws(Problem) {
        guard try ledger.volume(named: name) != nil else { return }
        try ledger.remove(volume: name)
        tell("volume", "remove", id: name, name: name)
        try removeVolumeFiles(name)
    }

    /// Removes the directory of a volume that has no record any more.
    func removeVolumeFiles(_ name: String) throws(Problem) {
        let what = "cannot remove the content of volume \"\(name)\""
        let volumes = try explaining(what) { () throws(KernelFault) in
            try Files.open("\(dataPath)/volumes", [.read, .directory])
        }
        do throws(KernelFault) {
            try Files.removeTree(at: volumes, name)
        } catch {
            try inside { () throws(Problem) in
                try explaining(what) { () throws(KernelFault) in
                    try Files.removeTree(at: volumes, name)
                }
            }
        }
    }

    /// Clears what commands and monitors that were killed have left behind: names without a record,
    /// containers that should have removed themselves.
    ///
    /// - Returns: the ids of the containers removed.
    @discardableResult
    package func sweep(_ ledger: Ledger) throws(Problem) -> [String] {
        var removed: [String] = []
        for id in try ledger.sweep() {
            try removeDirectories(of: id)
            removed.append(id)
        }
        for container in try ledger.ephemeralContainers() {
            guard case .ended = try condition(of: container.id) else { continue }
            var options = RemoveOptions()
            options.volumes = true
            try remove(container, ledger: ledger, options: options)
            removed.append(container.id)
        }
        try sweepVolumes(ledger)
        sweepNetworks()
        sweepGroups()
        return removed
    }

    /// Removes groups in the shared scope that a killed monitor left.
    private func sweepGroups() {
        guard let scope = sharedScope(),
            let names = try? Files.names(in: Files.open(scope.directory, [.read, .directory]))
        else { return }
        for id in names where id.utf8.count == 64 {
            let group = scope.child(id)
            // One that is being started has a monitor, and a process in a moment.
            guard (try? group.processes()) == [], let condition = try? condition(of: id) else {
                continue
            }
            if case .monitored = condition { continue }
            _ = try? group.remove()
        }
    }

    /// Removes anonymous volumes that no container has any more. Young ones stay: their container
    /// may be about to be recorded.
    private func sweepVolumes(_ ledger: Ledger) throws(Problem) {
        let old = Clock.wall() - 10_000_000_000
        for volume in try ledger.volumes() where volume.anonymous && volume.created < old {
            if try ledger.users(ofVolume: volume.name).isEmpty {
                try removeVolume(volume.name, ledger: ledger)
            }
        }
    }
}
