import Base

extension Template {
    /// Returns the line of headings for a table of this template.
    ///
    /// Each action stands for the last field it names: `{{.ID | truncate 12}}` for `ID`.
    ///
    /// - Parameter words: headings that are not the field's name in capitals.
    func headings(_ words: [String: String]) -> String {
        Template.headings(of: nodes, words)
    }

    private static func headings(of nodes: [Node], _ words: [String: String]) -> String {
        var line = ""
        for node in nodes {
            switch node {
            case .text(let text): line += text
            case .show(let pipeline):
                if pipeline.variables.isEmpty { line += heading(of: pipeline, words) }
            case .condition(let pipeline, let body, _), .with(let pipeline, let body, _),
                .range(let pipeline, let body, _):
                let inside = headings(of: body, words)
                let isEmpty = inside.allSatisfy { !$0.isLetter }
                line += isEmpty ? heading(of: pipeline, words) : inside
            case .leave: continue
            }
        }
        return line
    }

    private static func heading(of pipeline: Pipeline, _ words: [String: String]) -> String {
        guard let name = lastField(of: pipeline) else { return "" }
        return words[name] ?? spaced(name).uppercased()
    }

    private static func lastField(of pipeline: Pipeline) -> String? {
        for command in pipeline.commands.reversed() {
            for operand in command.operands.reversed() {
                if let field = operand.fields.last { return field.name }
                if case .pipeline(let inner) = operand.kind, let name = lastField(of: inner) {
                    return name
                }
            }
        }
        return nil
    }

    /// `RunningFor` becomes `Running For`, `ImageID` `Image ID`.
    private static func spaced(_ name: String) -> String {
        var out = ""
        var last: Character?
        for character in name {
            if character.isUppercase, let last, last.isLowercase { out += " " }
            out.append(character)
            last = character
        }
        return out
    }
}
