import Base

/// The manual pages, in the man macros of roff. See man(7).
package enum Manual {
    /// Returns the page of one verb.
    package static func page(of signature: Signature) -> String {
        var page = heading(signature.page, signature.summary)
        page += ".SH SYNOPSIS\n"
        for words in signature.synonyms + [signature.words] {
            var spelled = signature
            spelled.synonyms = [words]
            page += ".B " + escaped(spelled.command)
            page += "\n" + escaped(String(Help.usage(of: spelled).dropFirst(spelled.command.count)))
            page += "\n.br\n"
        }
        page += ".SH DESCRIPTION\n" + paragraphs([signature.summary + "."] + signature.details)
        page += section("ARGUMENTS", signature.parameters.filter { !$0.isOption && !$0.isHidden }) {
            "\\fI\(escaped($0.placeholder))\\fR"
        }
        page += section("OPTIONS", options(signature.parameters), label)
        page += environment(signature.parameters)
        if !signature.examples.isEmpty {
            page += ".SH EXAMPLES\n"
            for example in signature.examples {
                page += ".TP\n.B " + escaped(example.line) + "\n" + escaped(example.meaning) + ".\n"
            }
        }
        page += ".SH API\n" + escaped("\(signature.route.method.rawValue) \(signature.route.path)")
        return page + "\n.SH SEE ALSO\n.BR martlet (1)\n"
    }

    /// Returns the page of another spelling, which leads to the verb's own.
    package static func synonym(of signature: Signature) -> String {
        ".so man1/\(signature.page).1\n"
    }

    /// Returns the program's own page.
    package static func program(_ signatures: [Signature], options parameters: [Parameter])
        -> String
    {
        var page = heading("martlet", "run containers as yourself")
        page += ".SH SYNOPSIS\n.B martlet\n[OPTIONS] COMMAND [ARGUMENTS...]\n"
        page += ".SH DESCRIPTION\n" + paragraphs(introduction)
        page += section("OPTIONS", options(parameters), label)
        page += ".SH COMMANDS\n"
        for signature in signatures where !signature.isHidden {
            let name = signature.command.dropFirst("martlet ".count)
            page += ".TP\n.BR \(escaped(signature.page)) (1)\n"
            page += "\\fB\(escaped(String(name)))\\fR: \(escaped(signature.summary)).\n"
        }
        page += environment(parameters)
        page += ".SH EXIT STATUS\n"
        for (status, meaning) in statuses { page += ".TP\n.B \(status)\n\(escaped(meaning)).\n" }
        page += ".SH FILES\n"
        for (path, meaning) in files { page += ".TP\n.I \(escaped(path))\n\(escaped(meaning)).\n" }
        return page
    }

    private static let introduction = [
        "Martlet runs containers without a daemon and without privileges: every container belongs to "
            + "the user who started it, and to the service that systemd started it for.",
        "Commands and options have podman's names and meanings. A verb is written alone, as in "
            + "\"martlet run\", or behind its group, as in \"martlet container run\".",
    ]

    private static let statuses = [
        ("0", "Everything asked for was done"),
        ("1", "A question such as \"container exists\" has the answer no"),
        ("125", "Martlet itself failed; the message on standard error says why and what to do"),
        ("126", "The command cannot be executed in the container"),
        ("127", "The command does not exist in the container"),
        ("other", "The exit status of the command in the container"),
    ]

    private static let files = [
        ("$XDG_DATA_HOME/martlet", "Images, volumes and containers that last"),
        ("$XDG_RUNTIME_DIR/martlet", "What dies with the session"),
        ("$XDG_CACHE_HOME/martlet", "What can be made anew"),
        ("~/.config/containers/systemd", "Unit files"),
        (
            "registries.conf, containers.conf, storage.conf, policy.json",
            "Configuration of the containers ecosystem"
        ),
    ]

    // MARK: Parts

    private static func heading(_ page: String, _ summary: String) -> String {
        """
        .\\" Made from the program's own declarations; see CONTRIBUTING.md.
        .TH \(page.uppercased()) 1 "" "Martlet \(Release.version)" "Martlet"
        .SH NAME
        \(escaped(page)) \\- \(escaped(summary.lowercasedFirst))

        """
    }

    private static func paragraphs(_ texts: [String]) -> String {
        texts.map { escaped($0) + "\n" }.joined(separator: ".PP\n")
    }

    private static func options(_ parameters: [Parameter]) -> [Parameter] {
        parameters.filter { $0.isOption && !$0.isHidden }.sorted { $0.name < $1.name }
    }

    private static func section(
        _ title: String, _ parameters: [Parameter], _ label: (Parameter) -> String
    ) -> String {
        guard !parameters.isEmpty else { return "" }
        var text = ".SH \(title)\n"
        for parameter in parameters {
            text += ".TP\n" + label(parameter) + "\n" + escaped(Help.meaning(of: parameter)) + ".\n"
        }
        return text
    }

    private static func label(_ parameter: Parameter) -> String {
        let names = (parameter.short.map { ["-\($0)"] } ?? []) + ["--" + parameter.name]
        let bold = names.map { "\\fB\(escaped($0))\\fR" }.joined(separator: ", ")
        switch parameter.kind {
        case .flag: return bold
        case .optionalValue: return bold + "[=\\fI\(escaped(parameter.placeholder))\\fR]"
        default: return bold + " \\fI\(escaped(parameter.placeholder))\\fR"
        }
    }

    private static func environment(_ parameters: [Parameter]) -> String {
        let named = parameters.filter { $0.variable != nil }
        guard !named.isEmpty else { return "" }
        return named.reduce(".SH ENVIRONMENT\n") { text, parameter in
            text + ".TP\n.B \(escaped(parameter.variable ?? ""))\n"
                + "Stands for \\fB\(escaped("--" + parameter.name))\\fR where that is not given.\n"
        }
    }

    /// Returns the text so that roff shows it as it is. See groff_char(7).
    private static func escaped(_ text: String) -> String {
        var out = ""
        for (index, character) in text.enumerated() {
            switch character {
            case "\\": out += "\\e"
            case "-": out += "\\-"
            case ".", "'": out += index == 0 ? "\\&\(character)" : String(character)
            case "…": out += "\\[u2026]"
            default: out.append(character)
            }
        }
        return out
    }
}
