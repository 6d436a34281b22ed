package import Base
import Kernel
package import Specs

/// Containers of both kinds: lasting ones in the database, the others as
/// `containers/ID/record.json`.
extension Ledger {
    /// Records a container whose name was reserved before; from now on every program sees it.
    package func insert(_ record: ContainerRecord) throws(Problem) {
        if record.ephemeral {
            try writeFile(record)
        } else {
            try database().run(
                """
                INSERT INTO containers(id, name, created, image, record)
                VALUES(?, ?, ?, \(Ledger.ownImage), ?)
                """, .text(record.id), .text(record.name), .integer(record.created),
                Database.Value(record.imageID), .text(JSON(encoding: record).text()))
        }
        // What is not committed yet no other program can see: it would take it for abandoned.
        if isTogether { unmarked.append(record.id) } else { removeMark(of: record.id) }
    }

    /// Takes the maker's mark away: only the record counts from here on.
    func removeMark(of id: String) {
        guard let containers = try? directory("containers"),
            let own = try? Files.open(at: containers, id, [.read, .directory])
        else { return }
        try? Files.remove(at: own, "maker")
    }

    /// The image of another store has no row here that a row could name.
    private static let ownImage = "(SELECT id FROM images WHERE id = ?)"

    /// Replaces the record of a container; its id and name stay.
    package func update(_ record: ContainerRecord) throws(Problem) {
        if record.ephemeral { return try writeFile(record) }
        let changed = try database().run(
            "UPDATE containers SET image = \(Ledger.ownImage), record = ? WHERE id = ?",
            Database.Value(record.imageID), .text(JSON(encoding: record).text()), .text(record.id))
        if changed == 0 { throw noContainer(record.name, nearest: nil) }
    }

    /// Gives a container another name.
    package func rename(_ record: ContainerRecord, to name: ObjectName) throws(Problem)
        -> ContainerRecord
    {
        var renamed = record
        renamed.name = name.text
        if let holder = try heldID(named: name.text) {
            throw Problem(
                .nameInUse, "the name \"\(name)\" is in use",
                why: "container \(holder.prefix(12)) has it")
        }
        let names = try directory("names")
        do throws(KernelFault) {
            try Files.link(at: names, name.text, to: record.id)
        } catch  where error.isPresence {
            throw Problem(
                .nameInUse, "the name \"\(name)\" is in use",
                why: "another command has just taken it")
        } catch {
            throw error.problem("cannot take the name \"\(name)\"")
        }
        if record.ephemeral {
            try writeFile(renamed)
        } else {
            try database().run(
                "UPDATE containers SET name = ?, record = ? WHERE id = ?", .text(name.text),
                .text(JSON(encoding: renamed).text()), .text(record.id))
        }
        // The old name may have been no more than a row; a link left over is swept.
        try? Files.removeLink(at: names, record.name, leadingTo: record.id)
        return renamed
    }

    /// Forgets a container, with its name and its run-time directory.
    package func remove(_ record: ContainerRecord) throws(Problem) {
        try forget(record)
        try release(name: record.name, id: record.id)
    }

    /// Removes what lasts of a container's record; that of an ephemeral one goes with its name.
    package func forget(_ record: ContainerRecord) throws(Problem) {
        if record.ephemeral { return }
        try makingRoom { () throws(Problem) in
            let database = try database()
            try database.transaction { () throws(Problem) in
                try database.run("DELETE FROM containers WHERE id = ?", .text(record.id))
                try database.run("DELETE FROM exits WHERE container = ?", .text(record.id))
            }
        }
    }

    /// Returns every container, the oldest first.
    package func containers() throws(Problem) -> [ContainerRecord] {
        var all = try database().query("SELECT record FROM containers") { row throws(Problem) in
            try decode(row.bytes(0), "container")
        }
        let directory = try directory("containers")
        for id in try list(directory) {
            if let record = try file(of: id) { all.append(record) }
        }
        return all.sorted { ($0.created, $0.id) < ($1.created, $1.id) }
    }

    /// Returns the containers that end with the session; the database is not opened for them.
    package func ephemeralContainers() throws(Problem) -> [ContainerRecord] {
        let directory = try directory("containers")
        var all: [ContainerRecord] = []
        for id in try list(directory) {
            if let record = try file(of: id) { all.append(record) }
        }
        return all
    }

    /// Returns the ids of every container there is or that is being made.
    package func containerIDs() throws(Problem) -> Set<String> {
        let lasting = try database().query("SELECT id FROM containers") { $0.text(0) }
        return Set(lasting).union(try list(try directory("containers")))
    }

