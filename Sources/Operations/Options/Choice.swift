import Base

/// An enumeration whose raw values are what users write.
package typealias Word = RawRepresentable & CaseIterable & SendableMetatype

/// A value that is one of a few words.
package enum Choice {
    /// Returns a parser that lets only these words through.
    package static func of(_ words: [String]) -> ValueParser<String> {
        { (text, field) throws(Problem) in
            guard words.contains(text) else { throw refusal(text, field, words) }
            return text
        }
    }

    /// Returns a parser for an enumeration whose raw values are the words.
    package static func of<Value: Word>(_ type: Value.Type) -> ValueParser<Value>
    where Value.RawValue == String, Value.AllCases == [Value] {
        { (text, field) throws(Problem) in
            guard let value = Value(rawValue: text) else {
                throw refusal(text, field, Value.allCases.map(\.rawValue))
            }
            return value
        }
    }

    private static func refusal(_ text: String, _ field: String, _ words: [String]) -> Problem {
        let near = words.nearest(to: text).map { "did you mean \"\($0)\"?" }
        return Problem(
            .badValue, "\(field) cannot be \"\(text.printable)\"",
            next: near ?? "use \(words.joined(separator: ", "))")
    }
}
