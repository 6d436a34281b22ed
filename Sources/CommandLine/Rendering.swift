import Base
import Operations

/// Turns the content of a view into text.
enum Rendering {
    /// - Throws: `badUsage` where the user's template is wrong.
    static func text(of content: View.Content) throws(Problem) -> String {
        switch content {
        case .nothing: ""
        case .lines(let lines): lines.map { $0 + "\n" }.joined()
        case .document(let document): document.text(indent: 4) + "\n"
        case .template, .table: throw Problem(.notBuilt, "templates are not built yet")
        }
    }
}
