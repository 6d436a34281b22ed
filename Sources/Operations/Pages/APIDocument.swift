package import Base

/// The description of the API, as OpenAPI 3.1 has it.
package enum APIDocument {
    /// Returns the document of all verbs.
    package static func make(_ signatures: [Signature]) -> JSON {
        var paths: [(String, [JSON.Member])] = []
        for signature in signatures where !signature.isHidden {
            let method = signature.route.method.rawValue.lowercased()
            let member = JSON.Member(method, operation(signature))
            if let index = paths.firstIndex(where: { $0.0 == signature.route.path }) {
                paths[index].1.append(member)
            } else {
                paths.append((signature.route.path, [member]))
            }
        }
        return .record([
            ("openapi", .string("3.1.0")),
            (
                "info",
                .record([
                    ("title", .string("Martlet")),
                    ("version", .string(Release.version)),
                    (
                        "description",
                        .string(
                            "Every verb of the command line by its route. In a path, several names stand "
                                + "with commas between them, and * stands where none is given.")
                    ),
                ])
            ),
            ("paths", .record(paths.sorted { $0.0 < $1.0 }.map { ($0.0, .object($0.1)) })),
            ("components", .record([("schemas", .record([("Problem", problem)]))])),
        ])
    }

    private static func operation(_ signature: Signature) -> JSON {
        let route = signature.route
        let shown = signature.parameters.filter { !$0.isLocal && !$0.isHidden }
        let inPath = shown.filter { route.placeholders.contains($0.wire) }
        let others = shown.filter { !route.placeholders.contains($0.wire) }
        var members: [(String, JSON)] = [
            ("operationId", .string(identifier(signature.words))),
            ("summary", .string(signature.summary)),
        ]
        if !signature.details.isEmpty {
            members.append(("description", .string(signature.details.joined(separator: "\n\n"))))
        }
        var parameters = inPath.map { parameter($0, in: "path") }
        if !route.hasBody { parameters += others.map { parameter($0, in: "query") } }
        if !parameters.isEmpty { members.append(("parameters", .array(parameters))) }
        if route.hasBody { members.append(("requestBody", body(others))) }
        let failure = JSON.record([("$ref", .string("#/components/schemas/Problem"))])
        members.append(
            (
                "responses",
                .record([
                    ("2XX", .record([("description", .string("It is done"))])),
                    (
                        "default",
                        .record([
                            ("description", .string("Why it is not done")),
                            ("content", json(failure)),
                        ])
                    ),
                ])
            ))
        return .record(members)
    }

    /// `containerStop`
    private static func identifier(_ words: [String]) -> String {
        (words.first ?? "")
            + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }
            .joined()
    }

    private static func parameter(_ parameter: Parameter, in place: String) -> JSON {
        var members: [(String, JSON)] = [
            ("name", .string(parameter.wire)), ("in", .string(place)),
            ("description", .string(Help.meaning(of: parameter))),
        ]
        if place == "path" { members.append(("required", .boolean(true))) }
        if parameter.isList {
            members.append(("style", .string(place == "path" ? "simple" : "form")))
            members.append(("explode", .boolean(place != "path")))
        }
        members.append(("schema", schema(parameter, described: false)))
        return .record(members)
    }

    private static func body(_ parameters: [Parameter]) -> JSON {
        let properties = parameters.map { ($0.wire, schema($0, described: true)) }
        let required = parameters.filter { $0.kind == .argument(isRequired: true) }
        var members: [(String, JSON)] = [
            ("type", .string("object")), ("properties", .record(properties)),
        ]
        if !required.isEmpty { members.append(("required", .texts(required.map(\.wire)))) }
        return .record([("required", .boolean(true)), ("content", json(.record(members)))])
    }

    private static func json(_ schema: JSON) -> JSON {
        .record([("application/json", .record([("schema", schema)]))])
    }

    private static func schema(_ parameter: Parameter, described: Bool) -> JSON {
        var members: [(String, JSON)] = []
        if parameter.isList {
            members = [
                ("type", .string("array")), ("items", .record([("type", .string("string"))])),
            ]
        } else {
            members = [("type", .string(parameter.kind == .flag ? "boolean" : "string"))]
            if case .words(let words) = parameter.completion,
                words.allSatisfy({ !$0.hasSuffix(":") && !$0.hasSuffix("=") && !$0.hasSuffix(",") })
            {
                members.append(("examples", .texts(words)))
            }
        }
        if described { members.append(("description", .string(Help.meaning(of: parameter)))) }
        return .record(members)
    }

    /// What every failure answers with: the same Problem the command line shows.
    private static let problem: JSON = .record([
        ("type", .string("object")),
        (
            "properties",
            .record(
                ["code", "what", "why", "next"].map {
                    ($0, JSON.record([("type", .string("string"))]))
                })
        ),
        ("required", .texts(["code", "what"])),
    ])
}
