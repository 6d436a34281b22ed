package import Base

/// One text that the command line gives to one parameter.
package struct Assignment: Equatable, Sendable {
    /// The parameter's position in the signature.
    package var parameter: Int
    package var text: String
}

/// Reads words the way podman and docker do: POSIX clusters, long options, `--`.
///
/// `-it` is `-i -t`; `-eA=1`, `-e=A=1`, `-e A=1`, `--env A=1` and `--env=A=1` are the same; a flag
/// takes a value only behind `=`. A verb that ends in a command stops looking for options at its
/// first argument. See the pflag library's documentation, "Command line flag syntax".
package struct ArgumentParser {
    private let command: String
    private let parameters: [Parameter]
    private let ownCount: Int
    private let isInterspersed: Bool
    private let onlyOptions: Bool

    /// - Parameter others: options of the program that every verb accepts; their assignments count
    ///   on from the verb's own parameters.
    package init(_ signature: Signature, or others: [Parameter] = [], onlyOptions: Bool = false) {
        self.command = signature.command
        self.parameters = others.isEmpty ? signature.parameters : signature.parameters + others
        self.ownCount = signature.parameters.count
        self.isInterspersed = signature.isInterspersed
        self.onlyOptions = onlyOptions
    }

    /// Returns what each word is for, in the order of the words; nil where they ask for help.
    package func parse(_ words: ArraySlice<String>) throws(Problem) -> [Assignment]? {
        var found: [Assignment] = []
        var places: [String] = []
        var rest = words
        while let word = rest.popFirst() {
            if word == "--" {
                places += rest
                break
            } else if word.hasPrefix("--") {
                guard try long(word, &rest, &found) else { return nil }
            } else if word.hasPrefix("-"), word != "-" {
                guard try cluster(word, &rest, &found) else { return nil }
            } else if onlyOptions {
                throw usage("\"\(word.printable)\" is no option")
            } else {
                places.append(word)
                guard !isInterspersed else { continue }
                places += rest
                break
            }
        }
        if !onlyOptions { try assign(places, &found) }
        return found
    }

    // MARK: Options

    /// Returns false where the option asks for help.
    private func long(_ word: String, _ rest: inout ArraySlice<String>, _ found: inout [Assignment])
        throws(Problem) -> Bool
    {
        let body = word.dropFirst(2)
        let border = body.firstIndex(of: "=")
        let name = border.map { body[..<$0] } ?? body
        guard let index = index(of: String(name)) else {
            if name == "help" { return false }
            throw unknown("--" + name)
        }
        let kind = parameters[index].kind
        if let border {
            give(String(body[body.index(after: border)...]), to: index, &found)
        } else if kind == .flag {
            give("true", to: index, &found)
        } else if case .optionalValue(let bare) = kind {
            give(bare, to: index, &found)
        } else if let value = rest.popFirst() {
            give(value, to: index, &found)
        } else {
            throw usage("the option \"--\(name)\" needs a value (\(parameters[index].placeholder))")
        }
        return true
    }

    /// Returns false where a letter asks for help.
    private func cluster(
        _ word: String, _ rest: inout ArraySlice<String>, _ found: inout [Assignment]
    ) throws(Problem) -> Bool {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let index = parameters.firstIndex(where: { $0.short == letter }) else {
                if letter == "h" { return false }
                let place = word.count > 2 ? " in \"\(word.printable)\"" : ""
                throw usage("unknown option \"-\(String(letter).printable)\"\(place)")
            }
            let kind = parameters[index].kind
            let isBare =
                switch kind {
                case .flag, .optionalValue: true
                default: false
                }
            if letters.first == "=" {
                give(String(letters.dropFirst()), to: index, &found)
                return true
            } else if isBare {
                if case .optionalValue(let bare) = kind {
                    give(bare, to: index, &found)
                } else {
                    give("true", to: index, &found)
                }
            } else if !letters.isEmpty {
                give(String(letters), to: index, &found)
                return true
            } else if let value = rest.popFirst() {
                give(value, to: index, &found)
            } else {
                throw usage(
                    "the option \"-\(letter)\" needs a value (\(parameters[index].placeholder))")
            }
        }
        return true
    }

    private func index(of name: String) -> Int? {
        parameters.firstIndex { $0.isOption && $0.name == name }
            ?? parameters.firstIndex { $0.aliases.contains(name) }
    }

    private func give(_ text: String, to index: Int, _ found: inout [Assignment]) {
        if parameters[index].kind == .commaSeparated {
            found += CommaSeparated.parts(of: text).map { Assignment(parameter: index, text: $0) }
        } else {
            found.append(Assignment(parameter: index, text: text))
        }
    }

    // MARK: Arguments

    private func assign(_ words: [String], _ found: inout [Assignment]) throws(Problem) {
        var rest = words[...]
        for (index, parameter) in parameters[..<ownCount].enumerated() where !parameter.isOption {
            switch parameter.kind {
            case .argument(let isRequired):
                if let word = rest.popFirst() {
                    found.append(Assignment(parameter: index, text: word))
                } else if isRequired {
                    throw missing(parameter)
                }
            case .arguments(let least):
                guard rest.count >= least else { throw missing(parameter) }
                found += rest.map { Assignment(parameter: index, text: $0) }
                rest = []
            default:
                found += rest.map { Assignment(parameter: index, text: $0) }
                rest = []
            }
        }
        if let extra = rest.first {
            throw usage("the argument \"\(extra.printable)\" is one too many")
        }
    }

    // MARK: Problems

    private func missing(_ parameter: Parameter) -> Problem {
        usage("\(parameter.placeholder) is missing: \(parameter.summary.lowercasedFirst)")
    }

    private func unknown(_ option: String) -> Problem {
        let name = String(option.dropFirst(2))
        let shown = parameters.filter { $0.isOption && !$0.isHidden }.map(\.name)
        var problem = usage("unknown option \"\(option.printable)\"")
        if let near = shown.nearest(to: name) { problem.next = "did you mean \"--\(near)\"?" }
        return problem
    }

    private func usage(_ what: String) -> Problem { Problem(.badUsage, what) }
}

extension String {
    var lowercasedFirst: String {
        // Words such as "ID" stay as they are.
        guard let first, dropFirst().first?.isUppercase != true else { return self }
        return first.lowercased() + dropFirst()
    }
}

/// Values parted by commas, where double quotes keep a comma and two of them are one. See RFC 4180.
package enum CommaSeparated {
    /// Returns the values in `text`; an empty text has none.
    package static func parts(of text: String) -> [String] {
        guard text.utf8.contains(UInt8(ascii: ",")) || text.utf8.first == UInt8(ascii: "\"") else {
            return text.isEmpty ? [] : [text]
        }
        var parts: [String] = []
        var part: [UInt8] = []
        var isQuoted = false
        var isFresh = true
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "\"") where isQuoted:
                if bytes.first == byte {
                    part.append(byte)
                    bytes.removeFirst()
                } else {
                    isQuoted = false
                }
            case UInt8(ascii: "\"") where isFresh:
                isQuoted = true
            case UInt8(ascii: ",") where !isQuoted:
                parts.append(String(decoding: part, as: UTF8.self))
                part = []
                isFresh = true
                continue
            default: part.append(byte)
            }
            isFresh = false
        }
        return parts + [String(decoding: part, as: UTF8.self)]
    }

    /// Returns `text` so that `parts` finds exactly it.
    package static func quote(_ text: String) -> String {
        let bytes = text.utf8
        guard bytes.contains(UInt8(ascii: ",")) || bytes.first == UInt8(ascii: "\"") else {
            return text
        }
        return "\""
            + text.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }
}
