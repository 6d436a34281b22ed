package import Base

/// Makes a value from its text; the second text names the option in Problems.
package typealias ValueParser<Value> = @Sendable (String, String) throws(Problem) -> Value

/// One parameter of a verb and the way between its text and the Request that holds its value.
package struct Field<Request>: Sendable {
    /// Puts one given text into the request; thrown Problems say what is wrong with it.
    package typealias Read = @Sendable (inout Request, String) throws(Problem) -> Void
    /// Returns the texts that `read` would need to make what the request holds.
    package typealias Write = @Sendable (Request) -> [String]

    package var parameter: Parameter
    package let read: Read
    package let write: Write

    private init(_ parameter: Parameter, read: @escaping Read, write: @escaping Write) {
        self.parameter = parameter
        self.read = read
        self.write = write
    }
}

extension Field {
    /// Returns the same for a request that holds this one's.
    package func lifted<Outer>(_ path: any WritableKeyPath<Outer, Request> & Sendable)
        -> Field<Outer>
    {
        let (read, write) = (read, write)
        return Field<Outer>(parameter) { (outer, text) throws(Problem) in
            try read(&outer[keyPath: path], text)
        } write: {
            write($0[keyPath: path])
        }
    }
}

// MARK: - Options

extension Field {
    /// An option that is on or off.
    package static func flag(
        _ name: String, short: Character? = nil, _ summary: String,
        read: @escaping @Sendable (inout Request, Bool) -> Void,
        write: @escaping @Sendable (Request) -> Bool
    ) -> Field {
        let parameter = Parameter(
            name: name, short: short, kind: .flag, summary: summary, placeholder: "")
        return Field(parameter) { (request, text) throws(Problem) in
            read(&request, try Boolean.parse(text, for: "--" + name))
        } write: {
            [write($0) ? "true" : "false"]
        }
    }

    /// An option that is on or off, and may be refused.
    package static func checkedFlag(
        _ name: String, short: Character? = nil, _ summary: String,
        read: @escaping @Sendable (inout Request, Bool) throws(Problem) -> Void,
        write: @escaping @Sendable (Request) -> Bool
    ) -> Field {
        let parameter = Parameter(
            name: name, short: short, kind: .flag, summary: summary, placeholder: "")
        return Field(parameter) { (request, text) throws(Problem) in
            try read(&request, try Boolean.parse(text, for: "--" + name))
        } write: {
            [write($0) ? "true" : "false"]
        }
    }

    /// An option with one value; the last use counts.
    package static func value(
        _ name: String, short: Character? = nil, _ placeholder: String, _ summary: String,
        read: @escaping Read, write: @escaping @Sendable (Request) -> String?
    ) -> Field {
        let parameter = Parameter(
            name: name, short: short, kind: .value, summary: summary, placeholder: placeholder)
        return Field(parameter, read: read) { write($0).map { [$0] } ?? [] }
    }

    /// An option with one value that `parse` makes from the text and the option's name.
    package static func value<Value>(
        _ name: String, short: Character? = nil, _ placeholder: String, _ summary: String,
        _ parse: @escaping ValueParser<Value>,
        read: @escaping @Sendable (inout Request, Value) -> Void,
        write: @escaping @Sendable (Request) -> String?
    ) -> Field {
        .value(name, short: short, placeholder, summary) { (request, text) throws(Problem) in
            read(&request, try parse(text, "--" + name))
        } write: {
            write($0)
        }
    }

    /// An option that may be given again, one value per use.
    package static func repeated(
        _ name: String, short: Character? = nil, _ placeholder: String, _ summary: String,
        read: @escaping Read, write: @escaping Write
    ) -> Field {
        let parameter = Parameter(
            name: name, short: short, kind: .repeated, summary: summary, placeholder: placeholder)
        return Field(parameter, read: read, write: write)
    }

    /// An option that may be given again; `parse` makes one value of each use.
    package static func repeated<Value>(
        _ name: String, short: Character? = nil, _ placeholder: String, _ summary: String,
        _ parse: @escaping ValueParser<Value>,
        read: @escaping @Sendable (inout Request, Value) -> Void, write: @escaping Write
    ) -> Field {
        .repeated(name, short: short, placeholder, summary) { (request, text) throws(Problem) in
            read(&request, try parse(text, "--" + name))
        } write: {
            write($0)
        }
    }

