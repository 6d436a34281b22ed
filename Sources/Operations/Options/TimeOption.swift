package import Base

/// What stands behind `--since` and `--until`: a time, or a span back from now.
package enum TimeOption {
    /// Returns nanoseconds since 1970.
    ///
    /// Reads seconds since 1970, spans such as `10m`, and RFC 3339 as far as it goes:
    /// `2026-01-31`, `2026-01-31T12:00:00`, `2026-01-31T12:00:00.5+01:00`; without a zone in UTC.
    ///
    /// - Throws: `badValue` for anything else.
    package static func parse(_ text: String, for field: String, now: Int64) throws(Problem)
        -> Int64
    {
        if let seconds = Double(text), seconds >= 0, seconds < 9e9 { return Int64(seconds * 1e9) }
        if let time = calendar(text) { return time }
        guard let span = try? Span.parse(text, for: field) else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no time for \(field)",
                next: "write it like 10m, 2026-01-31 or 2026-01-31T12:00:00Z")
        }
        return now - span
    }

    private static func calendar(_ text: String) -> Int64? {
        let halves = text.split(separator: "T", maxSplits: 1)
        let date = (halves.first ?? "").split(separator: "-").map { Int64($0) ?? -1 }
        guard date.count == 3, (1970...2261).contains(date[0]), (1...12).contains(date[1]),
            (1...31).contains(date[2])
        else { return nil }
        let midnight = days(date[0], date[1], date[2]) * 86_400 * 1_000_000_000
        guard halves.count == 2 else { return midnight }
        return clock(halves[1]).map { midnight + $0 }
    }

    /// Returns nanoseconds since midnight UTC for `12:00:00.5+01:00`.
    private static func clock(_ text: Substring) -> Int64? {
        var text = text
        var offset: Int64 = 0
        if text.hasSuffix("Z") || text.hasSuffix("z") {
            text = text.dropLast()
        } else if let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let zone = text[text.index(after: sign)...].split(separator: ":").map {
                Int64($0) ?? 99
            }
            guard zone.count == 2, zone[0] < 24, zone[1] < 60 else { return nil }
            offset = (zone[0] * 3600 + zone[1] * 60) * (text[sign] == "+" ? 1 : -1)
            text = text[..<sign]
        }
        let parts = text.split(separator: ":")
        guard (2...3).contains(parts.count), let hour = Int64(parts[0]),
            let minute = Int64(parts[1]),
            let second = parts.count == 3 ? Double(parts[2]) : 0, hour < 24, minute < 60,
            second < 61
        else { return nil }
        return (hour * 3600 + minute * 60 - offset) * 1_000_000_000 + Int64(second * 1e9)
    }

    /// Returns the days from 1970-01-01, by the Gregorian calendar.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        // Years begin in March, so that the leap day is their last.
        let shifted = month > 2 ? year : year - 1
        let monthOfYear = (month + 9) % 12
        let dayOfYear = (153 * monthOfYear + 2) / 5 + day - 1
        let leapDays = shifted / 4 - shifted / 100 + shifted / 400
        return shifted * 365 + leapDays + dayOfYear - 719_468
    }
}
