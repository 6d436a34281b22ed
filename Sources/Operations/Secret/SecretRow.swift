import Base
import Specs

/// One secret as listings and `inspect` see it.
struct SecretRow {
    private let secret: SecretRecord
    private let path: String
    /// What it holds, where that was asked for.
    var content: String?

    init(_ secret: SecretRecord, path: String) {
        self.secret = secret
        self.path = path
    }

    /// What `inspect` shows, in podman's words.
    var document: JSON {
        let driver = JSON.record([
            ("Name", .string(secret.driver)), ("Options", .map(["path": path])),
        ])
        return .record(
            [
                ("ID", .string(secret.id)),
                ("CreatedAt", .time(secret.created)),
                ("UpdatedAt", .time(secret.updated)),
                (
                    "Spec",
                    .record([
                        ("Name", .string(secret.name)), ("Driver", driver),
                        ("Labels", .map(secret.labels)),
                    ])
                ),
            ] + (content.map { [("SecretData", JSON.string($0))] } ?? []))
    }

    /// What a template of `ls` sees.
    func fields(now: Int64) -> JSON {
        .record([
            ("ID", .string(secret.id)),
            ("Name", .string(secret.name)),
            ("Driver", .string(secret.driver)),
            ("CreatedAt", .string(Human.ago(secret.created, now: now))),
            ("UpdatedAt", .string(Human.ago(secret.updated, now: now))),
            ("Labels", .map(secret.labels)),
        ])
    }

    /// The document for people to read (`--pretty`).
    static func lines(_ document: JSON) -> [String] {
        var labels: [JSON.Member] = []
        if case .object(let members)? = document["Spec"]?["Labels"] { labels = members }
        return [
            "ID:              \(document["ID"]?.text ?? "")",
            "Name:            \(document["Spec"]?["Name"]?.text ?? "")",
        ] + (labels.isEmpty ? [] : ["Labels:"])
            + labels.map { " - \($0.name)=\($0.value.text ?? "")" } + [
                "Driver:          \(document["Spec"]?["Driver"]?["Name"]?.text ?? "")",
                "Created at:      \(document["CreatedAt"]?.text ?? "")",
                "Updated at:      \(document["UpdatedAt"]?.text ?? "")",
            ] + (document["SecretData"].map { ["Secret:          \($0.text ?? "")"] } ?? [])
    }

    /// Whether every filter holds; values of one key are alternatives.
    func matches(_ filters: [String]) throws(Problem) -> Bool {
        var byKey: [String: Bool] = [:]
        for filter in filters {
            let (key, value) = Assignments.parted(filter)
            byKey[key] = try matches(key, value ?? "") || byKey[key] ?? false
        }
        return byKey.values.allSatisfy { $0 }
    }

    private func matches(_ key: String, _ value: String) throws(Problem) -> Bool {
        switch key {
        case "name": return try Filter.isNamed(secret.name, value)
        case "id": return secret.id.hasPrefix(value)
        default:
            throw Problem(
                .badUsage, "secrets cannot be filtered by \"\(key.printable)\"",
                next: "filter by id or name")
        }
    }
}
