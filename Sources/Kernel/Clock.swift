import Glibc

/// The kernel's clocks. See clock_gettime(2).
package enum Clock {
    /// Returns nanoseconds since an unspecified start; never jumps, for spans and time-outs.
    package static func monotonic() -> Int64 { read(CLOCK_MONOTONIC) }

    /// Returns nanoseconds since 1970 UTC; may jump, for records people read.
    package static func wall() -> Int64 { read(CLOCK_REALTIME) }

    /// Does nothing for so long, or until a signal is handled.
    package static func pause(milliseconds: Int) {
        // Not nanosleep(2): this one is allowed to confined programs.
        _ = poll(nil, 0, CInt(clamping: milliseconds))
    }

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
        let day: Int64 = 86_400_000_000_000
        let (days, rest) = floored(nanoseconds, day)
        let date = civil(days)
        let (seconds, fraction) = floored(rest, 1_000_000_000)
        var text = pad(date.year, 4) + "-" + pad(date.month, 2) + "-" + pad(date.day, 2) + "T"
        text += pad(seconds / 3600, 2) + ":" + pad(seconds / 60 % 60, 2) + ":"
        text += pad(seconds % 60, 2) + "." + pad(fraction, 9) + "Z"
        return text
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = "\(value)"
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private static func floored(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// The date of a day counted from 1970-01-01: gmtime(3) would read the files of time zones.
    ///
    /// Years are taken to begin in March, so that a leap day is the last of its year, and come in
    /// cycles of 400 with 146,097 days.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (cycle, inCycle) = floored(days + 719_468, 146_097)
        let years = (inCycle - inCycle / 1460 + inCycle / 36_524 - inCycle / 146_096) / 365
        let inYear = inCycle - (365 * years + years / 4 - years / 100)
        let march = (5 * inYear + 2) / 153
        let month = march < 10 ? march + 3 : march - 9
        return (
            cycle * 400 + years + (month <= 2 ? 1 : 0), month, inYear - (153 * march + 2) / 5 + 1
        )
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
