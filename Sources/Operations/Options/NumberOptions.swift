package import Base

/// A whole number in decimal digits.
package enum Whole<Number: FixedWidthInteger & Sendable> {
    /// - Throws: `badValue` for anything else, and for numbers the type cannot hold.
    package static func parse(_ text: String, for field: String) throws(Problem) -> Number {
        guard let number = Number(text) else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no number for \(field)",
                next: "write a whole number from \(Number.min) to \(Number.max)")
        }
        return number
    }

    /// Returns a parser for numbers within `range`.
    package static func within(_ range: ClosedRange<Number>) -> ValueParser<Number> {
        { (text, field) throws(Problem) in
            guard let number = Number(text), range.contains(number) else {
                throw Problem(
                    .badValue, "\"\(text.printable)\" is no number for \(field)",
                    next: "write a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }
}

/// A number of processors, in thousandths: `1.5` is 1500.
package enum ProcessorOption {
    /// - Throws: `badValue` for anything that is no decimal number.
    package static func parse(_ text: String, for field: String) throws(Problem) -> Int64 {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let whole = parts.first.map(String.init) ?? ""
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        let digits = (whole + fraction).utf8
        guard !digits.isEmpty, digits.allSatisfy({ $0 >= 48 && $0 <= 57 }),
            let units = Int64(whole.isEmpty ? "0" : whole), units < 1_000_000,
            let thousandths = Int64((fraction + "000").prefix(3))
        else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no number of processors for \(field)",
                next: "write it like 2 or 0.5")
        }
        return units * 1000 + thousandths
    }

    /// Returns the text that `parse` makes this number of.
    package static func text(of thousandths: Int64) -> String {
        let whole = thousandths / 1000
        var fraction = String("\(1000 + thousandths % 1000)".dropFirst())
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return fraction.isEmpty ? "\(whole)" : "\(whole).\(fraction)"
    }
}

/// A size in bytes, or -1 where there is no limit.
package enum LimitOption {
    package static func parse(_ text: String, for field: String) throws(Problem) -> Int64 {
        text == "-1" ? -1 : try ByteSize.parse(text, for: field)
    }
}

/// A mode of files in octal digits.
package enum OctalOption {
    /// - Throws: `badValue` for anything above 07777.
    package static func parse(_ text: String, for field: String) throws(Problem) -> UInt32 {
        guard let mode = UInt32(text, radix: 8), mode <= 0o7777 else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no mode for \(field)",
                next: "write it in octal digits, such as 0022")
        }
        return mode
    }

    /// Returns four octal digits.
    package static func text(of mode: UInt32) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

/// A span of time; a number alone counts seconds, and `disable` is none.
package enum SpanOption {
    package static func parse(_ text: String, for field: String) throws(Problem) -> Int64 {
        text == "disable" ? 0 : try Span.parse(text, for: field)
    }

    /// Returns the shortest text that `parse` makes this span of.
    package static func text(of nanoseconds: Int64) -> String {
        for (unit, name) in [(Int64(1_000_000_000), "s"), (1_000_000, "ms"), (1_000, "us")]
        where nanoseconds % unit == 0 {
            return "\(nanoseconds / unit)\(name)"
        }
        return "\(nanoseconds)ns"
    }
}
