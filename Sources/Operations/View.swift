package import Base

/// How a reply is shown on a command line; the front renders it.
package struct View: Sendable {
    package indirect enum Content: Sendable {
        case nothing
        /// Several, each below its title.
        case sections([(title: String, content: Content)])
        /// Lines as they are.
        case lines([String])
        case table(Table)
        /// A JSON document, indented.
        case document(JSON)
        /// A Go template over one document.
        case template(String, JSON)
    }

    package var content: Content
    /// What went wrong on the way; shown on standard error after the content.
    package var problems: [Problem]
    /// The exit status where it is not that of the first problem.
    package var status: CInt?

    package init(_ content: Content = .nothing, problems: [Problem] = [], status: CInt? = nil) {
        self.content = content
        self.problems = problems
        self.status = status
    }

    /// A listing: its rows, and the columns it has when nothing else is asked for.
    package struct Table: Sendable {
        /// What a template sees, row by row.
        package var rows: [JSON]
        /// A Go template, or one that begins with `table`, see docker-ps(1), "Formatting".
        package var template: String
        /// Headings that are not the field's name in capitals: `["ID": "CONTAINER ID"]`.
        package var headings: [String: String]
        package var showsHeadings: Bool

        package init(
            _ rows: [JSON], _ template: String, headings: [String: String] = [:],
            showsHeadings: Bool = true
        ) {
            self.rows = rows
            self.template = template
            self.headings = headings
            self.showsHeadings = showsHeadings
        }
    }
}

/// How the user wants a reply written (`--format`).
package enum Format: Equatable, Sendable {
    /// The verb's own way.
    case standard
    case json
    case template(String)

    package init(_ text: String) {
        switch text {
        case "": self = .standard
        case "json": self = .json
        default: self = .template(text)
        }
    }

    /// The text as written, or nil for the verb's own way.
    package var text: String? {
        switch self {
        case .standard: nil
        case .json: "json"
        case .template(let text): text
        }
    }

    /// Returns the content for one document.
    package func content(of document: JSON) -> View.Content {
        switch self {
        case .standard, .json: .document(document)
        case .template(let text): .template(text, document)
        }
    }

    /// Returns the content for a listing.
    ///
    /// - Parameter documents: what `--format json` shows, where that is more than the rows hold.
    package func content(of table: View.Table, documents: [JSON]? = nil) -> View.Content {
        switch self {
        case .standard: return .table(table)
        case .json: return .document(.array(documents ?? table.rows))
        case .template(let text):
            var other = table
            other.template = text
            other.showsHeadings = table.showsHeadings && text.hasPrefix("table")
            return .table(other)
        }
    }
}

/// What came of a verb that goes through several objects: what was done, and what was not.
package struct Batch: Sendable {
    /// The objects as the user named them, in the order they were done.
    package var done: [String] = []
    package var problems: [Problem] = []
    /// The exit status where it is a command's own.
    package var status: CInt?

    package init() {}

    /// Nothing done, and why by the exit status.
    package init(status: CInt) { self.status = status }

    /// One object that was made, or none to show.
    package init(made object: String?) { done = object.map { [$0] } ?? [] }

    /// Does `body` with each object; a failure does not stop the others.
    package init(_ objects: [String], _ body: (String) throws(Problem) -> String) {
        for object in objects {
            do throws(Problem) { done.append(try body(object)) } catch { problems.append(error) }
        }
    }

    /// The objects, line by line, and the problems after them.
    package var view: View { View(.lines(done), problems: problems, status: status) }

    /// The same for verbs that remove: 1 where something was not there, 2 where it is in use, as
    /// podman-rm(1), podman-rmi(1) and podman-volume-rm(1) have it.
    package var removalView: View {
        let status: CInt? =
            switch problems.first?.code {
            case .noSuchContainer, .noSuchImage, .noSuchVolume, .noSuchNetwork, .noSuchPod: 1
            case .objectInUse, .wrongState: 2
            default: nil
            }
        return View(.lines(done), problems: problems, status: status)
    }
}
