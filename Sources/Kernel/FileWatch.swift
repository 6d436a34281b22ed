import CKernel
import Glibc

/// Waits for changes of a file. See inotify(7).
package struct FileWatch: ~Copyable {
    private let descriptor: Descriptor

    /// Begins to watch the file at `path` for writes, renames and removal.
    package init(_ path: String) throws(KernelFault) {
        let watch = Descriptor(
            owning: try Gate.call("inotify_init1") { inotify_init1(CInt(IN_CLOEXEC)) })
        let number = watch.number
        let events = UInt32(IN_MODIFY | IN_MOVE_SELF | IN_DELETE_SELF | IN_ATTRIB)
        _ = try Gate.call("inotify_add_watch", on: path) {
            unsafe inotify_add_watch(number, path, events)
        }
        descriptor = watch
    }

    /// Waits for a change, at most so long, and forgets those that have come.
    package func wait(upTo milliseconds: Int) throws(KernelFault) {
        var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        let ready = try Gate.call("poll", on: "inotify") {
            unsafe poll(&entry, 1, CInt(clamping: milliseconds))
        }
        if ready > 0 { _ = try descriptor.read(upTo: 4096) }
    }
}
