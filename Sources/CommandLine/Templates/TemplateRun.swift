import Base

/// One use of a template on one value.
struct TemplateRun {
    private let template: Template
    private let root: JSON
    private var dot: JSON
    private var variables: [(name: String, value: JSON)] = []
    private var out = ""
    private var steps = 0

    init(_ template: Template, _ value: JSON) {
        self.template = template
        root = value
        dot = value
    }

    /// How a list of nodes was left.
    private enum Way { case through, next, out }

    mutating func text() throws(Problem) -> String {
        _ = try run(template.nodes)
        return out
    }

    // MARK: Nodes

    private mutating func run(_ nodes: [Template.Node]) throws(Problem) -> Way {
        for node in nodes {
            steps += 1
            guard steps < Limits.templateSteps, out.utf8.count < Limits.templateOutputBytes else {
                throw fault("it makes too much text", 0)
            }
            switch node {
            case .text(let text): out += text
            case .show(let pipeline):
                let value = try value(of: pipeline)
                if pipeline.variables.isEmpty { out += TemplateText.plain(value) }
            case .condition(let pipeline, let body, let otherwise):
                let way = try scoped(pipeline) { (run, value) throws(Problem) in
                    try run.run(value.isTrue ? body : otherwise)
                }
                if way != .through { return way }
            case .with(let pipeline, let body, let otherwise):
                let way = try scoped(pipeline) { (run, value) throws(Problem) in
                    guard value.isTrue else { return try run.run(otherwise) }
                    let before = run.dot
                    run.dot = value
                    defer { run.dot = before }
                    return try run.run(body)
                }
                if way != .through { return way }
            case .range(let pipeline, let body, let otherwise):
                let way = try range(pipeline, body, otherwise)
                if way != .through { return way }
            case .leave(let isBreak): return isBreak ? .out : .next
            }
        }
        return .through
    }

    /// Evaluates a pipeline whose variables end with what `body` runs.
    private mutating func scoped(
        _ pipeline: Template.Pipeline,
        _ body: (inout TemplateRun, JSON) throws(Problem) -> Way
    ) throws(Problem) -> Way {
        let count = variables.count
        let value = try value(of: pipeline)
        let way = try body(&self, value)
        variables.removeLast(variables.count - count)
        return way
    }

    private mutating func range(
        _ pipeline: Template.Pipeline, _ body: [Template.Node], _ otherwise: [Template.Node]
    ) throws(Problem) -> Way {
        let count = variables.count
        let before = dot
        defer { dot = before }
        var plain = pipeline
        plain.variables = []
        let value = try value(of: plain)
        let pairs = try pairs(of: value, pipeline.offset)
        if pairs.isEmpty { return try run(otherwise) }
        steps += pairs.count
        for (key, element) in pairs {
            guard steps < Limits.templateSteps else {
                throw fault("it takes too many steps", pipeline.offset)
            }
            dot = element
            switch pipeline.variables.count {
            case 1: set(pipeline.variables[0], element, declares: pipeline.declares)
            case 2:
                set(pipeline.variables[0], key, declares: pipeline.declares)
                set(pipeline.variables[1], element, declares: pipeline.declares)
            default: break
            }
            let way = try run(body)
            if variables.count > count { variables.removeLast(variables.count - count) }
            if way == .out { break }
        }
        return .through
    }

    private func pairs(of value: JSON, _ offset: Int) throws(Problem) -> [(JSON, JSON)] {
        switch value {
        case .array(let elements):
            return elements.enumerated().map { (.integer($0.offset), $0.element) }
        case .object(let members):
            return members.sorted { $0.name < $1.name }.map { (.string($0.name), $0.value) }
        case .number(let text):
            guard let count = Int(text), count <= Limits.templateSteps else { break }
            return (0..<max(0, count)).map { (.integer($0), .integer($0)) }
        case .null: return []
        case .boolean, .string: break
        }
        throw fault("\(value.kind) cannot be gone through", offset)
    }

    // MARK: Values

    private mutating func value(of pipeline: Template.Pipeline) throws(Problem) -> JSON {
        var value: JSON?
        for command in pipeline.commands { value = try evaluate(command, piped: value) }
        let result = value ?? .null
        if let name = pipeline.variables.first {
            guard pipeline.declares || variables.contains(where: { $0.name == name }) else {
                throw fault("there is no variable \"$\(name)\" yet", pipeline.offset)
            }
            set(name, result, declares: pipeline.declares)
        }
        return result
    }

    private mutating func set(_ name: String, _ value: JSON, declares: Bool) {
        if !declares, let index = variables.lastIndex(where: { $0.name == name }) {
            variables[index].value = value
        } else {
            variables.append((name, value))
        }
    }

