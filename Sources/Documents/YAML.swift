package import Base
import CYaml

/// YAML, read by libyaml into the tree that JSON is read into.
package enum YAML {
    /// Reads every document of a stream.
    ///
    /// Plain words are null, booleans and numbers as the core schema of YAML 1.2 has them; whole
    /// numbers that begin with 0 are octal, as in YAML 1.1. Refuses names that come twice, sizes
    /// and nesting beyond `Limits`, and tags of other types.
    ///
    /// - Throws: a Problem whose place is line and column in `name`.
    package static func parse(_ bytes: [UInt8], name: String) throws(Problem) -> [JSON] {
        guard bytes.count <= Limits.documentBytes else {
            throw Problem(
                .badDocument, "\"\(name)\" is too large",
                why: "it has \(bytes.count) bytes and \(Limits.documentBytes) are allowed")
        }
        let reader = try YAMLReader(bytes, name: name)
        return try reader.stream()
    }
}

/// One pass over libyaml's events.
// Safety: `raw` is made once, for this object alone, and freed with it.
@safe private final class YAMLReader {
    private let raw: UnsafeMutablePointer<cyaml_reader>
    private let name: String
    private var depth = 0
    private var nodes = 0
    private var anchors: [String: Anchored] = [:]

    /// What an anchor stands for, and of how many nodes it is.
    private struct Anchored {
        let value: JSON
        let nodes: Int
    }

    init(_ bytes: [UInt8], name: String) throws(Problem) {
        guard let made = unsafe cyaml_open(bytes, bytes.count) else {
            throw Problem(.badDocument, "\"\(name)\" cannot be read", why: "there is no memory")
        }
        unsafe raw = made
        self.name = name
    }

    deinit { unsafe cyaml_close(raw) }

    private func next() throws(Problem) -> yaml_event_type_t {
        let type = unsafe cyaml_next(raw)
        if type >= 0 { return yaml_event_type_t(UInt32(type)) }
        var (line, column) = (0, 0)
        let text = unsafe cyaml_fault(raw, &line, &column)
        throw Problem(
            .badDocument, unsafe text.map { unsafe String(cString: $0) } ?? "this is no YAML",
            at: Problem.Place(file: name, line: line + 1, column: column + 1))
    }

    private func wrong(_ what: String) -> Problem {
        var (line, column) = (0, 0)
        unsafe cyaml_place(raw, &line, &column)
        return Problem(
            .badDocument, what,
            at: Problem.Place(file: name, line: line + 1, column: column + 1))
    }

    func stream() throws(Problem) -> [JSON] {
        var documents: [JSON] = []
        while true {
            switch try next() {
            case YAML_STREAM_END_EVENT: return documents
            case YAML_DOCUMENT_START_EVENT:
                anchors = [:]
                documents.append(try value(try next()))
            default: continue
            }
        }
    }

    /// Reads the value that the present event begins.
    private func value(_ event: yaml_event_type_t) throws(Problem) -> JSON {
        nodes += 1
        let before = nodes
        guard nodes <= Limits.jsonMembers else {
            throw wrong("the document has more than \(Limits.jsonMembers) values")
        }
        let anchor = unsafe cyaml_anchor(raw).map { unsafe String(cString: $0) }
        if event == YAML_ALIAS_EVENT {
            guard let anchor, let known = anchors[anchor] else {
                throw wrong("there is no anchor \"\((anchor ?? "").printable)\" before this")
            }
            nodes += known.nodes
            return known.value
        }
        let value: JSON
        switch event {
        case YAML_SCALAR_EVENT: value = try scalar()
        case YAML_SEQUENCE_START_EVENT: value = try sequence()
        case YAML_MAPPING_START_EVENT: value = try mapping()
        default: throw wrong("a value was expected")
        }
        if let anchor { anchors[anchor] = Anchored(value: value, nodes: nodes - before) }
        return value
    }

    private func enter(_ tag: String) throws(Problem) {
        if let given = self.tag, given != tag, given != "!" {
            throw wrong("the tag \"\(given.printable)\" is not known here")
        }
        depth += 1
        guard depth <= Limits.jsonDepth else {
            throw wrong("it is nested deeper than \(Limits.jsonDepth) levels")
        }
    }

