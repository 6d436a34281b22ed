extension Schema {
    /// Pods and secrets. A container's pod stands in its record; a secret's content in a file.
    static let pods = """
        CREATE TABLE pods(
            id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, record TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE secrets(
            name TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, record TEXT NOT NULL) WITHOUT ROWID;
        """
}
