import Base

/// Builds the tree of a template from its tokens.
struct TemplateParser {
    private let tokens: [TemplateToken]
    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0
    private var loops = 0

    init(tokens: [TemplateToken], bytes: [UInt8]) {
        self.tokens = tokens
        self.bytes = bytes
    }

    /// How a list of nodes ends.
    private enum Border: Equatable {
        case end, otherwise
        case text
    }

    mutating func parse() throws(Problem) -> [Template.Node] {
        let (nodes, border, offset) = try list()
        switch border {
        case .text: return nodes
        case .end: throw problem("there is nothing to end", offset)
        case .otherwise: throw problem("there is no condition before", offset)
        }
    }

    // MARK: Lists and actions

    private var token: TemplateToken { tokens[at] }

    private mutating func next() -> TemplateToken {
        let token = tokens[at]
        if at < tokens.count - 1 { at += 1 }
        return token
    }

    /// Reads nodes up to an `end`, an `else` or the end of the text; the border's words are read,
    /// but not the rest of an `else if`.
    private mutating func list() throws(Problem) -> ([Template.Node], Border, Int) {
        depth += 1
        defer { depth -= 1 }
        guard depth < Limits.templateDepth else {
            throw problem("it is nested too deep", token.offset)
        }
        var nodes: [Template.Node] = []
        while true {
            let token = next()
            switch token.kind {
            case .text(let text): nodes.append(.text(text))
            case .end: return (nodes, .text, token.offset)
            case .open:
                if case .identifier(let word) = self.token.kind {
                    if word == "end" {
                        _ = next()
                        try close()
                        return (nodes, .end, token.offset)
                    }
                    if word == "else" {
                        _ = next()
                        return (nodes, .otherwise, token.offset)
                    }
                }
                nodes.append(try action())
            default: throw problem("an action was expected", token.offset)
            }
        }
    }

    private mutating func action() throws(Problem) -> Template.Node {
        guard case .identifier(let word) = token.kind else { return .show(try closedPipeline()) }
        let offset = token.offset
        switch word {
        case "if", "with", "range":
            _ = next()
            return try branch(word, offset)
        case "break", "continue":
            _ = next()
            guard loops > 0 else { throw problem("\"\(word)\" stands outside of a range", offset) }
            try close()
            return .leave(isBreak: word == "break")
        case "define", "template", "block":
            throw problem("\"\(word)\" is not built yet", offset)
        default: return .show(try closedPipeline())
        }
    }

    private mutating func close() throws(Problem) {
        let token = next()
        guard token.kind == .close else { throw problem("\"}}\" was expected", token.offset) }
    }

    private mutating func closedPipeline() throws(Problem) -> Template.Pipeline {
        let pipeline = try pipeline(inRange: false)
        try close()
        return pipeline
    }

    private mutating func branch(_ word: String, _ offset: Int) throws(Problem) -> Template.Node {
        depth += 1
        defer { depth -= 1 }
        guard depth < Limits.templateDepth else { throw problem("it is nested too deep", offset) }
        let pipeline = try pipeline(inRange: word == "range")
        try close()
        loops += word == "range" ? 1 : 0
        let (body, border, _) = try list()
        loops -= word == "range" ? 1 : 0
        var otherwise: [Template.Node] = []
        switch border {
        case .text: throw problem("this \"\(word)\" has no \"end\"", offset)
        case .end: break
        case .otherwise:
            if case .identifier(let again) = token.kind, again == word, word != "range" {
                let offset = next().offset
                otherwise = [try branch(again, offset)]
            } else {
                try close()
                let (nodes, border, place) = try list()
                guard border == .end else {
                    throw problem("\"end\" was expected after \"else\"", place)
                }
                otherwise = nodes
            }
        }
        switch word {
        case "if": return .condition(pipeline, body, otherwise: otherwise)
        case "with": return .with(pipeline, body, otherwise: otherwise)
        default: return .range(pipeline, body, otherwise: otherwise)
        }
    }

    // MARK: Pipelines

    private mutating func pipeline(inRange: Bool) throws(Problem) -> Template.Pipeline {
        depth += 1
        defer { depth -= 1 }
        guard depth < Limits.templateDepth else {
            throw problem("it is nested too deep", token.offset)
        }
        var pipeline = Template.Pipeline(offset: token.offset)
        try declaration(&pipeline, inRange: inRange)
        while true {
            let command = try command()
            if let first = command.operands.first, !pipeline.commands.isEmpty {
                try checkReceiver(first)
            }
            pipeline.commands.append(command)
            guard token.kind == .pipe else { return pipeline }
            _ = next()
        }
    }

