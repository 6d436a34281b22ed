import Base
import Operations

/// The functions of templates: Go's own, and those docker and podman add.
enum TemplateFunctions {
    /// Why a function cannot do what it is asked for.
    struct Refusal: Error {
        let why: String
        init(_ why: String) { self.why = why }
    }

    static let names = [
        "and", "eq", "ge", "gt", "html", "index", "join", "json", "le", "len", "lower", "lt", "ne",
        "not", "or", "pad", "print", "printf", "println", "slice", "split", "title", "truncate",
        "upper", "urlquery",
    ]

    static func call(_ name: String, _ arguments: [JSON]) throws(Refusal) -> JSON {
        switch name {
        case "and", "or": try need(arguments, 1...Int.max).last ?? .null
        case "not": .boolean(!(try need(arguments, 1...1)[0].isTrue))
        case "eq", "ne", "lt", "le", "gt", "ge":
            .boolean(try compare(name, try need(arguments, 2...(name == "eq" ? Int.max : 2))))
        case "len": .integer(try length(try need(arguments, 1...1)[0]))
        case "index": try index(try need(arguments, 1...Int.max))
        case "slice": try slice(try need(arguments, 1...3))
        case "print": .string(print(arguments))
        case "println": .string(arguments.map(TemplateText.plain).joined(separator: " ") + "\n")
        case "printf":
            .string(
                try TemplateText.formatted(
                    try text(try need(arguments, 1...Int.max)[0]), arguments.dropFirst()))
        case "json": .string(try need(arguments, 1...1)[0].text())
        case "lower": .string(try text(try need(arguments, 1...1)[0]).lowercased())
        case "upper": .string(try text(try need(arguments, 1...1)[0]).uppercased())
        case "title": .string(title(try text(try need(arguments, 1...1)[0])))
        case "join": .string(try join(try need(arguments, 2...2)))
        case "split": .array(try split(try need(arguments, 2...2)))
        case "truncate": .string(try truncate(try need(arguments, 2...2)))
        case "pad": .string(try pad(try need(arguments, 3...3)))
        case "html": .string(html(try text(try need(arguments, 1...1)[0])))
        default: .string(Percent.encode(try text(try need(arguments, 1...1)[0])))
        }
    }

    private static func need(_ arguments: [JSON], _ count: ClosedRange<Int>) throws(Refusal)
        -> [JSON]
    {
        guard count.contains(arguments.count) else {
            let wanted =
                count.upperBound == Int.max
                ? "at least \(count.lowerBound)"
                : count.count == 1
                    ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
            throw Refusal("it takes \(wanted) arguments and has \(arguments.count)")
        }
        return arguments
    }

    private static func text(_ value: JSON) throws(Refusal) -> String {
        switch value {
        case .string(let text), .number(let text): return text
        case .boolean(let value): return "\(value)"
        case .null: return ""
        case .array, .object: throw Refusal("\(value.kind) is no text")
        }
    }

    private static func whole(_ value: JSON) throws(Refusal) -> Int {
        guard case .number(let text) = value, let number = Int(text) else {
            throw Refusal("\(value.kind) is no whole number")
        }
        return number
    }

    // MARK: Comparing

    private static func compare(_ name: String, _ values: [JSON]) throws(Refusal) -> Bool {
        if name == "eq" || name == "ne" {
            let isEqual = values.dropFirst().contains { same(values[0], $0) }
            return name == "eq" ? isEqual : !isEqual
        }
        let order: Int
        switch (values[0], values[1]) {
        case (.number(let a), .number(let b)): order = compare(a, b)
        case (.string(let a), .string(let b)):
            let (a, b) = (Array(a.utf8), Array(b.utf8))
            order = a == b ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
        default:
            throw Refusal("\(values[0].kind) and \(values[1].kind) have no order")
        }
        switch name {
        case "lt": return order < 0
        case "le": return order <= 0
        case "gt": return order > 0
        default: return order >= 0
        }
    }

    private static func compare(_ a: String, _ b: String) -> Int {
        if let a = Int64(a), let b = Int64(b) { return a == b ? 0 : a < b ? -1 : 1 }
        let (a, b) = (Double(a) ?? 0, Double(b) ?? 0)
        return a == b ? 0 : a < b ? -1 : 1
    }

    private static func same(_ a: JSON, _ b: JSON) -> Bool {
        if case .number(let a) = a, case .number(let b) = b { return compare(a, b) == 0 }
        return a == b
    }

    // MARK: Lists

    private static func length(_ value: JSON) throws(Refusal) -> Int {
        switch value {
        case .string(let text): return text.utf8.count
        case .array(let elements): return elements.count
        case .object(let members): return members.count
        case .null: return 0
        case .boolean, .number: throw Refusal("\(value.kind) has no length")
        }
    }

