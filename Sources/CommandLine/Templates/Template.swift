import Base

/// A template of Go's text/template, as docker and podman offer it for `--format`.
struct Template {
    let text: String
    let nodes: [Node]

    /// What a template is made of.
    indirect enum Node {
        case text(String)
        case show(Pipeline)
        case condition(Pipeline, [Node], otherwise: [Node])
        case with(Pipeline, [Node], otherwise: [Node])
        case range(Pipeline, [Node], otherwise: [Node])
        case leave(isBreak: Bool)
    }

    /// Commands of which each gets the value of the one before as its last argument.
    struct Pipeline {
        /// Variables that take the value: one, or index and element of a range.
        var variables: [String] = []
        var declares = false
        var commands: [Command] = []
        var offset: Int
    }

    /// A function, field or value, and its arguments.
    struct Command {
        var operands: [Operand]
    }

    struct Operand {
        indirect enum Kind {
            case dot
            case variable(String)
            case function(String)
            case literal(JSON)
            case pipeline(Pipeline)
        }
        var kind: Kind
        /// `.A.B` behind it.
        var fields: [(name: String, offset: Int)]
        var offset: Int
    }

    /// - Throws: `badUsage` with line and column where the text is no template.
    init(_ text: String) throws(Problem) {
        self.text = text
        var parser = TemplateParser(
            tokens: try TemplateLexer.tokens(of: text), bytes: Array(text.utf8))
        nodes = try parser.parse()
    }

    /// Returns the text the template makes of a value.
    ///
    /// - Throws: `badUsage` with line and column where the value does not fit.
    func text(for value: JSON) throws(Problem) -> String {
        var run = TemplateRun(self, value)
        return try run.text()
    }
}
