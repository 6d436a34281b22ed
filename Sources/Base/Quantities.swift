/// A number of bytes, written as `512k`, `1.5g`, `64MiB`: powers of 1024, as docker and podman read them.
package enum ByteSize {
    /// - Throws: `badValue` for anything that is not a size, or one beyond 2^63 - 1 bytes.
    package static func parse(_ text: String, for field: String) throws(Problem) -> Int64 {
        let problem = Problem(
            .badValue, "\"\(text.printable)\" is no size for \(field)",
            next: "write a number of bytes, with b, k, m, g or t for larger units: 512m")
        var number = text.lowercased()
        var factor = 1.0
        if number.hasSuffix("ib") {
            number.removeLast(2)
        } else if number.hasSuffix("b") {
            number.removeLast()
        }
        if let last = number.last, let power = "kmgtp".firstIndex(of: last) {
            number.removeLast()
            for _ in 0..."kmgtp".distance(from: "kmgtp".startIndex, to: power) { factor *= 1024 }
        }
        while number.hasSuffix(" ") { number.removeLast() }
        guard !number.isEmpty,
            number.utf8.allSatisfy({ $0.isLetterOrDigit && $0 < 58 || $0 == 46 }),
            let value = Double(number), value * factor < 0x1p63
        else { throw problem }
        return Int64(value * factor)
    }
}

/// A span of time, written as Go and systemd users write it: `1h30m`, `10s`, `500ms`, or bare seconds.
package enum Span {
    /// Returns nanoseconds.
    ///
    /// - Throws: `badValue` for anything that is not a span, a negative one, or one beyond 292 years.
    package static func parse(_ text: String, for field: String) throws(Problem) -> Int64 {
        let problem = Problem(
            .badValue, "\"\(text.printable)\" is no duration for \(field)",
            next: "write it like 10s, 1m30s or 500ms")
        if let seconds = Int64(text), seconds >= 0, seconds < Int64.max / 1_000_000_000 {
            return seconds * 1_000_000_000
        }
        let units: [(String, Double)] = [
            ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9),
            ("h", 3600e9),
        ]
        var rest = Substring(text)
        var total = 0.0
        guard !rest.isEmpty else { throw problem }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let word = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            rest = rest.dropFirst(word.count)
            guard let number = Double(digits), let unit = units.first(where: { $0.0 == word })
            else {
                throw problem
            }
            total += number * unit.1
        }
        guard total < 0x1p63 else { throw problem }
        return Int64(total)
    }
}
