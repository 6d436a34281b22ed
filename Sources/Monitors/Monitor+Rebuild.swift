import Base
import Kernel
import Specs

extension Monitor {
    /// Makes the run-time directory anew where somebody has removed it under the running container
    /// (F-21): its lock, its record where it has no other, its door and its state.
    ///
    /// Commands that find none of theirs ask for it with SIGHUP.
    func rebuild() {
        guard outcome == nil, (try? run.descriptor.status().links) == 0 else { return }
        let (plan, run, record) = (plan, run, record)
        attempt { () throws(Problem) in
            let what = "cannot make the run-time directory of container \"\(plan.name)\" anew"
            let isOurs = try explaining(what) { () throws(KernelFault) in
                let made = try Files.ensureDirectory(plan.directories.run)
                // Another may have been started in the meantime.
                guard try made.lock(exclusive: true, waiting: false) else { return false }
                try run.descriptor.take(the: made)
                guard let name = plan.removedName, let record else { return true }
                try record.descriptor.seek(to: 0)
                try Files.replace(
                    at: made, "record.json",
                    with: record.descriptor.readAll(limit: Limits.documentBytes))
                let (parent, last) = Monitor.parts(of: name)
                do throws(KernelFault) {
                    try Files.link(at: Files.ensureDirectory(parent), last, to: plan.id)
                } catch  where !error.isPresence {
                    throw error
                } catch {
                    // It stands.
                }
                return true
            }
            guard isOurs else { return }
            if let door { watch.remove(door) }
            door = nil
            try openDoor()
            try state.update { _ in }
        }
    }
}
