import Base
import Kernel

/// How often and after which pauses a failed request is repeated.
package struct Retry: Sendable {
    /// Attempts after the first.
    package var count: Int
    /// The first pause in seconds; each further one is twice as long.
    package var firstPause: Double

    package init(count: Int = 3, firstPause: Double = 1) {
        self.count = count
        self.firstPause = firstPause
    }

    /// Whether an answer with that status may be another one later.
    package static func isPassing(_ status: UInt) -> Bool {
        [408, 429, 500, 502, 503, 504].contains(status)
    }

    /// Returns how long to wait after the attempt of that number, from 0.
    ///
    /// The registry's own wish counts where it is sane, up to `Limits.retryAfterSeconds`. A random
    /// part keeps many clients from coming back at once.
    package func pause(_ attempt: Int, retryAfter: String?) -> Double {
        if let wish = retryAfter.flatMap({ Retry.seconds($0, now: Clock.wall()) }) {
            return min(wish, Limits.retryAfterSeconds)
        }
        let pause = firstPause * Double(1 << min(attempt, 5))
        return min(pause * Double.random(in: 0.8...1.2), Limits.retryAfterSeconds)
    }

    /// Waits; a cancelled task stops waiting and throws.
    func wait(_ seconds: Double) async throws(Problem) {
        do {
            try await Task.sleep(nanoseconds: UInt64(max(0, seconds) * 1e9))
        } catch {
            throw Problem(.remote, "the transfer was given up")
        }
    }

    /// Reads a Retry-After header: seconds, or a date. See RFC 9110, 10.2.3.
    ///
    /// - Returns: nil for what is neither, or lies in the past.
    package static func seconds(_ text: String, now: Int64) -> Double? {
        if !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) {
            return Double(text).map { min($0, 1e9) }
        }
        let parts = text.split(separator: " ")
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        guard parts.count == 6, parts[5] == "GMT", let day = Int64(parts[1]),
            (1...31).contains(day),
            let month = months.firstIndex(of: String(parts[2])), let year = Int64(parts[3]),
            (1970...9999).contains(year)
        else { return nil }
        let time = parts[4].split(separator: ":").map { Int64($0) ?? -1 }
        guard time.count == 3, time.allSatisfy({ (0...60).contains($0) }) else { return nil }
        // Days since 1970 by the count of days before each month of a year that begins in March.
        let shifted = month < 2 ? year - 1 : year
        let index = Int64((month + 10) % 12)
        let days =
            shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400
            + (index * 306 + 5) / 10 + day - 1 - 719_468
        let then = ((days * 24 + time[0]) * 60 + time[1]) * 60 + time[2]
        let pause = Double(then) - Double(now) / 1e9
        return pause > 0 ? pause : nil
    }
}