    /// Returns the container that `text` means: a name, a full id, or the only id that begins so.
    ///
    /// - Throws: `noSuchContainer`, or `badValue` where the beginning is that of several.
    package func find(_ text: String) throws(Problem) -> ContainerRecord {
        let id = try identify(text)
        if let record = try record(id: id) { return record }
        throw noContainer(text, nearest: nil)
    }

    /// Returns the id of the container that `text` means, without reading its record.
    package func identify(_ text: String) throws(Problem) -> String {
        if (try? ObjectName(text, of: "container")) != nil, let id = try heldID(named: text) {
            return id
        }
        let isHexadecimal = text.utf8.allSatisfy {
            (48...57).contains($0) || (97...102).contains($0)
        }
        if isHexadecimal, !text.isEmpty {
            var matches = Set(
                try database().query(
                    "SELECT id FROM containers WHERE id >= ? AND id < ? LIMIT 3", .text(text),
                    .text(text + "g")
                ) { $0.text(0) })
            let directory = try directory("containers")
            for id in try list(directory) where id.hasPrefix(text) { matches.insert(id) }
            if matches.count > 1 {
                throw Problem(
                    .badValue, "\"\(text)\" is the beginning of several container ids",
                    why: matches.sorted().map { "\($0.prefix(16))" }.joined(separator: ", "),
                    next: "write more of the id, or the name")
            }
            if let id = matches.first { return id }
        }
        let names =
            try list(try directory("names"))
            + database().query("SELECT name FROM containers") { $0.text(0) }
        throw noContainer(text, nearest: names.nearest(to: text))
    }

    /// Returns the record of exactly this id, or nil.
    package func record(id: String) throws(Problem) -> ContainerRecord? {
        if let record = try file(of: id) { return record }
        return try lasting(id: id)
    }

    /// Remembers how a lasting container ended.
    package func insert(_ exit: ExitRecord) throws(Problem) {
        try database().run(
            "REPLACE INTO exits(container, status, time, out_of_memory) VALUES(?, ?, ?, ?)",
            .text(exit.container), Database.Value(exit.status.map(Int64.init)), .integer(exit.time),
            Database.Value(exit.outOfMemory))
    }

    /// Returns how a container ended last, or nil where it never did.
    package func exit(of container: String) throws(Problem) -> ExitRecord? {
        try database().query(
            "SELECT status, time, out_of_memory FROM exits WHERE container = ?", .text(container)
        ) {
            ExitRecord(
                container: container,
                status: $0.isNull(0) ? nil : Int32(truncatingIfNeeded: $0.integer(0)),
                time: $0.integer(1), outOfMemory: $0.flag(2))
        }.first
    }

    func lastingID(named name: String) throws(Problem) -> String? {
        try database().query("SELECT id FROM containers WHERE name = ?", .text(name)) { $0.text(0) }
            .first
    }

    func lasting(id: String) throws(Problem) -> ContainerRecord? {
        try database().query("SELECT record FROM containers WHERE id = ?", .text(id)) {
            row throws(Problem) in try decode(row.bytes(0), "container \(id.prefix(12))")
        }.first
    }

    private func file(of id: String) throws(Problem) -> ContainerRecord? {
        let path = "containers/\(id)/record.json"
        guard id.utf8.allSatisfy(\.isLetterOrDigit), !id.isEmpty else { return nil }
        let bytes: [UInt8]
        do throws(KernelFault) {
            bytes = try Files.open(at: run, path, [.read, .noFollow]).readAll(
                limit: Limits.documentBytes)
        } catch  where error.isAbsence {
            return nil
        } catch {
            throw error.problem("cannot read the record of container \"\(id.prefix(12))\"")
        }
        return try decode(bytes, path)
    }

    private func writeFile(_ record: ContainerRecord) throws(Problem) {
        try explaining("cannot record container \"\(record.name)\"") { () throws(KernelFault) in
            let own = try Files.open(at: run, "containers/\(record.id)", [.read, .directory])
            try Files.replace(at: own, "record.json", with: JSON(encoding: record).bytes())
        }
    }

    private func decode(_ bytes: [UInt8], _ name: String) throws(Problem) -> ContainerRecord {
        try JSON(parsing: bytes, name: name).decode(ContainerRecord.self, name: name)
    }

    private func noContainer(_ text: String, nearest: String?) -> Problem {
        Problem(
            .noSuchContainer, "there is no container \"\(text.printable)\"",
            next: nearest.map { "did you mean \"\($0)\"?" }
                ?? "list the containers with \"martlet ps --all\"")
    }
}
