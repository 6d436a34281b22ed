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

extension Timestamp {
    /// Reads a moment as RFC 3339 has it, in UTC or with an offset; nil where it is none.
    package static func parse(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == 45, bytes[7] == 45, bytes[10] == 84, bytes[13] == 58,
            bytes[16] == 58
        else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            Int(String(decoding: bytes[range], as: UTF8.self))
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19)
        else { return nil }
        var parts = unsafe tm()
        unsafe parts.tm_year = CInt(year - 1900)
        unsafe parts.tm_mon = CInt(month - 1)
        unsafe parts.tm_mday = CInt(day)
        unsafe parts.tm_hour = CInt(hour)
        unsafe parts.tm_min = CInt(minute)
        unsafe parts.tm_sec = CInt(second)
        var moment = Int64(unsafe timegm(&parts)) * 1_000_000_000
        var index = 19
        if bytes[index] == 46 {
            var unit: Int64 = 100_000_000
            index += 1
            while index < bytes.count, (48...57).contains(bytes[index]) {
                moment += Int64(bytes[index] - 48) * unit
                unit /= 10
                index += 1
            }
        }
        guard index < bytes.count else { return nil }
        if bytes[index] == 90 { return index + 1 == bytes.count ? moment : nil }
        guard index + 6 == bytes.count, let hours = number(index + 1..<index + 3),
            let minutes = number(index + 4..<index + 6)
        else { return nil }
        let offset = Int64(hours * 3600 + minutes * 60) * 1_000_000_000
        return bytes[index] == 45 ? moment + offset : moment - offset
    }
}
