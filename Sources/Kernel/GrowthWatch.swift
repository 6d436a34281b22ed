import CKernel
import Glibc

/// Waits for names to appear in a directory, or for a file to grow. See inotify(7).
package final class GrowthWatch: Sendable {
    private let descriptor: Descriptor

    /// Watches a directory for new names.
    package convenience init(directory: borrowing Descriptor) throws(KernelFault) {
        try self.init(directory, UInt32(IN_CREATE | IN_MOVED_TO))
    }

    /// Watches an open file for what is written to it.
    package convenience init(file: borrowing Descriptor) throws(KernelFault) {
        try self.init(file, UInt32(IN_MODIFY))
    }

    private init(_ watched: borrowing Descriptor, _ events: UInt32) throws(KernelFault) {
        let watch = Descriptor(
            owning: try Gate.call("inotify_init1") { inotify_init1(CInt(IN_CLOEXEC)) })
        let path = "/proc/self/fd/\(watched.number)"
        let number = watch.number
        _ = try Gate.call("inotify_add_watch", on: path) {
            unsafe inotify_add_watch(number, path, events)
        }
        descriptor = watch
    }

    /// Waits for a change and forgets those that have come.
    ///
    /// - Returns: false where something came from `end` instead: nothing will change any more.
    package func wait(or end: borrowing Descriptor) throws(KernelFault) -> Bool {
        var entries = [
            pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0),
            pollfd(fd: end.number, events: Int16(POLLIN), revents: 0),
        ]
        _ = try Gate.call("poll", on: "inotify") {
            unsafe entries.withUnsafeMutableBufferPointer { unsafe poll($0.baseAddress, 2, -1) }
        }
        if entries[0].revents != 0 {
            _ = try descriptor.read(upTo: 16 << 10)
            return true
        }
        return entries[1].revents == 0
    }
}
