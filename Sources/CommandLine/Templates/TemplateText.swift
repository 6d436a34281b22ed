import Base

/// How Go writes values as text.
enum TemplateText {
    /// `%v`: texts bare, lists as `[a b]`, objects as `map[a:1 b:2]`.
    static func plain(_ value: JSON) -> String {
        switch value {
        case .null: "<no value>"
        case .boolean(let value): "\(value)"
        case .number(let text), .string(let text): text
        case .array(let elements): "[" + elements.map(nested).joined(separator: " ") + "]"
        case .object(let members):
            "map["
                + members.sorted { $0.name < $1.name }.map { "\($0.name):\(nested($0.value))" }
                .joined(separator: " ") + "]"
        }
    }

    private static func nested(_ value: JSON) -> String {
        value == .null ? "<nil>" : plain(value)
    }

    /// `printf`. See Go's fmt, "Printing".
    ///
    /// - Throws: where the format asks for what cannot be.
    static func formatted(_ format: String, _ arguments: ArraySlice<JSON>)
        throws(TemplateFunctions.Refusal) -> String
    {
        var out = ""
        var values = arguments
        var rest = Array(format.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            guard scalar == "%" else {
                out.unicodeScalars.append(scalar)
                continue
            }
            var verb = Verb()
            while let flag = rest.first, "-+# 0".unicodeScalars.contains(flag) {
                verb.isLeft = verb.isLeft || flag == "-"
                verb.isZeroed = verb.isZeroed || flag == "0"
                verb.isSigned = verb.isSigned || flag == "+"
                rest.removeFirst()
            }
            verb.width = try number(&rest) ?? 0
            if rest.first == "." {
                rest.removeFirst()
                verb.precision = try number(&rest) ?? 0
            }
            guard let letter = rest.popFirst() else { return out + "%!(NOVERB)" }
            if letter == "%" {
                out += "%"
            } else if let value = values.popFirst() {
                out += verb.text(letter, value)
            } else {
                out += "%!\(letter)(MISSING)"
            }
        }
        return out
    }

    private static func number(_ rest: inout ArraySlice<Unicode.Scalar>)
        throws(TemplateFunctions.Refusal) -> Int?
    {
        var digits = ""
        while let scalar = rest.first, ("0"..."9").contains(scalar) {
            digits.unicodeScalars.append(scalar)
            rest.removeFirst()
        }
        guard !digits.isEmpty else { return nil }
        guard let number = Int(digits), number <= Limits.templateWidth else {
            throw TemplateFunctions.Refusal("a width of \(digits) is too much")
        }
        return number
    }

    private struct Verb {
        var isLeft = false
        var isZeroed = false
        var isSigned = false
        var width = 0
        var precision: Int?

        func text(_ letter: Unicode.Scalar, _ value: JSON) -> String {
            switch (letter, value) {
            case ("v", _): return padded(plain(value))
            case ("s", .string(let text)), ("s", .number(let text)):
                return padded(precision.map { String(text.prefix($0)) } ?? text)
            case ("s", _): return padded(plain(value))
            case ("q", _): return padded(JSON.string(plain(value)).text())
            case ("t", .boolean(let value)): return padded("\(value)")
            case ("d", .number(let text)): return padded(signed(text), isNumber: true)
            case ("f", .number(let text)), ("g", .number(let text)):
                let value = Double(text) ?? 0
                return padded(
                    signed(letter == "f" ? fixed(value) : "\(value)"), isNumber: true)
            case ("x", .number(let text)), ("X", .number(let text)), ("o", .number(let text)),
                ("b", .number(let text)):
                let radix = letter == "o" ? 8 : letter == "b" ? 2 : 16
                let digits = String(Int64(text) ?? 0, radix: radix, uppercase: letter == "X")
                return padded(digits, isNumber: true)
            case ("c", .number(let text)):
                let scalar = UInt32(text).flatMap(Unicode.Scalar.init)
                return padded(scalar.map { String(Character($0)) } ?? "\u{FFFD}")
            default: return "%!\(letter)(\(plain(value)))"
            }
        }

        private func signed(_ text: String) -> String {
            isSigned && !text.hasPrefix("-") ? "+" + text : text
        }

        /// Decimal digits with as many places as asked for, or six.
        private func fixed(_ value: Double) -> String {
            let places = min(precision ?? 6, 15)
            var scale = 1.0
            for _ in 0..<places { scale *= 10 }
            let scaled = (value.magnitude * scale).rounded()
            guard scaled < 0x1p63 else { return "\(value)" }
            let digits = "\(Int64(scaled))"
            let filled = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
            let text =
                places == 0
                ? filled : filled.dropLast(places) + "." + filled.suffix(places)
            return (value < 0 ? "-" : "") + text
        }

        private func padded(_ text: String, isNumber: Bool = false) -> String {
            let missing = width - text.count
            guard missing > 0 else { return text }
            if isLeft { return text + String(repeating: " ", count: missing) }
            guard isNumber, isZeroed else { return String(repeating: " ", count: missing) + text }
            let zeros = String(repeating: "0", count: missing)
            let sign = text.hasPrefix("-") || text.hasPrefix("+") ? String(text.prefix(1)) : ""
            return sign + zeros + text.dropFirst(sign.count)
        }
    }
}
