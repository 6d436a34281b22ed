package import Base
package import Specs

/// Secrets: their rows; what they hold is never in the database.
extension Ledger {
    /// Records a secret.
    ///
    /// - Parameter replacing: whether one of that name gives way.
    /// - Returns: the one that gave way.
    /// - Throws: `nameInUse` where there is one of that name, and it stays.
    package func insert(_ secret: SecretRecord, replacing: Bool) throws(Problem) -> SecretRecord? {
        let database = try database()
        return try database.transaction { () throws(Problem) -> SecretRecord? in
            let standing = try self.secret(named: secret.name)
            guard standing == nil || replacing else {
                throw Problem(
                    .nameInUse, "there is a secret \"\(secret.name)\" already",
                    next: "choose another name, or use --replace")
            }
            try database.run("DELETE FROM secrets WHERE name = ?", .text(secret.name))
            try database.run(
                "INSERT INTO secrets(name, id, record) VALUES(?, ?, ?)", .text(secret.name),
                .text(secret.id), .text(JSON(encoding: secret).text()))
            return standing
        }
    }

    /// Returns every secret by name.
    package func secrets() throws(Problem) -> [SecretRecord] {
        try database().query("SELECT record FROM secrets ORDER BY name") { row throws(Problem) in
            try Ledger.secret(row)
        }
    }

    /// Returns the secret of this name, or nil.
    package func secret(named name: String) throws(Problem) -> SecretRecord? {
        try database().query("SELECT record FROM secrets WHERE name = ?", .text(name)) {
            row throws(Problem) in try Ledger.secret(row)
        }.first
    }

    /// Returns the secret that `text` means: a name, a full id, or the only id that begins so.
    ///
    /// - Throws: `noSuchObject`, or `badValue` where the beginning is that of several.
    package func findSecret(_ text: String) throws(Problem) -> SecretRecord {
        if let secret = try secret(named: text) { return secret }
        let all = try secrets()
        let matches = all.filter { !text.isEmpty && $0.id.hasPrefix(text) }
        if matches.count > 1 {
            throw Problem(
                .badValue, "\"\(text.printable)\" is the beginning of several secret ids",
                why: matches.map(\.id).joined(separator: ", "), next: "write more of the id")
        }
        if let secret = matches.first { return secret }
        throw Problem(
            .noSuchObject, "there is no secret \"\(text.printable)\"",
            next: all.map(\.name).nearest(to: text).map { "did you mean \"\($0)\"?" }
                ?? "list the secrets with \"martlet secret ls\"")
    }

    /// Forgets a secret.
    package func remove(_ secret: SecretRecord) throws(Problem) {
        try makingRoom { () throws(Problem) in
            _ = try database().run("DELETE FROM secrets WHERE id = ?", .text(secret.id))
        }
    }

    private static func secret(_ row: Database.Row) throws(Problem) -> SecretRecord {
        try JSON(parsing: row.bytes(0), name: "secret").decode(SecretRecord.self, name: "secret")
    }
}
