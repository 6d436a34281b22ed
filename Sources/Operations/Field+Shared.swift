import Base

// Fields that several verbs have, each with one spelling and one meaning.
extension Field {
    /// `--format`: json, or a Go template.
    package static func format(
        read: @escaping @Sendable (inout Request, Format) -> Void,
        write: @escaping @Sendable (Request) -> Format
    ) -> Field {
        .value(
            "format", short: "f", "FORMAT", "Show it as json or by a Go template",
            read: { (request, text) throws(Problem) in read(&request, Format(text)) },
            write: { write($0).text }
        ).completing(.words(["json"])).local
    }
}
