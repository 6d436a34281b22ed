package import Base
package import Engine
import Kernel
package import Operations

/// `martlet quadlet check`
package enum QuadletCheck: Verb {
    package struct Request: Equatable, Sendable {
        /// Files and directories; none for the whole search path.
        package var paths: [String] = []
        package var form = Form.text
    }

    /// How findings are written.
    package enum Form: String, Sendable, CaseIterable {
        case text, json, sarif
    }

    package struct Reply: Sendable {
        package let findings: [Finding]
        /// How many unit files were looked at.
        package let files: Int

        package init(findings: [Finding], files: Int) {
            self.findings = findings
            self.files = files
        }
    }

    package static var card: Card<Request> {
        Card(
            "quadlet check", summary: "Find what is wrong with unit files",
            .get("/libpod/quadlets/check"), blank: Request(),
            fields: [
                .arguments("path", "A unit file or a directory of them; none for all that are used")
                {
                    (request, text) throws(Problem) in
                    request.paths.append(text)
                } write: {
                    $0.paths
                },
                .value("format", short: "f", "FORMAT", "Write text, json or sarif") {
                    (request, text) throws(Problem) in
                    guard let form = Form(rawValue: text) else {
                        throw Problem(
                            .badValue, "\"\(text.printable)\" is no form of a report",
                            next: "write text, json or sarif")
                    }
                    request.form = form
                } write: {
                    $0.form == .text ? nil : $0.form.rawValue
                }.completing(.words(Form.allCases.map(\.rawValue))).local,
            ]
        ).details(
            "All problems of all files are shown, each with its place, its reason, the nearest "
                + "valid spelling and the name of the rule. The exit status is 1 where there is "
                + "an error, and 0 where there are at most warnings.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let selection = try Selection(request.paths, house.caller)
        let machine = Machine.present(house.caller)
        let plan = Plan(selection.library, Plan.settings(selection.circumstances))
        var findings = plan.findings
        for unit in selection.library.units { findings += Advice.on(unit, machine) }
        for service in plan.services {
            findings += Rehearsal.of(service, from: plan.library.units[service.unit])
        }
        let isChosen: (Finding) -> Bool = { finding in
            guard let chosen = selection.chosen, let place = finding.problem.place else {
                return true
            }
            return chosen.contains {
                place.file == $0 || place.file.contains("/\(Paths.base(of: $0)).d/")
            }
        }
        findings = findings.filter(isChosen)
        findings.sort { first, second in
            guard let a = first.problem.place, let b = second.problem.place else {
                return first.problem.place == nil && second.problem.place != nil
            }
            return (a.file, a.line, a.column) < (b.file, b.line, b.column)
        }
        return Reply(
            findings: findings, files: selection.chosen?.count ?? selection.library.units.count)
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        let failed = reply.findings.contains { $0.severity == .error }
        let content: View.Content =
            switch request.form {
            case .text: .lines(lines(of: reply))
            case .json: .document(.array(reply.findings.map(\.document)))
            case .sarif: .document(sarif(of: reply))
            }
        return View(content, status: failed ? 1 : 0)
    }

    private static func lines(of reply: Reply) -> [String] {
        var lines: [String] = []
        for finding in reply.findings {
            var parts = finding.description.split(separator: "\n").map(String.init)
            if !parts.isEmpty { parts[0] += " [\(finding.rule)]" }
            lines += parts
        }
        func count(_ severity: Finding.Severity) -> String {
            let number = reply.findings.count { $0.severity == severity }
            return "\(number) \(severity.rawValue)\(number == 1 ? "" : "s")"
        }
        lines.append(
            "\(reply.files) file\(reply.files == 1 ? "" : "s"): "
                + "\(count(.error)), \(count(.warning)), \(count(.note))")
        return lines
    }

    /// See SARIF 2.1.0, OASIS Standard.
    private static func sarif(of reply: Reply) -> JSON {
        let rules = Set(reply.findings.map(\.rule)).sorted()
        let driver = JSON.object([
            JSON.Member("name", .string("martlet")),
            JSON.Member("version", .string(Release.version)),
            JSON.Member(
                "rules", .array(rules.map { .object([JSON.Member("id", .string($0))]) })),
        ])
        let results = reply.findings.map { finding -> JSON in
            var members = [
                JSON.Member("ruleId", .string(finding.rule)),
                JSON.Member("level", .string(finding.severity.rawValue)),
                JSON.Member(
                    "message", .object([JSON.Member("text", .string(finding.message))])),
            ]
            if let place = finding.problem.place {
                let location = JSON.object([
                    JSON.Member("uri", .string("file://\(Percent.encodePath(place.file))"))
                ])
                let region = JSON.object([
                    JSON.Member("startLine", .integer(place.line)),
                    JSON.Member("startColumn", .integer(place.column)),
                ])
                let physical = JSON.object([
                    JSON.Member("artifactLocation", location), JSON.Member("region", region),
                ])
                members.append(
                    JSON.Member(
                        "locations",
                        .array([.object([JSON.Member("physicalLocation", physical)])])))
            }
            return .object(members)
        }
        let run = JSON.object([
            JSON.Member("tool", .object([JSON.Member("driver", driver)])),
            JSON.Member("results", .array(results)),
            JSON.Member("columnKind", .string("unicodeCodePoints")),
        ])
        return .object([
            JSON.Member(
                "$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")),
            JSON.Member("version", .string("2.1.0")),
            JSON.Member("runs", .array([run])),
        ])
    }
}

extension Percent {
    /// Returns a path with every part encoded.
    fileprivate static func encodePath(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { encode(String($0)) }
            .joined(separator: "/")
    }
}

extension Finding {
    /// What is wrong and why, with the hint, without the place.
    var message: String {
        var text = problem.what
        if let why = problem.why { text += ": \(why)" }
        if let next = problem.next { text += " (\(next))" }
        return text
    }

    /// The finding as JSON.
    var document: JSON {
        var members = [
            JSON.Member("severity", .string(severity.rawValue)), JSON.Member("rule", .string(rule)),
            JSON.Member(
                "message", .string(problem.why.map { "\(problem.what): \($0)" } ?? problem.what)),
        ]
        if let next = problem.next { members.append(JSON.Member("hint", .string(next))) }
        if let place = problem.place {
            members.append(JSON.Member("file", .string(place.file)))
            members.append(JSON.Member("line", .integer(place.line)))
            members.append(JSON.Member("column", .integer(place.column)))
        }
        return .object(members)
    }
}
