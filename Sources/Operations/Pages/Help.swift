import Base

/// What `--help` prints.
package enum Help {
    /// Returns the page of one verb.
    package static func text(of signature: Signature) -> String {
        var text = signature.summary + "\n\nUsage: " + usage(of: signature) + "\n"
        for paragraph in signature.details { text += "\n" + wrap(paragraph, to: 78) + "\n" }
        let places = signature.parameters.filter { !$0.isOption && !$0.isHidden }
        if !places.isEmpty {
            text += "\nArguments:\n" + columns(places.map { ($0.placeholder, $0.summary) })
        }
        let options = signature.parameters.filter { $0.isOption && !$0.isHidden }
        if !options.isEmpty {
            text += "\nOptions:\n" + columns(options.map { (label(of: $0), meaning(of: $0)) })
        }
        if !signature.examples.isEmpty {
            text += "\nExamples:\n"
            for example in signature.examples { text += "  \(example.line)\n" }
        }
        return text
    }

    /// `martlet run [OPTIONS] IMAGE [COMMAND...]`
    package static func usage(of signature: Signature) -> String {
        var words = [signature.command]
        if signature.parameters.contains(where: { $0.isOption && !$0.isHidden }) {
            words.append("[OPTIONS]")
        }
        for parameter in signature.parameters where !parameter.isHidden {
            switch parameter.kind {
            case .argument(let isRequired):
                words.append(isRequired ? parameter.placeholder : "[\(parameter.placeholder)]")
            case .arguments(let least):
                words.append(
                    least > 0 ? parameter.placeholder + "..." : "[\(parameter.placeholder)...]")
            case .command: words.append("[\(parameter.placeholder)...]")
            default: continue
            }
        }
        return words.joined(separator: " ")
    }

    /// `-t, --time SECONDS`
    package static func label(of parameter: Parameter) -> String {
        let short = parameter.short.map { "-\($0), " } ?? "    "
        switch parameter.kind {
        case .flag: return short + "--" + parameter.name
        case .optionalValue: return short + "--\(parameter.name)[=\(parameter.placeholder)]"
        default: return short + "--\(parameter.name) \(parameter.placeholder)"
        }
    }

    /// The summary, and in brackets the default and the variable.
    package static func meaning(of parameter: Parameter) -> String {
        var notes: [String] = []
        if !parameter.standard.isEmpty { notes.append("default: \(parameter.standard)") }
        if let variable = parameter.variable { notes.append("environment: \(variable)") }
        return parameter.summary + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
    }

    /// Returns two columns, the second one aligned.
    package static func columns(_ rows: [(String, String)]) -> String {
        let width = min(rows.map(\.0.count).max() ?? 0, 34)
        var text = ""
        for (left, right) in rows {
            let gap = String(repeating: " ", count: max(0, width - left.count))
            if left.count > width {
                text += "  \(left)\n  \(String(repeating: " ", count: width))  \(right)\n"
            } else {
                text += "  \(left)\(gap)  \(right)\n"
            }
        }
        return text
    }

    /// Breaks a paragraph at blanks.
    package static func wrap(_ text: String, to width: Int) -> String {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if line.isEmpty {
                line = String(word)
            } else if line.count + 1 + word.count <= width {
                line += " " + word
            } else {
                lines.append(line)
                line = String(word)
            }
        }
        return (lines + [line]).joined(separator: "\n")
    }
}