    /// An option that may be given again, and whose values are parted at commas.
    package static func commaSeparated(
        _ name: String, short: Character? = nil, _ placeholder: String, _ summary: String,
        read: @escaping Read, write: @escaping Write
    ) -> Field {
        let parameter = Parameter(
            name: name, short: short, kind: .commaSeparated, summary: summary,
            placeholder: placeholder)
        return Field(parameter, read: read, write: write)
    }
}

extension Field {
    /// An option whose values are parted at commas; `parse` makes one value of each.
    package static func commaSeparated<Value>(
        _ name: String, short: Character? = nil, _ placeholder: String, _ summary: String,
        _ parse: @escaping ValueParser<Value>,
        read: @escaping @Sendable (inout Request, Value) -> Void, write: @escaping Write
    ) -> Field {
        .commaSeparated(name, short: short, placeholder, summary) {
            (request, text) throws(Problem) in
            read(&request, try parse(text, "--" + name))
        } write: {
            write($0)
        }
    }
}

// MARK: - Arguments

extension Field {
    /// One argument by its place.
    package static func argument(
        _ name: String, _ summary: String, isRequired: Bool = true,
        read: @escaping Read, write: @escaping @Sendable (Request) -> String?
    ) -> Field {
        let parameter = Parameter(
            name: name, short: nil, kind: .argument(isRequired: isRequired), summary: summary,
            placeholder: name.uppercased())
        return Field(parameter, read: read) { write($0).map { [$0] } ?? [] }
    }

    /// All further arguments.
    package static func arguments(
        _ name: String, _ summary: String, atLeast least: Int = 0,
        read: @escaping Read, write: @escaping Write
    ) -> Field {
        let parameter = Parameter(
            name: name, short: nil, kind: .arguments(atLeast: least), summary: summary,
            placeholder: name.uppercased())
        return Field(parameter, read: read, write: write)
    }

    /// All further words, options or not.
    package static func command(
        _ name: String, _ summary: String, read: @escaping Read, write: @escaping Write
    ) -> Field {
        let parameter = Parameter(
            name: name, short: nil, kind: .command, summary: summary,
            placeholder: name.uppercased())
        return Field(parameter, read: read, write: write)
    }
}

// MARK: - What few fields need

extension Field {
    private func with(_ change: (inout Parameter) -> Void) -> Field {
        var other = self
        change(&other.parameter)
        return other
    }

    /// Accepts another spelling, which help does not show.
    package func alias(_ names: String...) -> Field { with { $0.aliases += names } }

    /// Lets the value be left out; then `text` stands for it.
    package func valueWhenBare(_ text: String) -> Field { with { $0.kind = .optionalValue(text) } }

    /// Takes the short name away, where a verb gives the letter to another option.
    package var withoutShort: Field { with { $0.short = nil } }

    /// Gives the option a letter.
    package func short(_ letter: Character) -> Field { with { $0.short = letter } }

    /// Says in help what holds where the option is absent.
    package func standard(_ text: String) -> Field { with { $0.standard = text } }

    /// Says what a shell offers for the value.
    package func completing(_ completion: Parameter.Completion) -> Field {
        with { $0.completion = completion }
    }

    /// Takes the value from an environment variable where the option is absent.
    package func from(_ variable: String) -> Field { with { $0.variable = variable } }

    /// Gives the parameter another name in the API.
    package func wire(_ name: String) -> Field { with { $0.wireName = name } }

    /// Keeps the parameter out of the API: it is about the command line alone.
    package var local: Field { with { $0.isLocal = true } }

    /// Accepts the parameter without showing it.
    package var hidden: Field { with { $0.isHidden = true } }
}

/// Words for yes and no, as Go's strconv.ParseBool has them.
package enum Boolean {
    /// - Throws: `badValue` for any other word.
    package static func parse(_ text: String, for field: String) throws(Problem) -> Bool {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": return true
        case "0", "f", "F", "false", "FALSE", "False": return false
        default:
            throw Problem(
                .badValue, "\"\(text.printable)\" is neither true nor false", why: nil,
                next: "write \(field)=true or \(field)=false")
        }
    }
}
