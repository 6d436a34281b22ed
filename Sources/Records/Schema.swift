import Base

/// The tables, and the way from each older arrangement of them to the present one.
enum Schema {
    /// Counts up with each change; kept in the file's user_version.
    static let version = Int64(steps.count)

    /// Makes sure that the database has the present tables.
    ///
    /// - Throws: `badDocument` where a newer Martlet has written it: nothing is guessed then.
    static func settle(_ database: Database, path: String) throws(Problem) {
        let found = try currentVersion(database)
        if found == version { return }
        guard found < version else {
            throw Problem(
                .badDocument, "the store's database \"\(path)\" is of a newer Martlet",
                why: "it has schema \(found), and this program knows \(version)",
                next: "use the newer program")
        }
        // The mode is part of the file; changing it takes the file's exclusive lock for a moment.
        if found == 0 { try database.script("PRAGMA journal_mode=WAL") }
        try database.transaction { () throws(Problem) in
            // Another program may have been first.
            for step in try currentVersion(database)..<version {
                try database.script(steps[Int(step)])
            }
            try database.script("PRAGMA user_version=\(version)")
        }
    }

    /// Makes sure that a database that is only read has tables of images that are known.
    static func check(reading database: Database) throws(Problem) {
        let found = try currentVersion(database)
        guard found > 0, found <= version else {
            throw Problem(
                .badDocument, "its database is not one that this program knows",
                why: "it has schema \(found), and this program knows 1 to \(version)",
                next: found == 0 ? nil : "use the newer program")
        }
    }

    private static func currentVersion(_ database: Database) throws(Problem) -> Int64 {
        try database.query("PRAGMA user_version") { $0.integer(0) }.first ?? 0
    }

    /// `steps[n]` leads from version n to n + 1.
    ///
    /// Every opening reads all of this, so there are few indexes: most tables are small, and rows
    /// keep what is searched before what is large.
    private static let steps = [
        """
        CREATE TABLE layers(
            id TEXT PRIMARY KEY, chain TEXT NOT NULL UNIQUE, diff TEXT NOT NULL,
            parent TEXT REFERENCES layers(id), size INTEGER NOT NULL,
            blob TEXT, blob_size INTEGER, media_type TEXT) WITHOUT ROWID;
        CREATE TABLE images(
            id TEXT PRIMARY KEY, digest TEXT NOT NULL, created INTEGER NOT NULL,
            added INTEGER NOT NULL, size INTEGER NOT NULL, layers TEXT NOT NULL,
            top TEXT REFERENCES layers(id), config BLOB NOT NULL, manifest BLOB NOT NULL);
        CREATE TABLE names(
            name TEXT PRIMARY KEY, kind INTEGER NOT NULL,
            image TEXT NOT NULL REFERENCES images(id)) WITHOUT ROWID;
        CREATE INDEX names_image ON names(image);
        CREATE TABLE containers(
            id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
            image TEXT REFERENCES images(id), record TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE volumes(
            name TEXT PRIMARY KEY, anonymous INTEGER NOT NULL,
            needs_copy_up INTEGER NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE exits(
            container TEXT PRIMARY KEY, status INTEGER, time INTEGER NOT NULL,
            out_of_memory INTEGER NOT NULL) WITHOUT ROWID;
        """,
        pods,
        """
        CREATE TABLE networks(
            name TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, record TEXT NOT NULL) WITHOUT ROWID;
        """,
        """
        CREATE TABLE lists(
            name TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, record TEXT NOT NULL) WITHOUT ROWID;
        """,
    ]
}
