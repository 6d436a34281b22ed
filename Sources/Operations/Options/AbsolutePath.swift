package import Base

/// A path inside a container, which has no present directory of ours.
package enum AbsolutePath {
    /// - Throws: `badValue` for a path that does not begin with `/`.
    package static func parse(_ text: String, for field: String) throws(Problem) -> String {
        guard text.hasPrefix("/") else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no path for \(field)",
                why: "it does not begin with \"/\"")
        }
        return text
    }
}