    private static func index(_ arguments: [JSON]) throws(Refusal) -> JSON {
        var value = arguments[0]
        for key in arguments.dropFirst() {
            switch value {
            case .array(let elements):
                let index = try whole(key)
                guard elements.indices.contains(index) else {
                    throw Refusal("there is no element \(index) among \(elements.count)")
                }
                value = elements[index]
            case .object: value = value[try text(key)] ?? .string("")
            case .string(let text):
                let bytes = Array(text.utf8)
                let index = try whole(key)
                guard bytes.indices.contains(index) else {
                    throw Refusal("there is no byte \(index) among \(bytes.count)")
                }
                value = .integer(bytes[index])
            case .null: return .null
            case .boolean, .number: throw Refusal("\(value.kind) has no elements")
            }
        }
        return value
    }

    private static func slice(_ arguments: [JSON]) throws(Refusal) -> JSON {
        let count = try length(arguments[0])
        let start = arguments.count > 1 ? try whole(arguments[1]) : 0
        let end = arguments.count > 2 ? try whole(arguments[2]) : count
        guard start >= 0, start <= end, end <= count else {
            throw Refusal("there is no slice from \(start) to \(end) of \(count)")
        }
        switch arguments[0] {
        case .string(let text):
            return .string(String(decoding: Array(text.utf8)[start..<end], as: UTF8.self))
        case .array(let elements): return .array(Array(elements[start..<end]))
        default: throw Refusal("\(arguments[0].kind) has no slices")
        }
    }

    /// docker's order is list and separator; where a pipe hands over the list, they are swapped.
    private static func join(_ arguments: [JSON]) throws(Refusal) -> String {
        let (list, separator) =
            arguments[0].elements != nil || arguments[1].elements == nil
            ? (arguments[0], arguments[1]) : (arguments[1], arguments[0])
        if list == .null { return "" }
        guard let elements = list.elements else { throw Refusal("\(list.kind) is no list") }
        return elements.map(TemplateText.plain).joined(separator: try text(separator))
    }

    private static func split(_ arguments: [JSON]) throws(Refusal) -> [JSON] {
        let whole = Array(try text(arguments[0]).utf8)
        let separator = Array(try text(arguments[1]).utf8)
        guard !separator.isEmpty else {
            return try text(arguments[0]).map { .string(String($0)) }
        }
        var parts: [JSON] = []
        var start = 0
        var at = 0
        while at + separator.count <= whole.count {
            if whole[at..<(at + separator.count)].elementsEqual(separator) {
                parts.append(.string(String(decoding: whole[start..<at], as: UTF8.self)))
                at += separator.count
                start = at
            } else {
                at += 1
            }
        }
        return parts + [.string(String(decoding: whole[start...], as: UTF8.self))]
    }

    // MARK: Texts

    /// Puts a blank between two values where neither is a text, as Go does.
    private static func print(_ values: [JSON]) -> String {
        var out = ""
        for (index, value) in values.enumerated() {
            if index > 0, value.text == nil, values[index - 1].text == nil { out += " " }
            out += TemplateText.plain(value)
        }
        return out
    }

    private static func title(_ text: String) -> String {
        var isFirst = true
        var out = ""
        for character in text {
            out += isFirst ? character.uppercased() : String(character)
            isFirst = character.isWhitespace || character == "-"
        }
        return out
    }

    /// `truncate TEXT COUNT`; a pipe hands the text over as the second.
    private static func truncate(_ arguments: [JSON]) throws(Refusal) -> String {
        if case .number = arguments[1] {
            return String(try text(arguments[0]).prefix(max(0, try whole(arguments[1]))))
        }
        return String(try text(arguments[1]).prefix(max(0, try whole(arguments[0]))))
    }

    /// `pad TEXT BEFORE AFTER`: blanks on both sides of a text that is not empty.
    private static func pad(_ arguments: [JSON]) throws(Refusal) -> String {
        let isPiped = arguments[2].text != nil
        let text = try text(isPiped ? arguments[2] : arguments[0])
        let counts = [
            try whole(arguments[isPiped ? 0 : 1]), try whole(arguments[isPiped ? 1 : 2]),
        ]
        guard counts.allSatisfy({ (0...Limits.templateWidth).contains($0) }) else {
            throw Refusal("a width is from 0 to \(Limits.templateWidth)")
        }
        guard !text.isEmpty else { return text }
        return String(repeating: " ", count: counts[0]) + text
            + String(repeating: " ", count: counts[1])
    }

    private static func html(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "&": out += "&amp;"
            case "\"": out += "&#34;"
            case "'": out += "&#39;"
            default: out.append(character)
            }
        }
        return out
    }
}
