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

extension Field {
    /// An option that podman has and Martlet refuses: never accepted and then forgotten.
    package static func notBuilt(
        _ name: String, short: Character? = nil, _ kind: Parameter.Kind = .value,
        next: String? = nil
    ) -> Field {
        @Sendable func refusal() -> Problem {
            Problem(.notBuilt, "the option \"--\(name)\" is not built yet", next: next)
        }
        switch kind {
        case .flag:
            return .checkedFlag(name, short: short, "Not built yet") { (_, on) throws(Problem) in
                if on { throw refusal() }
            } write: { _ in
                false
            }.hidden
        case .repeated, .commaSeparated:
            return .repeated(name, short: short, "VALUE", "Not built yet") {
                (_, _) throws(Problem) in
                throw refusal()
            } write: { _ in
                []
            }.hidden
        default:
            return .value(name, short: short, "VALUE", "Not built yet") { (_, _) throws(Problem) in
                throw refusal()
            } write: { _ in
                nil
            }.hidden
        }
    }

    /// An option that podman has for cgroup v1 alone.
    package static func oldControlGroups(_ name: String, _ kind: Parameter.Kind = .value) -> Field {
        .value(name, "VALUE", "For cgroup v1 alone") { (_, _) throws(Problem) in
            throw Problem(
                .badUsage, "the option \"--\(name)\" is for cgroup v1",
                why: "Martlet uses cgroup v2 alone", next: "leave the option out")
        } write: { _ in
            nil
        }.hidden
    }
}
