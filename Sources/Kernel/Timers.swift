import CKernel
import Glibc

/// A clock that becomes readable when its time has come. See timerfd_create(2).
package struct Timer: ~Copyable {
    /// For a Loop, as readable.
    package let descriptor: Descriptor

    /// Makes a timer that is not set. It goes on while the machine sleeps only in monotonic time.
    package init() throws(KernelFault) {
        let flags = CInt(TFD_CLOEXEC) | CInt(TFD_NONBLOCK)
        descriptor = Descriptor(
            owning: try Gate.call("timerfd_create") { timerfd_create(CLOCK_MONOTONIC, flags) })
    }

    /// Sets it to go off once after `nanoseconds`, and then every `interval`; 0 switches it off.
    package func set(after nanoseconds: Int64, every interval: Int64 = 0) throws(KernelFault) {
        var setting = itimerspec()
        setting.it_value = Timer.span(nanoseconds)
        setting.it_interval = Timer.span(interval)
        let number = descriptor.number
        _ = try Gate.call("timerfd_settime") { unsafe timerfd_settime(number, 0, &setting, nil) }
    }

    /// Takes note that it went off, so that it is not readable any more; false where it had not.
    package func acknowledge() throws(KernelFault) -> Bool {
        do {
            return try !descriptor.read(upTo: 8).isEmpty
        } catch  where error.number == EAGAIN {
            return false
        }
    }

    private static func span(_ nanoseconds: Int64) -> timespec {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return timespec(tv_sec: time_t(seconds), tv_nsec: Int(rest))
    }
}