    /// Only functions and fields take what a pipe hands them.
    private func checkReceiver(_ operand: Template.Operand) throws(Problem) {
        switch operand.kind {
        case .function: return
        case .dot, .variable, .pipeline: if !operand.fields.isEmpty { return }
        case .literal: break
        }
        throw problem("a value cannot take what the pipe hands it", operand.offset)
    }

    private mutating func declaration(_ pipeline: inout Template.Pipeline, inRange: Bool)
        throws(Problem)
    {
        guard case .variable(let first) = token.kind, !first.isEmpty else { return }
        let following = tokens[min(at + 1, tokens.count - 1)].kind
        if following == .declare || following == .assign {
            pipeline.variables = [first]
            pipeline.declares = following == .declare
            at += 2
        } else if following == .comma, inRange, at + 3 < tokens.count,
            case .variable(let second) = tokens[at + 2].kind,
            tokens[at + 3].kind == .declare || tokens[at + 3].kind == .assign
        {
            pipeline.variables = [first, second]
            pipeline.declares = tokens[at + 3].kind == .declare
            at += 4
        }
    }

    private mutating func command() throws(Problem) -> Template.Command {
        var operands: [Template.Operand] = []
        while let operand = try operand(isFirst: operands.isEmpty) { operands.append(operand) }
        guard let first = operands.first else { throw problem("a value is missing", token.offset) }
        if operands.count > 1, case .literal = first.kind {
            throw problem("a value takes no arguments", first.offset)
        }
        return Template.Command(operands: operands)
    }

    /// Returns nil where no operand stands here.
    private mutating func operand(isFirst: Bool) throws(Problem) -> Template.Operand? {
        let offset = token.offset
        var operand: Template.Operand
        func made(_ kind: Template.Operand.Kind) -> Template.Operand {
            Template.Operand(kind: kind, fields: [], offset: offset)
        }
        switch token.kind {
        case .dot: operand = made(.dot)
        case .field(let name):
            operand = made(.dot)
            operand.fields = [(name, offset)]
        case .variable(let name): operand = made(.variable(name))
        case .string(let text): operand = made(.literal(.string(text)))
        case .character(let value): operand = made(.literal(.integer(value)))
        case .number(let text): operand = made(.literal(.number(try number(text, offset))))
        case .identifier("true"): operand = made(.literal(.boolean(true)))
        case .identifier("false"): operand = made(.literal(.boolean(false)))
        case .identifier("nil"): operand = made(.literal(.null))
        case .identifier(let name):
            guard TemplateFunctions.names.contains(name) else {
                throw TemplateFault(
                    "there is no function \"\(name.printable)\"", at: offset,
                    next: TemplateFunctions.names.nearest(to: name).map {
                        "did you mean \"\($0)\"?"
                    }
                        ?? "a field begins with a dot: \".\(name.printable)\""
                ).problem(in: bytes)
            }
            operand = made(.function(name))
        case .leftParenthesis:
            _ = next()
            operand = made(.pipeline(try pipeline(inRange: false)))
            guard token.kind == .rightParenthesis else {
                throw problem("the \"(\" is not closed", offset)
            }
        default: return nil
        }
        _ = next()
        while case .field(let name) = token.kind, !token.isSpaced {
            if case .literal = operand.kind { throw problem("a value has no fields", token.offset) }
            operand.fields.append((name, token.offset))
            _ = next()
        }
        return operand
    }

    /// Returns the number in decimal digits, as JSON has it.
    private func number(_ text: String, _ offset: Int) throws(Problem) -> String {
        let plain = text.filter { $0 != "_" }
        if let value = Int64(plain) { return "\(value)" }
        for (prefix, radix) in [("0x", 16), ("0X", 16), ("0o", 8), ("0b", 2)]
        where plain.hasPrefix(prefix) {
            if let value = Int64(plain.dropFirst(2), radix: radix) { return "\(value)" }
        }
        if let value = Double(plain), value.isFinite { return "\(value)" }
        throw problem("\"\(text.printable)\" is no number", offset)
    }

    private func problem(_ why: String, _ offset: Int) -> Problem {
        TemplateFault(why, at: offset).problem(in: bytes)
    }
}
