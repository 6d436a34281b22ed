package import Base
import Kernel

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

extension JSON {
    /// An object of these members, in their order.
    static func record(_ members: [(String, JSON)]) -> JSON {
        .object(members.map { Member($0.0, $0.1) })
    }

    /// A text, empty where there is none.
    static func text(_ text: String?) -> JSON { .string(text ?? "") }

    static func texts(_ texts: [String]) -> JSON { .array(texts.map(JSON.string)) }

    /// An object of texts, by name.
    static func map(_ pairs: [String: String]) -> JSON {
        .object(pairs.sorted { $0.key < $1.key }.map { Member($0.key, .string($0.value)) })
    }

    /// A time as RFC 3339 has it; Go's zero time where there is none.
    static func time(_ nanoseconds: Int64?) -> JSON {
        .string(nanoseconds.map(Timestamp.text) ?? "0001-01-01T00:00:00Z")
    }

    /// Whole seconds since 1970.
    static func seconds(_ nanoseconds: Int64) -> JSON { .integer(nanoseconds / 1_000_000_000) }
}
