import CKernel
import Glibc

extension ProcessHandle {
    /// Waits until the process has ended, whosever child it is. See pidfd_open(2).
    ///
    /// - Parameter milliseconds: nil waits for ever; false is returned where it still runs then.
    @discardableResult
    package func waitUntilItEnds(upTo milliseconds: Int? = nil) throws(KernelFault) -> Bool {
        var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        let timeout = milliseconds.map { CInt(clamping: $0) } ?? -1
        return try Gate.call("poll", on: "\(pid)") { unsafe poll(&entry, 1, timeout) } > 0
    }
}

extension Processes {
    /// Names this process as `ps` shows it, 15 bytes at most. See proc_pid_comm(5).
    package static func setName(_ name: String) throws(KernelFault) {
        try Files.open("/proc/self/comm", [.write]).writeAll(name)
    }
}
