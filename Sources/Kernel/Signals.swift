import CKernel
import Glibc

/// Signals taken as messages instead of interruptions. See signalfd(2).
package enum Signals {
    /// Blocks the signals and returns a descriptor that is readable when one has come.
    ///
    /// Children begun by `Spawn` get an empty mask; others must call `restore` before they exec.
    package static func descriptor(for signals: [Int32]) throws(KernelFault) -> Descriptor {
        var set = mask(of: signals)
        try change(SIG_BLOCK, &set)
        let flags = CInt(SFD_CLOEXEC) | CInt(SFD_NONBLOCK)
        return Descriptor(owning: try Gate.call("signalfd") { unsafe signalfd(-1, &set, flags) })
    }

    /// One signal that has come.
    package struct Arrival: Sendable {
        package let number: Int32
        /// The sender's process id, 0 for the kernel's own or a sender outside this pid namespace.
        package let sender: Int32
    }

    /// Returns the next signal that has come, or nil.
    package static func next(from descriptor: borrowing Descriptor) throws(KernelFault) -> Arrival?
    {
        var info = signalfd_siginfo()
        let number = descriptor.number
        do {
            let count = try Gate.call("read", on: "signalfd") {
                unsafe read(number, &info, MemoryLayout<signalfd_siginfo>.size)
            }
            guard count == MemoryLayout<signalfd_siginfo>.size else { return nil }
        } catch  where error.number == EAGAIN {
            return nil
        }
        return Arrival(number: Int32(info.ssi_signo), sender: Int32(info.ssi_pid))
    }

    /// Blocks signals without taking them.
    package static func block(_ signals: [Int32]) throws(KernelFault) {
        var set = mask(of: signals)
        try change(SIG_BLOCK, &set)
    }

    /// Lets every signal through and gives each its default action, as a program expects at its
    /// start.
    package static func restore() throws(KernelFault) {
        for number in 1...64 where number != SIGKILL && number != SIGSTOP {
            // 32 and 33 belong to the C library, which refuses them; there is nothing to restore
            // then.
            _ = signal(CInt(number), SIG_DFL)
        }
        var set = mask(of: [])
        try change(SIG_SETMASK, &set)
    }

    /// Ignores a signal; inherited by programs that are executed.
    package static func ignore(_ number: Int32) { _ = signal(number, SIG_IGN) }

    /// Sends a signal to a process; prefer a `ProcessHandle`, which cannot meet a stranger.
    package static func send(_ number: Int32, to pid: Int32) throws(KernelFault) {
        _ = try Gate.call("kill", on: "\(pid)") { kill(pid, number) }
    }

    private static func mask(of signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in signals { unsafe sigaddset(&set, number) }
        return set
    }

    private static func change(_ how: CInt, _ set: inout sigset_t) throws(KernelFault) {
        _ = try Gate.call("sigprocmask") { unsafe sigprocmask(how, &set, nil) }
    }
}
