import CKernel
import Glibc

extension ProcessHandle {
    /// Waits for the end of the process; false where it still runs after so many milliseconds.
    package func hasEnded(within milliseconds: Int) throws(KernelFault) -> Bool {
        var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        let deadline = Clock.monotonic() + Int64(milliseconds) * 1_000_000
        while true {
            let left = max(0, (deadline - Clock.monotonic()) / 1_000_000)
            do {
                return try Gate.call("poll", retrying: false) {
                    unsafe poll(&entry, 1, CInt(clamping: left))
                } > 0
            } catch  where error.number == EINTR {
                continue
            }
        }
    }
}

extension Sockets {
    /// Takes the next connection of a listener that stays its owner's. See accept4(2).
    package static func accept(number listener: CInt) throws(KernelFault) -> Descriptor {
        Descriptor(owning: try Gate.call("accept4") { ck_accept4(listener) })
    }
}

extension Descriptor {
    /// Copies a descriptor that stays its owner's, out of the way of the standard streams.
    package static func copy(of number: CInt) throws(KernelFault) -> CInt {
        try Gate.call("fcntl", on: "F_DUPFD_CLOEXEC") { ck_fcntl(number, F_DUPFD_CLOEXEC, 3) }
    }

    /// Closes a bare number in each program that this process starts.
    package static func keepFromChildren(_ number: CInt) throws(KernelFault) {
        _ = try Gate.call("fcntl", on: "F_SETFD") { ck_fcntl(number, F_SETFD, Int(FD_CLOEXEC)) }
    }

    /// Closes a bare number.
    package static func drop(_ number: CInt) { _ = Glibc.close(number) }
}