    private var tag: String? { unsafe cyaml_tag(raw).map { unsafe String(cString: $0) } }

    private func sequence() throws(Problem) -> JSON {
        try enter("tag:yaml.org,2002:seq")
        defer { depth -= 1 }
        var elements: [JSON] = []
        while true {
            let event = try next()
            if event == YAML_SEQUENCE_END_EVENT { return .array(elements) }
            elements.append(try value(event))
        }
    }

    private func mapping() throws(Problem) -> JSON {
        try enter("tag:yaml.org,2002:map")
        defer { depth -= 1 }
        var members: [JSON.Member] = []
        var names: Set<String> = []
        var merged: [JSON.Member] = []
        while true {
            let event = try next()
            if event == YAML_MAPPING_END_EVENT { break }
            guard event == YAML_SCALAR_EVENT else { throw wrong("a name was expected") }
            let (name, isPlain) = (text, unsafe cyaml_is_plain(raw) != 0)
            if isPlain, name == "<<" {
                merged += try mergeable(try value(try next()))
                continue
            }
            guard names.insert(name).inserted else {
                throw wrong("the name \"\(name.printable)\" comes twice")
            }
            members.append(JSON.Member(name, try value(try next())))
        }
        // What the mapping says itself counts before what it takes over, and what comes first.
        for member in merged where names.insert(member.name).inserted { members.append(member) }
        return .object(members)
    }

    private func mergeable(_ value: JSON) throws(Problem) -> [JSON.Member] {
        switch value {
        case .object(let members): return members
        case .array(let elements):
            var members: [JSON.Member] = []
            for element in elements {
                guard case .object(let some) = element else { break }
                members += some
            }
            return members
        default: throw wrong("only mappings can be merged")
        }
    }

    private var text: String {
        var length = 0
        guard let start = unsafe cyaml_text(raw, &length) else { return "" }
        return unsafe String(
            decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
    }

    private func scalar() throws(Problem) -> JSON {
        let text = text
        let isPlain = unsafe cyaml_is_plain(raw) != 0
        switch tag {
        case nil: return isPlain ? YAMLScalar.resolve(text) : .string(text)
        case "!", "tag:yaml.org,2002:str": return .string(text)
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool",
            "tag:yaml.org,2002:null":
            return YAMLScalar.resolve(text)
        case .some(let tag): throw wrong("the tag \"\(tag.printable)\" is not known here")
        }
    }
}

/// What a plain word is. See yaml.org/spec/1.2.2, "10.3. Core Schema".
enum YAMLScalar {
    static func resolve(_ text: String) -> JSON {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        default: break
        }
        guard let first = text.utf8.first,
            (0x30...0x39).contains(first) || "+-.".utf8.contains(first)
        else { return .string(text) }
        if let whole = whole(text) { return .number(whole) }
        return fraction(text).map { .number($0) } ?? .string(text)
    }

    private static func whole(_ text: String) -> String? {
        let isNegative = text.hasPrefix("-")
        let digits = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        func number(_ digits: Substring, _ radix: Int) -> String? {
            guard let first = digits.utf8.first, first != 0x2B, first != 0x2D,
                let value = UInt64(digits, radix: radix)
            else { return nil }
            return (isNegative && value != 0 ? "-" : "") + "\(value)"
        }
        if digits.hasPrefix("0x") { return number(digits.dropFirst(2), 16) }
        if digits.hasPrefix("0o") { return number(digits.dropFirst(2), 8) }
        if digits.hasPrefix("0b") { return number(digits.dropFirst(2), 2) }
        if digits.utf8.count > 1, digits.hasPrefix("0"), let octal = number(digits, 8) {
            return octal
        }
        return number(digits, 10)
    }

    /// Numbers with a point or an exponent, as JSON writes them.
    private static func fraction(_ text: String) -> String? {
        let known = "0123456789+-.eE".utf8
        guard text.utf8.allSatisfy(known.contains),
            text.utf8.contains(where: { $0 >= 0x30 && $0 <= 0x39 }),
            let value = Double(text), value.isFinite
        else { return nil }
        // What JSON writes so too is kept: 1.10 may be meant as a text.
        if (try? JSON(parsing: Array(text.utf8), name: "")) != nil { return text }
        return "\(value)"
    }
}
