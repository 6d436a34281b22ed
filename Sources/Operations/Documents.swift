package import Base

/// What `inspect` found: one document for each object, and what could not be found.
package struct Documents: Sendable {
    package var found: [JSON] = []
    package var problems: [Problem] = []

    package init() {}

    /// Looks each object up; one that is not there does not stop the others.
    package init(_ objects: [String], _ body: (String) throws(Problem) -> JSON) {
        for object in objects {
            do throws(Problem) { found.append(try body(object)) } catch { problems.append(error) }
        }
    }

    /// A list of documents, or each by a template.
    package func view(_ format: Format) -> View {
        switch format {
        case .standard, .json: View(.document(.array(found)), problems: problems)
        case .template(let text):
            View(
                .table(View.Table(found, text, showsHeadings: text.hasPrefix("table"))),
                problems: problems)
        }
    }
}
