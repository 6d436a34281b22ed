package import Base
package import Engine
import Kernel
package import Operations

/// `martlet quadlet explain`
package enum QuadletExplain: Verb {
    package struct Request: Equatable, Sendable {
        package var file = ""
    }

    package struct Reply: Sendable {
        package let lines: [String]
        /// Whether the file has an error, so that its service only says so.
        package let isBroken: Bool
    }

    package static var card: Card<Request> {
        Card(
            "quadlet explain", summary: "Show the service of a unit file, and why it is so",
            .get("/libpod/quadlets/{name}/explain"), blank: Request(),
            fields: [
                .argument("name", "A unit file, by its name or its path") {
                    (request, text) throws(Problem) in
                    request.file = text
                } write: {
                    $0.file
                }.completing(.file)
            ]
        ).details(
            "Each line of the service stands beside the line of the file, or of the drop-in, that "
                + "caused it; \"rule\" marks what every service of this type has. Options are "
                + "shown with what the engine does for them.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let isPath = request.file.contains("/")
        let selection = try Selection(isPath ? [request.file] : [], house.caller)
        let plan = Plan(selection.library, Plan.settings(selection.circumstances))
        let name = Paths.base(of: request.file)
        guard
            let service = plan.services.first(where: {
                plan.library.units[$0.unit].name.file == name
            })
        else {
            if let index = plan.library.units.firstIndex(where: { $0.name.file == name }) {
                let path = plan.library.units[index].path
                let reasons = plan.findings.filter { $0.problem.place?.file == path }
                return Reply(
                    lines: ["# \(path): no service"] + reasons.map { "# \($0.description)" },
                    isBroken: true)
            }
            let known = plan.library.units.map(\.name.file)
            throw Problem(
                .noSuchObject, "there is no unit file \"\(request.file.printable)\"",
                next: known.nearest(to: name).map { "did you mean \"\($0)\"?" }
                    ?? "list them with \"martlet quadlet list\"")
        }
        let unit = plan.library.units[service.unit]
        var lines = ["# \(unit.path) becomes \(service.name)"]
        lines += unit.dropIns.map { "# with \($0)" }
        var page = Page(unit.directory)
        for section in service.text.sections {
            page.add("")
            page.add("[\(section.name)]")
            for line in section.lines where !line.isBlank { page.add(line) }
        }
        lines += page.lines()
        for link in service.links { lines.append("# started as \(link.path)") }
        for finding in Rehearsal.of(service, from: unit) {
            lines.append("# \(finding.brief(below: unit.directory))")
        }
        return Reply(lines: lines, isBroken: service.isExplanation)
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines(reply.lines), status: reply.isBroken ? 1 : 0)
    }
}

/// Two columns: what is generated, and what caused it.
private struct Page {
    private var rows: [(left: String, right: String)] = []
    private let directory: String
    private static let widestLeft = 72

    init(_ directory: String) { self.directory = directory }

    mutating func add(_ left: String, _ right: String = "") { rows.append((left, right)) }

    mutating func add(_ line: ServiceText.Line) {
        guard !line.words.isEmpty else {
            if line.key.isEmpty { return add(line.value) }
            return add(
                line.text,
                line.causes.isEmpty ? "rule" : line.causes.map(name).joined(separator: ", "))
        }
        let verb = line.words.dropFirst().prefix { !$0.text.hasPrefix("-") }
        var rest = line.words[verb.endIndex...]
        let engine = line.words.first?.text ?? ""
        let plainVerb = verb.prefix(2).map(\.text).joined(separator: " ")
        let options = Page.meanings(of: plainVerb)
        let prefix = line.value.hasPrefix("-") && !engine.hasPrefix("-") ? "-" : ""
        let head = ([prefix + engine] + verb.map(\.text)).joined(separator: " ")
        add("\(line.key)=\(head)", "rule")
        while let word = rest.popFirst() {
            var text = word.text
            var meaning = options[String(text.prefix { $0 != "=" })] ?? ""
            if text.hasPrefix("-"), !text.contains("="), let next = rest.first,
                next.cause == word.cause,
                !next.text.hasPrefix("-"), rest.count > 1 || word.cause != nil
            {
                text += " \(next.text)"
                rest.removeFirst()
            } else if !text.hasPrefix("-") {
                meaning = ""
            }
            let cause = word.cause.map(name) ?? "rule"
            add("    \(text.printable)", meaning.isEmpty ? cause : "\(cause): \(meaning)")
        }
    }

    /// Returns what each option of a verb does, in the words of the verb's own help.
    private static func meanings(of verb: String) -> [String: String] {
        let known =
            Verbs.all.first { $0.spellings.contains(verb) }
            ?? Verbs.all.first { $0.spellings.contains(verb.cut(at: " ").0) }
        var meanings: [String: String] = [:]
        for parameter in known?.signature().parameters ?? [] where parameter.isOption {
            for name in [parameter.name] + parameter.aliases {
                meanings["--\(name)"] = parameter.summary
            }
            if let short = parameter.short { meanings["-\(short)"] = parameter.summary }
        }
        return meanings
    }

    private func name(_ place: Problem.Place) -> String {
        let inside = place.file.hasPrefix("\(directory)/")
        let file = inside ? String(place.file.dropFirst(directory.count + 1)) : place.file
        return "\(file):\(place.line)"
    }

    func lines() -> [String] {
        let width = min(
            Page.widestLeft, rows.filter { !$0.right.isEmpty }.map { $0.left.count }.max() ?? 0)
        return rows.map { left, right in
            guard !right.isEmpty else { return left }
            let gap = String(repeating: " ", count: max(0, width - left.count))
            return "\(left)\(gap)  # \(right)"
        }
    }
}
