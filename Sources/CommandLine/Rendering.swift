import Base
import Operations

/// Turns the content of a view into text.
enum Rendering {
    /// - Throws: `badUsage` where the user's template is wrong.
    static func text(of content: View.Content) throws(Problem) -> String {
        switch content {
        case .nothing: return ""
        case .sections(let sections):
            var texts: [String] = []
            for section in sections {
                texts.append("\(section.title)\n\n\(try text(of: section.content))")
            }
            return texts.joined(separator: "\n")
        case .lines(let lines): return lines.map { $0 + "\n" }.joined()
        case .document(let document): return document.text(indent: 4) + "\n"
        case .template(let text, let document):
            return ended(try Template(text).text(for: document))
        case .table(let table): return try text(of: table)
        }
    }

    private static func text(of table: View.Table) throws(Problem) -> String {
        let isTable = table.template.hasPrefix("table ")
        let template = try Template(isTable ? String(table.template.dropFirst(6)) : table.template)
        // A template that goes through the rows itself gets them all at once.
        if !isTable, goesThroughRows(template) {
            return ended(try template.text(for: .array(table.rows)))
        }
        var lines: [String] = []
        if isTable, table.showsHeadings { lines.append(template.headings(table.headings)) }
        for row in table.rows { lines.append(try template.text(for: row)) }
        if isTable { return TableText.aligned(lines) }
        return lines.map(ended).joined()
    }

    /// Whether the template begins with `{{range .}}`.
    private static func goesThroughRows(_ template: Template) -> Bool {
        guard case .range(let pipeline, _, _)? = template.nodes.first,
            let command = pipeline.commands.first, let operand = command.operands.first,
            case .dot = operand.kind
        else { return false }
        return operand.fields.isEmpty
    }

    private static func ended(_ text: String) -> String {
        text.hasSuffix("\n") ? text : text + "\n"
    }
}
