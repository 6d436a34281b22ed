/// Spans and sizes as people read them, in docker's and podman's words.
package enum Human {
    /// `2 minutes`, `About an hour`.
    package static func span(_ nanoseconds: Int64) -> String {
        let seconds = max(0, nanoseconds / 1_000_000_000)
        let minutes = seconds / 60
        let hours = (seconds + 1800) / 3600
        let days = hours / 24
        switch seconds {
        case 0: return "Less than a second"
        case 1: return "1 second"
        case ..<60: return "\(seconds) seconds"
        default: break
        }
        if minutes == 1 { return "About a minute" }
        if minutes < 60 { return "\(minutes) minutes" }
        if hours == 1 { return "About an hour" }
        if hours < 48 { return "\(hours) hours" }
        if days < 14 { return "\(days) days" }
        if days < 60 { return "\(days / 7) weeks" }
        return days < 730 ? "\(days / 30) months" : "\(days / 365) years"
    }

    /// `2 minutes ago`, from a time and now, both in nanoseconds since 1970.
    package static func ago(_ time: Int64, now: Int64) -> String { span(now - time) + " ago" }

    /// `80.1 MB`: powers of 1000, three digits.
    package static func size(_ bytes: Int64) -> String { size(bytes, digits: 3, gap: " ") }

    /// `76.41MiB`: powers of 1024, as podman writes sizes where it is asked for IEC units.
    package static func binary(_ bytes: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var value = Double(max(0, bytes))
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        let hundredths = Int64((value * 100).rounded())
        let rest = hundredths % 100
        if rest == 0 { return "\(hundredths / 100)\(units[unit])" }
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)\(units[unit])"
    }

    /// `80.12MB`: powers of 1000, four digits, as docker and podman write sizes within tables.
    package static func compact(_ bytes: Int64) -> String { size(bytes, digits: 4, gap: "") }

    private static func size(_ bytes: Int64, digits: Int, gap: String) -> String {
        let units = ["B", "kB", "MB", "GB", "TB", "PB"]
        var value = Double(max(0, bytes))
        var unit = 0
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        if unit == 0 { return "\(bytes)\(gap)B" }
        let places = value < 9.995 ? digits - 1 : value < 99.95 ? digits - 2 : digits - 3
        let scale = (0..<places).reduce(1.0) { power, _ in power * 10 }
        let rounded = (value * scale).rounded() / scale
        let text = rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)"
        return "\(text)\(gap)\(units[unit])"
    }
}
