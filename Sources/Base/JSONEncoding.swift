extension JSON {
    /// Makes the document that stands for `value`; absent optionals are left out.
    package init(encoding value: some Encodable) {
        let box = Box()
        let encoder = JSONTreeEncoder(box: box, codingPath: [])
        do {
            try encoder.put(value)
        } catch {
            // Our own types' encode(to:) never throws; one that does is a programmer's error.
            preconditionFailure("cannot encode \(type(of: value)): \(error)")
        }
        self = box.json
    }

    package func encode(to encoder: any Encoder) throws {
        guard let tree = encoder as? JSONTreeEncoder else {
            throw EncodingError.invalidValue(
                self, .init(codingPath: encoder.codingPath, debugDescription: "only into JSON"))
        }
        tree.box.content = .value(self)
    }
}

/// A place in the tree under construction.
private final class Box {
    enum Content {
        case value(JSON)
        case object([(String, Box)])
        case array([Box])
    }
    var content: Content = .object([])

    var json: JSON {
        switch content {
        case .value(let json): json
        case .object(let members): .object(members.map { JSON.Member($0.0, $0.1.json) })
        case .array(let boxes): .array(boxes.map(\.json))
        }
    }

    func member(_ name: String) -> Box {
        let box = Box()
        if case .object(var members) = content {
            content = .value(.null)
            members.append((name, box))
            content = .object(members)
        }
        return box
    }

    func element() -> Box {
        let box = Box()
        if case .array(var boxes) = content {
            content = .value(.null)
            boxes.append(box)
            content = .array(boxes)
        }
        return box
    }
}

private struct JSONTreeEncoder: Encoder, SingleValueEncodingContainer {
    let box: Box
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func put(_ value: some Encodable) throws {
        if let json = value as? JSON {
            box.content = .value(json)
        } else {
            try value.encode(to: self)
        }
    }

    func container<Key: CodingKey>(keyedBy: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .object = box.content {} else { box.content = .object([]) }
        return KeyedEncodingContainer(Keyed<Key>(box: box, codingPath: codingPath))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        box.content = .array([])
        return Unkeyed(box: box, codingPath: codingPath)
    }
    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() { box.content = .value(.null) }
    func encode(_ value: Bool) { box.content = .value(.boolean(value)) }
    func encode(_ value: String) { box.content = .value(.string(value)) }
    func encode(_ value: Double) { box.content = .value(.number(JSONTreeEncoder.text(value))) }
    func encode(_ value: Float) { encode(Double(value)) }
    func encode(_ value: Int) { box.content = .value(.integer(value)) }
    func encode(_ value: Int8) { box.content = .value(.integer(value)) }
    func encode(_ value: Int16) { box.content = .value(.integer(value)) }
    func encode(_ value: Int32) { box.content = .value(.integer(value)) }
    func encode(_ value: Int64) { box.content = .value(.integer(value)) }
    func encode(_ value: UInt) { box.content = .value(.integer(value)) }
    func encode(_ value: UInt8) { box.content = .value(.integer(value)) }
    func encode(_ value: UInt16) { box.content = .value(.integer(value)) }
    func encode(_ value: UInt32) { box.content = .value(.integer(value)) }
    func encode(_ value: UInt64) { box.content = .value(.integer(value)) }
    func encode(_ value: some Encodable) throws { try put(value) }

    static func text(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        if value == value.rounded(), value.magnitude < 1e15 { return "\(Int64(value))" }
        return "\(value)"
    }

    struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let box: Box
        let codingPath: [any CodingKey]

        func at(_ key: Key) -> JSONTreeEncoder {
            JSONTreeEncoder(box: box.member(key.stringValue), codingPath: codingPath + [key])
        }
        mutating func encodeNil(forKey key: Key) { at(key).encodeNil() }
        mutating func encode(_ value: some Encodable, forKey key: Key) throws {
            try at(key).put(value)
        }
        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> { at(key).container(keyedBy: type) }
        mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            at(key).unkeyedContainer()
        }
        mutating func superEncoder() -> any Encoder {
            JSONTreeEncoder(box: box, codingPath: codingPath)
        }
        mutating func superEncoder(forKey key: Key) -> any Encoder { at(key) }
    }

    struct Unkeyed: UnkeyedEncodingContainer {
        let box: Box
        let codingPath: [any CodingKey]
        var count = 0

        init(box: Box, codingPath: [any CodingKey]) {
            self.box = box
            self.codingPath = codingPath
        }

        mutating func next() -> JSONTreeEncoder {
            count += 1
            return JSONTreeEncoder(box: box.element(), codingPath: codingPath)
        }
        mutating func encodeNil() { next().encodeNil() }
        mutating func encode(_ value: some Encodable) throws { try next().put(value) }
        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) -> KeyedEncodingContainer<Nested> { next().container(keyedBy: type) }
        mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            next().unkeyedContainer()
        }
        mutating func superEncoder() -> any Encoder { next() }
    }
}
