import CKernel
import Glibc

/// Waits for changes of a directory's entries. See inotify(7).
package struct DirectoryWatch: ~Copyable {
    private let descriptor: Descriptor

    /// Begins to watch; what changes from now on ends the next wait.
    package init(_ path: String) throws(KernelFault) { try self.init([path]) }

    /// Begins to watch several directories.
    package init(_ paths: [String]) throws(KernelFault) {
        let watch = Descriptor(
            owning: try Gate.call("inotify_init1") {
                inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK))
            })
        let number = watch.number
        let events = UInt32(IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)
        for path in paths {
            _ = try Gate.call("inotify_add_watch", on: path) {
                unsafe inotify_add_watch(number, path, events)
            }
        }
        descriptor = watch
    }

    /// Waits for a change, and forgets those that have come.
    package func wait() throws(KernelFault) {
        var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        _ = try Gate.call("poll", on: "inotify") { unsafe poll(&entry, 1, -1) }
        try forget()
    }

    /// Waits for a change or a process's end, whichever comes first.
    package func wait(orEndOf process: borrowing ProcessHandle) throws(KernelFault) {
        if try Loop.first(descriptor, or: process.descriptor) { try forget() }
    }

    /// Waits for a change or the end of one of several processes, whose handles these are.
    package func wait(orEndOf processes: [SharedDescriptor]) throws(KernelFault) {
        var poll = PollSet()
        _ = poll.add(descriptor, for: .readable)
        for process in processes { _ = poll.add(process.descriptor, for: .readable) }
        _ = try poll.wait(upTo: nil)
        try forget()
    }

    private func forget() throws(KernelFault) {
        do {
            _ = try descriptor.read(upTo: 64 << 10)
        } catch  where error.wouldWait {
            // Nothing has come: the wait ended for another reason.
        }
    }
}
