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
    /// `--format` of a listing: json, a Go template, or one that begins with `table`.
    package static func listFormat(
        read: @escaping @Sendable (inout Request, Format) -> Void,
        write: @escaping @Sendable (Request) -> Format
    ) -> Field {
        .value("format", "FORMAT", "Show it as json, by a Go template, or as table TEMPLATE") {
            read(&$0, Format($1))
        } write: {
            write($0).text
        }.completing(.words(["json", "table "])).local
    }

    /// `--no-trunc`: ids and commands whole.
    package static func noTrunc(
        read: @escaping @Sendable (inout Request, Bool) -> Void,
        write: @escaping @Sendable (Request) -> Bool
    ) -> Field {
        .flag("no-trunc", "Show ids and commands whole") {
            read(&$0, $1)
        } write: {
            write($0)
        }.alias("notruncate").local
    }

    /// `--noheading`: no line of headings.
    package static func noHeading(
        read: @escaping @Sendable (inout Request, Bool) -> Void,
        write: @escaping @Sendable (Request) -> Bool
    ) -> Field {
        .flag("noheading", "Leave the line of headings out") {
            read(&$0, $1)
        } write: {
            write($0)
        }.local
    }

    /// `--time`: seconds before SIGKILL.
    package static func grace(
        read: @escaping @Sendable (inout Request, UInt32) -> Void,
        write: @escaping @Sendable (Request) -> UInt32?
    ) -> Field {
        .value("time", short: "t", "SECONDS", "Wait this long before SIGKILL", Whole<UInt32>.parse)
        {
            read(&$0, $1)
        } write: {
            write($0).map { "\($0)" }
        }.alias("timeout").standard("10, or the container's own").wire("timeout")
    }

    /// `--detach-keys`: how to leave a container that runs on.
    package static func detachKeys(
        read: @escaping @Sendable (inout Request, String) -> Void,
        write: @escaping @Sendable (Request) -> String?
    ) -> Field {
        .value("detach-keys", "KEYS", "Leave by these keys; empty switches them off") {
            read(&$0, $1)
        } write: {
            write($0)
        }.standard("ctrl-p,ctrl-q")
    }

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
