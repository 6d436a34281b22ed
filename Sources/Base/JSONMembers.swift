/// Why a value of a document is not what it should be, and where it stands.
///
/// The place is found while the fault travels outwards, so reading a sound document costs nothing
/// for it.
package struct JSONFault: Error, Equatable {
    /// The keys to the value, innermost first: `.process`, `[3]`.
    private var keys: [String] = []
    package let reason: String

    package init(_ reason: String) { self.reason = reason }

    /// Returns the fault as one of the value that has this one under `name`.
    package func below(_ name: String) -> JSONFault {
        var fault = self
        fault.keys.append("." + name)
        return fault
    }

    /// Returns the fault as one of the list that has this one as its element.
    package func below(index: Int) -> JSONFault {
        var fault = self
        fault.keys.append("[\(index)]")
        return fault
    }

    /// The path as a person writes it, such as `linux.namespaces[3].type`.
    package var path: String {
        let path = keys.reversed().joined()
        return path.isEmpty
            ? "the document" : String(path.hasPrefix(".") ? path.dropFirst() : path[...])
    }

    /// The fault of the whole document of that name.
    package func problem(in name: String) -> Problem {
        Problem(
            .badDocument, "\"\(name)\" is not what it should be",
            why: reason == JSONFault.missing ? "\(path) is missing" : "\(path): \(reason)")
    }

    static let missing = "is missing"
}

/// A value that reads itself from JSON, member by member.
///
/// `Codable` does the same by generic containers, whose types the runtime makes anew in every
/// process: for a container's configuration that took a third of a start.
package protocol JSONReadable: Decodable {
    init(_ json: JSON) throws(JSONFault)
}

extension JSONReadable {
    package init(from decoder: any Decoder) throws {
        let json = try JSON(from: decoder)
        do {
            try self.init(json)
        } catch {
            let path = error.path
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: error.reason == JSONFault.missing
                        ? "\(path) is missing" : "\(path): \(error.reason)"))
        }
    }
}

/// The members of an object, to be read by name; unknown ones are left alone, and null is absent.
package struct JSONMembers {
    private let members: [JSON.Member]

    package init(_ json: JSON) throws(JSONFault) {
        guard case .object(let members) = json else { throw JSONFault("an object was expected") }
        self.members = members
    }

    /// Returns the member; nil where it is absent or null.
    package subscript(name: String) -> JSON? {
        for member in members where member.name == name {
            if case .null = member.value { return nil }
            return member.value
        }
        return nil
    }

    /// Reads a member that may be absent, by any means.
    @inlinable @inline(__always)
    package func read<Value>(_ name: String, _ body: (JSON) throws(JSONFault) -> Value)
        throws(JSONFault) -> Value?
    {
        guard let value = self[name] else { return nil }
        do { return try body(value) } catch { throw error.below(name) }
    }

    /// Reads a member that must be there, by any means.
    @inlinable @inline(__always)
    package func need<Value>(_ name: String, _ body: (JSON) throws(JSONFault) -> Value)
        throws(JSONFault) -> Value
    {
        guard let value = try read(name, body) else { throw JSONFault.absent(name) }
        return value
    }
}

/// The kinds of members that there are; `need…` are those that must be there.
extension JSONMembers {
    package func text(_ name: String) throws(JSONFault) -> String? {
        try read(name) { json throws(JSONFault) in try json.asText() }
    }

    package func needText(_ name: String) throws(JSONFault) -> String {
        try need(name) { json throws(JSONFault) in try json.asText() }
    }

    package func texts(_ name: String) throws(JSONFault) -> [String]? {
        try read(name) { json throws(JSONFault) in
            try json.list { json throws(JSONFault) in try json.asText() }
        }
    }

    package func needTexts(_ name: String) throws(JSONFault) -> [String] {
        guard let texts = try texts(name) else { throw JSONFault.absent(name) }
        return texts
    }

    package func textTable(_ name: String) throws(JSONFault) -> [String: String]? {
        try read(name) { json throws(JSONFault) in
            try json.table { json throws(JSONFault) in try json.asText() }
        }
    }

    package func flag(_ name: String) throws(JSONFault) -> Bool? {
        try read(name) { json throws(JSONFault) in try json.asFlag() }
    }

    package func needFlag(_ name: String) throws(JSONFault) -> Bool {
        try need(name) { json throws(JSONFault) in try json.asFlag() }
    }

    @inlinable @inline(__always)
    package func number<Number: FixedWidthInteger>(_ name: String) throws(JSONFault) -> Number? {
        try read(name) { json throws(JSONFault) in try json.asNumber(Number.self) }
    }

    @inlinable @inline(__always)
    package func needNumber<Number: FixedWidthInteger>(_ name: String) throws(JSONFault) -> Number {
        try need(name) { json throws(JSONFault) in try json.asNumber(Number.self) }
    }

