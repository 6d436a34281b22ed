import Base

/// Who needs whom among unit files.
package struct Graph {
    struct Edge: Equatable {
        let from: String
        let to: String
        let kind: Reference.Kind
        let line: Int
        /// Why the edge leads nowhere: the other file is missing or has an error; nil where it is
        /// fine.
        let fault: String?
    }

    private(set) var nodes: [String] = []
    private(set) var broken: Set<String> = []
    private(set) var edges: [Edge] = []

    package init(_ plan: Plan) {
        let units = plan.library.units
        broken = Set(plan.services.filter(\.isExplanation).map { units[$0.unit].name.file })
        nodes = Set(units.filter { !$0.isMasked }.map(\.name.file)).sorted()
        for service in plan.services {
            let from = units[service.unit].name.file
            for reference in service.references {
                let target = reference.target.map { units[$0].name.file }
                var fault: String?
                if target == nil { fault = "is missing" }
                if let target, broken.contains(target) { fault = "has an error" }
                let edge = Edge(
                    from: from, to: target ?? reference.file, kind: reference.kind,
                    line: reference.place.line, fault: fault)
                if !edges.contains(where: {
                    $0.from == edge.from && $0.to == edge.to && $0.kind == edge.kind
                }) {
                    edges.append(edge)
                }
            }
        }
        for edge in edges where edge.fault != nil && !nodes.contains(edge.to) {
            nodes.append(edge.to)
        }
    }

    /// One paragraph a file, with what it needs.
    package var lines: [String] {
        var lines: [String] = []
        for node in nodes {
            lines.append(broken.contains(node) ? "\(node)  ✗ has an error" : node)
            for edge in edges where edge.from == node {
                let mark = edge.fault.map { "  ✗ \($0)" } ?? ""
                lines.append("  \(edge.kind.rawValue): \(edge.to) (line \(edge.line))\(mark)")
            }
        }
        return lines
    }

    /// The language of graphviz. See dot(1).
    package var dot: [String] {
        func quoted(_ text: String) -> String {
            "\"\(text.printable.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
        }
        var lines = ["digraph quadlet {", "  rankdir=LR;", "  node [shape=box];"]
        for node in nodes {
            lines.append("  \(quoted(node))\(broken.contains(node) ? " [color=red]" : "");")
        }
        for edge in edges {
            let mark = edge.fault == nil ? "" : ", color=red, style=dashed"
            let label = "label=\(quoted(edge.kind.rawValue))"
            lines.append("  \(quoted(edge.from)) -> \(quoted(edge.to)) [\(label)\(mark)];")
        }
        return lines + ["}"]
    }

    // MARK: A drawing

    /// How far from the files that nobody needs a file stands: the longest way to it.
    private var ranks: [String: Int] {
        var ranks: [String: Int] = Dictionary(uniqueKeysWithValues: nodes.map { ($0, 0) })
        // A longest way has at most as many steps as there are files; loops end there.
        for _ in nodes.indices {
            var changed = false
            for edge in edges {
                let wanted = (ranks[edge.from] ?? 0) + 1
                if edge.from != edge.to, wanted > ranks[edge.to] ?? 0, wanted < nodes.count {
                    ranks[edge.to] = wanted
                    changed = true
                }
            }
            if !changed { break }
        }
        return ranks
    }

    /// A picture with one column a rank. See Scalable Vector Graphics 1.1.
    package var svg: [String] {
        let (width, height, wide, high) = (220, 30, 300, 50)
        let ranks = ranks
        var rows: [Int: Int] = [:]
        var places: [String: (x: Int, y: Int)] = [:]
        for node in nodes {
            let rank = ranks[node] ?? 0
            places[node] = (20 + rank * wide, 20 + rows[rank, default: 0] * high)
            rows[rank, default: 0] += 1
        }
        let right = 40 + width + (ranks.values.max() ?? 0) * wide
        let bottom = 40 + (rows.values.max() ?? 1) * high
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(right)\" height=\"\(bottom)\" "
                + "font-family=\"sans-serif\" font-size=\"12\">"
        ]
        for edge in edges {
            guard let from = places[edge.from], let to = places[edge.to] else { continue }
            let style =
                edge.fault == nil ? "stroke=\"#555\"" : "stroke=\"#c00\" stroke-dasharray=\"4\""
            lines.append(
                "  <line x1=\"\(from.x + width)\" y1=\"\(from.y + height / 2)\" x2=\"\(to.x)\" "
                    + "y2=\"\(to.y + height / 2)\" \(style)>"
                    + "<title>\(edge.kind.rawValue)</title></line>"
            )
        }
        for node in nodes {
            guard let place = places[node] else { continue }
            let colour = broken.contains(node) ? "#c00" : "#333"
            lines.append(
                "  <rect x=\"\(place.x)\" y=\"\(place.y)\" width=\"\(width)\" "
                    + "height=\"\(height)\" rx=\"4\" fill=\"#fff\" stroke=\"\(colour)\"/>")
            lines.append(
                "  <text x=\"\(place.x + 8)\" y=\"\(place.y + 20)\" fill=\"\(colour)\">"
                    + "\(Graph.escaped(node))</text>"
            )
        }
        return lines + ["</svg>"]
    }

    private static func escaped(_ text: String) -> String {
        text.printable.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    }
}
