package import Base

/// The one declaration of a verb: from it come its parser, its command line, its help and manual
/// page, its completion, its HTTP form and its place in the API document.
package struct Card<Request: Equatable & Sendable>: Sendable {
    package var signature: Signature
    /// A request as it is when nothing is given.
    package var blank: Request
    package var fields: [Field<Request>]
    /// Refuses requests whose fields contradict each other.
    package var check: @Sendable (Request) throws(Problem) -> Void
    /// Puts right what words by their place alone cannot say.
    package var adjust: @Sendable (inout Request) -> Void

    /// - Parameters:
    ///   - words: the verb's words below the program's name, parted by blanks.
    ///   - synonyms: other words for the same verb, the most used first.
    package init(
        _ words: String, or synonyms: String..., summary: String, _ route: Route, blank: Request,
        fields: [Field<Request>]
    ) {
        func parted(_ words: String) -> [String] { words.split(separator: " ").map(String.init) }
        self.signature = Signature(
            words: parted(words), synonyms: synonyms.map(parted), summary: summary, details: [],
            examples: [], route: route, parameters: fields.map(\.parameter),
            isInterspersed: !fields.contains { $0.parameter.kind == .command }, isHidden: false)
        self.blank = blank
        self.fields = fields
        self.check = { _ throws(Problem) in }
        self.adjust = { _ in }
    }
}

extension Card {
    /// Adds paragraphs to the manual page.
    package func details(_ paragraphs: String...) -> Card {
        var card = self
        card.signature.details += paragraphs
        return card
    }

    /// Adds an example to the manual page.
    package func example(_ line: String, _ meaning: String) -> Card {
        var card = self
        card.signature.examples.append(Signature.Example(line, meaning))
        return card
    }

    /// Keeps the verb out of help, completion and manual.
    package var hidden: Card {
        var card = self
        card.signature.isHidden = true
        return card
    }

    /// Puts right what words by their place alone cannot say, before the request is checked.
    package func adjusting(_ adjust: @escaping @Sendable (inout Request) -> Void) -> Card {
        var card = self
        card.adjust = adjust
        return card
    }

    /// Refuses requests whose fields contradict each other.
    package func checking(_ check: @escaping @Sendable (Request) throws(Problem) -> Void) -> Card {
        var card = self
        let before = card.check
        card.check = { (request) throws(Problem) in
            try before(request)
            try check(request)
        }
        return card
    }
}

// MARK: - Words to request

extension Card {
    /// Returns the request that the words after the verb ask for.
    ///
    /// - Parameter environment: looks up a variable; fields with a variable of their own use it
    ///   where their option is absent.
    /// - Throws: `badUsage` for unknown or missing words, `badValue` for values out of place.
    package func parse(
        _ arguments: [String], environment: (String) -> String? = { _ in nil }
    ) throws(Problem) -> Request {
        let assignments = try ArgumentParser(signature).parse(arguments[...])
        return try request(from: assignments ?? [], environment: environment)
    }

    /// Returns the request that parsed words stand for.
    package func request(
        from assignments: [Assignment], environment: (String) -> String? = { _ in nil }
    ) throws(Problem) -> Request {
        var request = blank
        for (index, field) in fields.enumerated() {
            guard let variable = field.parameter.variable, let text = environment(variable),
                !text.isEmpty, !assignments.contains(where: { $0.parameter == index })
            else { continue }
            do throws(Problem) { try field.read(&request, text) } catch {
                throw error.during("reading the environment variable \(variable)")
            }
        }
        for assignment in assignments {
            try fields[assignment.parameter].read(&request, assignment.text)
        }
        adjust(&request)
        try check(request)
        return request
    }

    /// Puts further options into a request, such as those of a unit file's `PodmanArgs=`.
    ///
    /// Neither arguments nor the agreement of fields is looked at; `check` does that later.
    package func apply(options: [String], to request: inout Request) throws(Problem) {
        let parser = ArgumentParser(signature, onlyOptions: true)
        for assignment in try parser.parse(options[...]) ?? [] {
            try fields[assignment.parameter].read(&request, assignment.text)
        }
    }
}

// MARK: - Request to words

extension Card {
    /// Returns the words that make this request when they follow the verb; the inverse of `parse`.
    ///
    /// What equals the blank request is left out. Options come in the order of their declaration,
    /// so the same request always gives the same line.
    package func arguments(for request: Request) -> [String] {
        var options: [String] = []
        var places: [String] = []
        for field in fields {
            let texts = values(of: field, in: request)
            let name = "--" + field.parameter.name
            switch field.parameter.kind {
            case .flag:
                options += texts.map { $0 == "true" ? name : name + "=" + $0 }
            case .optionalValue(let bare):
                options += texts.map { $0 == bare ? name : name + "=" + $0 }
            case .value, .repeated:
                for text in texts { options += [name, text] }
            case .commaSeparated:
                for text in texts { options += [name, CommaSeparated.quote(text)] }
            case .argument, .arguments, .command:
                places += texts
            }
        }
        // A first argument that looks like an option has to be told from one.
        let needsEnd =
            signature.isInterspersed
            ? places.contains { $0.hasPrefix("-") && $0 != "-" }
            : places.first.map { $0.hasPrefix("-") && $0 != "-" } ?? false
        return options + (needsEnd ? ["--"] : []) + places
    }

    /// Returns the texts of a field that tell this request from the blank one.
    func values(of field: Field<Request>, in request: Request) -> [String] {
        let texts = field.write(request)
        return texts == field.write(blank) ? [] : texts
    }
}
