package import Base
import Kernel
package import Records

extension House {
    /// Removes everything there is of this user: containers, images, volumes, records, run-time
    /// files, caches.
    package func reset(_ ledger: Ledger) throws(Problem) {
        var failure: Problem?
        func attempt(_ deed: () throws(Problem) -> Void) {
            do throws(Problem) { try deed() } catch {
                if failure == nil { failure = error } else { failure?.others.append(error) }
            }
        }
        var options = RemoveOptions()
        options.force = true
        options.volumes = true
        options.graceSeconds = 0
        for container in try ledger.containers() {
            attempt { () throws(Problem) in
                try remove(container, ledger: ledger, options: options)
            }
        }
        // What still runs would write into what is being removed.
        if let failure { throw failure.during("removing the containers") }
        attempt { () throws(Problem) in
            try inside { () throws(Problem) in try empty(dataPath) }
        }
        attempt { () throws(Problem) in try endStandingNamespace() }
        for path in [runPath, cachePath] {
            attempt { () throws(Problem) in try empty(path) }
        }
        if let failure { throw failure }
    }

    /// Removes all that is in a directory of ours; the directory itself may be a mount.
    private func empty(_ path: String) throws(Problem) {
        guard Files.exists(path) else { return }
        try explaining("cannot empty \"\(path)\"") { () throws(KernelFault) in
            let directory = try Files.open(path, [.read, .directory])
            for name in try Files.names(in: directory) {
                try Files.removeTree(at: directory, name)
            }
        }
    }
}
