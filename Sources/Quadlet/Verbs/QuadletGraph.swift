package import Base
package import Engine
package import Operations

/// `martlet quadlet graph`
package enum QuadletGraph: Verb {
    package struct Request: Equatable, Sendable {
        package var paths: [String] = []
        package var form = Form.text
    }

    /// How the graph is drawn.
    package enum Form: String, Sendable, CaseIterable {
        case text, dot, svg
    }

    package typealias Reply = [String]

    package static var card: Card<Request> {
        Card(
            "quadlet graph", summary: "Show which unit file needs which",
            .get("/libpod/quadlets/graph"), blank: Request(),
            fields: [
                .arguments("path", "A unit file or a directory of them; none for all that are used")
                {
                    (request, text) throws(Problem) in
                    request.paths.append(text)
                } write: {
                    $0.paths
                },
                .value("format", short: "f", "FORMAT", "Write text, dot or svg") {
                    (request, text) throws(Problem) in
                    guard let form = Form(rawValue: text) else {
                        throw Problem(
                            .badValue, "\"\(text.printable)\" is no form of a graph",
                            next: "write text, dot or svg")
                    }
                    request.form = form
                } write: {
                    $0.form == .text ? nil : $0.form.rawValue
                }.completing(.words(Form.allCases.map(\.rawValue))),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let selection = try Selection(request.paths, house.caller)
        let graph = Graph(Plan(selection.library, Plan.settings(selection.circumstances)))
        switch request.form {
        case .text: return graph.lines
        case .dot: return graph.dot
        case .svg: return graph.svg
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { View(.lines(reply)) }
}
