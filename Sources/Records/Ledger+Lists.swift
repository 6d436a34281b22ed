package import Base
import Kernel
package import Specs

/// Lists of images: their rows. Their names are apart from those of images.
extension Ledger {
    /// Records a new list.
    ///
    /// - Throws: `nameInUse` where a list or an image has its name.
    package func insert(_ list: ManifestList) throws(Problem) {
        let database = try database()
        try database.transaction { () throws(Problem) in
            if try self.list(named: list.name) != nil { throw listIsThere(list.name) }
            if try image(named: list.name) != nil {
                throw Problem(
                    .nameInUse, "there is an image \"\(list.name)\" already",
                    next: "choose another name")
            }
            try database.run(
                "INSERT INTO lists(name, id, record) VALUES(?, ?, ?)", .text(list.name),
                .text(list.id), .text(JSON(encoding: list).text()))
        }
    }

    /// Returns what is said of a name that another list has.
    package func listIsThere(_ name: String) -> Problem {
        Problem(
            .nameInUse, "there is a list \"\(name)\" already",
            next: "use --amend to go on with it, or remove it with \"martlet manifest rm \(name)\"")
    }

    /// Changes a list in one transaction, so that two changes at once are both made.
    package func change(
        listNamed name: String, _ body: (inout ManifestList) throws(Problem) -> Void
    ) throws(Problem) -> ManifestList {
        let database = try database()
        return try database.transaction { () throws(Problem) in
            guard var list = try list(named: name) else { throw try noSuchList(name) }
            try body(&list)
            try database.run(
                "UPDATE lists SET record = ? WHERE name = ?",
                .text(JSON(encoding: list).text()), .text(name))
            return list
        }
    }

    /// Returns every list by name.
    package func lists() throws(Problem) -> [ManifestList] {
        try database().query("SELECT record FROM lists ORDER BY name") {
            row throws(Problem) in try Ledger.list(row)
        }
    }

    /// Returns the list of this full name, or nil.
    package func list(named name: String) throws(Problem) -> ManifestList? {
        try database().query("SELECT record FROM lists WHERE name = ?", .text(name)) {
            row throws(Problem) in try Ledger.list(row)
        }.first
    }

    /// Returns the list that `text` means, or nil: a name, or an id or its beginning.
    package func lookUpList(_ text: String) throws(Problem) -> ManifestList? {
        if let reference = try? ImageReference(text), reference.digest == nil {
            let whole = reference.complete
            let names = whole.isShort ? [whole.qualified(with: "localhost"), whole] : [whole]
            for name in names {
                if let list = try list(named: name.description) { return list }
            }
        }
        let found = try lists().filter { text.utf8.count >= 2 && $0.id.hasPrefix(text) }
        if found.count > 1 {
            throw Problem(
                .badValue, "\"\(text.printable)\" is the beginning of several lists' ids",
                why: found.map(\.name).joined(separator: ", "), next: "write more of the id")
        }
        return found.first
    }

    /// Returns the list that `text` means.
    ///
    /// - Throws: `noSuchImage` with the nearest name there is.
    package func findList(_ text: String) throws(Problem) -> ManifestList {
        if let list = try lookUpList(text) { return list }
        throw try noSuchList(text)
    }

    /// Forgets a list; its images stay where they are.
    package func remove(_ list: ManifestList) throws(Problem) {
        try makingRoom { () throws(Problem) in
            _ = try database().run("DELETE FROM lists WHERE id = ?", .text(list.id))
        }
    }

    private func noSuchList(_ text: String) throws(Problem) -> Problem {
        Problem(
            .noSuchImage, "there is no list \"\(text.printable)\"",
            next: ImageReference.nearest(to: text, among: try lists().map(\.name)).map {
                "did you mean \"\($0)\"?"
            }
                ?? "make it with \"martlet manifest create \(text.printable)\"")
    }

    private static func list(_ row: Database.Row) throws(Problem) -> ManifestList {
        try JSON(parsing: row.bytes(0), name: "list").decode(ManifestList.self, name: "list")
    }
}