    @inlinable @inline(__always)
    package func numbers<Number: FixedWidthInteger>(_ name: String) throws(JSONFault) -> [Number]? {
        try read(name) { json throws(JSONFault) in
            try json.list { json throws(JSONFault) in try json.asNumber(Number.self) }
        }
    }

    @inlinable @inline(__always)
    package func word<Word: RawRepresentable<String>>(_ name: String, _ type: Word.Type)
        throws(JSONFault) -> Word?
    {
        try read(name) { json throws(JSONFault) in try json.asWord(type) }
    }

    @inlinable @inline(__always)
    package func needWord<Word: RawRepresentable<String>>(_ name: String, _ type: Word.Type)
        throws(JSONFault) -> Word
    {
        try need(name) { json throws(JSONFault) in try json.asWord(type) }
    }

    @inlinable @inline(__always)
    package func words<Word: RawRepresentable<String>>(_ name: String, _ type: Word.Type)
        throws(JSONFault) -> [Word]?
    {
        try read(name) { json throws(JSONFault) in
            try json.list { json throws(JSONFault) in try json.asWord(type) }
        }
    }

    @inlinable @inline(__always)
    package func value<Value: JSONReadable>(_ name: String, _ type: Value.Type) throws(JSONFault)
        -> Value?
    {
        try read(name) { json throws(JSONFault) in try Value(json) }
    }

    @inlinable @inline(__always)
    package func needValue<Value: JSONReadable>(_ name: String, _ type: Value.Type)
        throws(JSONFault) -> Value
    {
        try need(name) { json throws(JSONFault) in try Value(json) }
    }

    @inlinable @inline(__always)
    package func values<Value: JSONReadable>(_ name: String, _ type: Value.Type) throws(JSONFault)
        -> [Value]?
    {
        try read(name) { json throws(JSONFault) in
            try json.list { json throws(JSONFault) in try Value(json) }
        }
    }

    @inlinable @inline(__always)
    package func table<Value: JSONReadable>(_ name: String, _ type: Value.Type) throws(JSONFault)
        -> [String: Value]?
    {
        try read(name) { json throws(JSONFault) in
            try json.table { json throws(JSONFault) in try Value(json) }
        }
    }
}

extension JSONFault {
    package static func absent(_ name: String) -> JSONFault { JSONFault(missing).below(name) }
}

extension JSON {
    package func asText() throws(JSONFault) -> String {
        guard case .string(let value) = self else { throw JSONFault("a string was expected") }
        return value
    }

    package func asFlag() throws(JSONFault) -> Bool {
        guard case .boolean(let value) = self else { throw JSONFault("true or false was expected") }
        return value
    }

    @inlinable @inline(__always)
    package func asNumber<Number: FixedWidthInteger>(_ type: Number.Type) throws(JSONFault)
        -> Number
    {
        guard case .number(let text) = self else { throw JSONFault("a whole number was expected") }
        guard let value = Number(text) else {
            throw JSONFault("a whole number from \(Number.min) to \(Number.max) was expected")
        }
        return value
    }

    /// Reads one of the words of an enumeration.
    @inlinable @inline(__always)
    package func asWord<Word: RawRepresentable<String>>(_ type: Word.Type) throws(JSONFault) -> Word
    {
        let text = try asText()
        guard let word = Word(rawValue: text) else {
            throw JSONFault("\"\(text.printable)\" is no value for it")
        }
        return word
    }

    @inlinable @inline(__always)
    package func list<Value>(_ body: (JSON) throws(JSONFault) -> Value) throws(JSONFault) -> [Value]
    {
        guard case .array(let elements) = self else { throw JSONFault("an array was expected") }
        var values: [Value] = []
        values.reserveCapacity(elements.count)
        for index in elements.indices {
            do { values.append(try body(elements[index])) } catch {
                throw error.below(index: index)
            }
        }
        return values
    }

    @inlinable @inline(__always)
    package func table<Value>(_ body: (JSON) throws(JSONFault) -> Value) throws(JSONFault)
        -> [String: Value]
    {
        guard case .object(let members) = self else { throw JSONFault("an object was expected") }
        var values: [String: Value] = [:]
        for member in members {
            do { values[member.name] = try body(member.value) } catch {
                throw error.below(member.name)
            }
        }
        return values
    }

    /// Returns a value that reads itself from this document.
    ///
    /// - Throws: a Problem that names the JSON path of the fault, such as `process.args[2]`.
    package func read<Value: JSONReadable>(_ type: Value.Type, name: String) throws(Problem)
        -> Value
    {
        do { return try Value(self) } catch { throw error.problem(in: name) }
    }
}
