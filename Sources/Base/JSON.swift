/// A JSON value as RFC 8259 has it; objects keep the order of their members.
package enum JSON: Equatable, Sendable {
    case null
    case boolean(Bool)
    /// The number's own text, so that nothing is lost before its reader knows the type it wants.
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// One name and value of an object.
    package struct Member: Equatable, Sendable {
        package var name: String
        package var value: JSON

        package init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// Returns the member of that name, or nil where there is none or this is no object.
    package subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// Returns the text of a string, or nil for any other value.
    package var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// Returns the elements of an array, or nil for any other value.
    package var elements: [JSON]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    package static func integer(_ value: some BinaryInteger) -> JSON { .number("\(value)") }
}