    private mutating func evaluate(_ command: Template.Command, piped: JSON?) throws(Problem)
        -> JSON
    {
        steps += 1
        guard steps < Limits.templateSteps else { throw fault("it takes too many steps", 0) }
        let first = command.operands[0]
        let rest = command.operands.dropFirst()
        if case .function(let name) = first.kind {
            let result = try call(name, rest, piped, first.offset)
            return try fields(first.fields, of: result, arguments: [])
        }
        guard !rest.isEmpty || piped != nil else { return try evaluate(first) }
        var arguments: [JSON] = []
        for operand in rest { arguments.append(try evaluate(operand)) }
        if let piped { arguments.append(piped) }
        guard !first.fields.isEmpty else {
            throw fault("this value takes no arguments", first.offset)
        }
        return try fields(first.fields, of: try base(of: first), arguments: arguments)
    }

    private mutating func evaluate(_ operand: Template.Operand) throws(Problem) -> JSON {
        if case .function(let name) = operand.kind {
            return try fields(
                operand.fields, of: try call(name, [], nil, operand.offset), arguments: [])
        }
        return try fields(operand.fields, of: try base(of: operand), arguments: [])
    }

    private mutating func base(of operand: Template.Operand) throws(Problem) -> JSON {
        switch operand.kind {
        case .dot: return dot
        case .literal(let value): return value
        case .pipeline(let pipeline): return try value(of: pipeline)
        case .variable(let name):
            if name.isEmpty { return root }
            guard let variable = variables.last(where: { $0.name == name }) else {
                throw fault("there is no variable \"$\(name.printable)\"", operand.offset)
            }
            return variable.value
        case .function(let name): return try call(name, [], nil, operand.offset)
        }
    }

    /// Short circuits for `and` and `or`; all others get their arguments evaluated.
    private mutating func call(
        _ name: String, _ operands: ArraySlice<Template.Operand>, _ piped: JSON?, _ offset: Int
    ) throws(Problem) -> JSON {
        var arguments: [JSON] = []
        for operand in operands {
            let value = try evaluate(operand)
            if name == "and", !value.isTrue { return value }
            if name == "or", value.isTrue { return value }
            arguments.append(value)
        }
        if let piped { arguments.append(piped) }
        do throws(TemplateFunctions.Refusal) {
            return try TemplateFunctions.call(name, arguments)
        } catch {
            throw fault("\(name): \(error.why)", offset)
        }
    }

    // MARK: Fields

    private func fields(
        _ names: [(name: String, offset: Int)], of value: JSON, arguments: [JSON]
    ) throws(Problem) -> JSON {
        var value = value
        for (index, name) in names.enumerated() {
            let isLast = index == names.count - 1
            value = try field(name.name, name.offset, of: value, arguments: isLast ? arguments : [])
        }
        return value
    }

    private func field(_ name: String, _ offset: Int, of value: JSON, arguments: [JSON])
        throws(Problem) -> JSON
    {
        guard case .object(let members) = value else {
            if value == .null { return .null }
            throw fault("\(value.kind) has no field \".\(name.printable)\"", offset)
        }
        // docker's and podman's method of listings: {{.Label "key"}}.
        if name == "Label", arguments.count == 1, let key = arguments[0].text {
            return value["Labels"]?[key] ?? .string("")
        }
        guard arguments.isEmpty else {
            throw fault("\".\(name.printable)\" takes no arguments", offset)
        }
        if let exact = value[name] { return exact }
        let lower = name.lowercased()
        // Networks are shown in podman's own small letters with lines between the words.
        if let near = members.first(where: {
            $0.name.lowercased() == lower || $0.name.filter { $0 != "_" } == lower
        }) {
            return near.value
        }
        let names = members.map(\.name)
        let near = names.nearest(to: name)
        // Below the first level an object may be a map of the user's, such as labels.
        guard value == root || near != nil else { return .null }
        throw TemplateFault(
            "there is no field \".\(name.printable)\"", at: offset,
            next: near.map { "did you mean \".\($0)\"?" }
                ?? "there are \(names.prefix(40).map { "." + $0 }.joined(separator: " "))"
        ).problem(in: Array(template.text.utf8))
    }

    private func fault(_ why: String, _ offset: Int) -> Problem {
        TemplateFault(why, at: offset).problem(in: Array(template.text.utf8))
    }
}

extension JSON {
    /// Whether Go's templates take the value for true: not false, 0, empty or absent.
    var isTrue: Bool {
        switch self {
        case .null: false
        case .boolean(let value): value
        case .number(let text): Double(text) != 0
        case .string(let text): !text.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        }
    }

    /// What the value is, for messages.
    var kind: String {
        switch self {
        case .null: "nothing"
        case .boolean: "true or false"
        case .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
