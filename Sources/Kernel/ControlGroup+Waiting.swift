import CKernel
import Glibc

extension ControlGroup {
    /// Waits until no process is left in the group or below; false where some still are.
    ///
    /// See the kernel's cgroup-v2.rst, "[Un]populated Notification".
    package func waitUntilEmpty(milliseconds: Int) throws(KernelFault) -> Bool {
        let file: Descriptor
        do {
            file = try Files.open("\(directory)/cgroup.events", .read)
        } catch  where error.number == ENOENT || error.number == ENODEV {
            return true
        }
        let deadline = Clock.monotonic() + Int64(milliseconds) * 1_000_000
        while true {
            try file.seek(to: 0)
            let text = String(decoding: try file.readAll(limit: 4096), as: UTF8.self)
            if text.contains("populated 0") { return true }
            let left = (deadline - Clock.monotonic()) / 1_000_000
            if left <= 0 { return false }
            var entry = pollfd(fd: file.number, events: Int16(POLLPRI), revents: 0)
            do {
                _ = try Gate.call("poll", retrying: false) {
                    unsafe poll(&entry, 1, CInt(clamping: left))
                }
            } catch  where error.number == EINTR {
                continue
            }
        }
    }
}
