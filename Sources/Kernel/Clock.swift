import Glibc

/// The kernel's clocks. See clock_gettime(2).
package enum Clock {
    /// Returns nanoseconds since an unspecified start; never jumps, for spans and time-outs.
    package static func monotonic() -> Int64 { read(CLOCK_MONOTONIC) }

    /// Returns nanoseconds since 1970 UTC; may jump, for records people read.
    package static func wall() -> Int64 { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // Both clocks exist on every Linux, so the call cannot fail.
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// A moment as RFC 3339 has it, in UTC with nanoseconds: `2026-01-31T12:00:00.000000000Z`.
package enum Timestamp {
    package static func text(_ nanoseconds: Int64) -> String {
        var seconds = time_t(nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000).quotient)
        var fraction = nanoseconds - Int64(seconds) * 1_000_000_000
        if fraction < 0 {
            seconds -= 1
            fraction += 1_000_000_000
        }
        var parts = unsafe tm()
        _ = unsafe gmtime_r(&seconds, &parts)
        func pad(_ value: some BinaryInteger, _ width: Int) -> String {
            let digits = "\(value)"
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let date = unsafe [
            pad(parts.tm_year + 1900, 4), pad(parts.tm_mon + 1, 2), pad(parts.tm_mday, 2),
        ]
        let time = unsafe [pad(parts.tm_hour, 2), pad(parts.tm_min, 2), pad(parts.tm_sec, 2)]
        return date.joined(separator: "-") + "T" + time.joined(separator: ":") + "."
            + pad(fraction, 9) + "Z"
    }
}
