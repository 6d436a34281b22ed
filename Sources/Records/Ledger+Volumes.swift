package import Base
import Kernel
package import Specs

/// Volumes: their rows; the files are kept by the room of storage.
extension Ledger {
    /// Records a volume.
    ///
    /// - Throws: `nameInUse` where there is one of that name.
    package func insert(_ volume: VolumeRecord) throws(Problem) {
        let database = try database()
        try database.transaction { () throws(Problem) in
            if try self.volume(named: volume.name) != nil {
                throw Problem(
                    .nameInUse, "there is a volume \"\(volume.name)\" already",
                    next:
                        "choose another name, or remove it: martlet volume rm \(volume.name)"
                )
            }
            try database.run(
                "INSERT INTO volumes(name, anonymous, needs_copy_up, record) VALUES(?, ?, ?, ?)",
                .text(volume.name), Database.Value(volume.anonymous),
                Database.Value(volume.needsCopyUp), .text(JSON(encoding: volume).text()))
        }
    }

    /// Returns every volume by name.
    package func volumes() throws(Problem) -> [VolumeRecord] {
        try database().query("SELECT record, needs_copy_up FROM volumes ORDER BY name") {
            row throws(Problem) in try Ledger.volume(row)
        }
    }

    /// Returns the volume of this name, or nil.
    package func volume(named name: String) throws(Problem) -> VolumeRecord? {
        try database().query(
            "SELECT record, needs_copy_up FROM volumes WHERE name = ?", .text(name)
        ) {
            row throws(Problem) in try Ledger.volume(row)
        }.first
    }

    /// Returns the volume that `text` means: a name, or the only one that begins so.
    package func findVolume(_ text: String) throws(Problem) -> VolumeRecord {
        if let volume = try volume(named: text) { return volume }
        let all = try volumes()
        let matches = all.filter { !text.isEmpty && $0.name.hasPrefix(text) }
        if matches.count > 1 {
            throw Problem(
                .badValue, "\"\(text.printable)\" is the beginning of several volume names",
                why: matches.map(\.name).joined(separator: ", "), next: "write more of the name")
        }
        if let volume = matches.first { return volume }
        throw Problem(
            .noSuchVolume, "there is no volume \"\(text.printable)\"",
            next: all.map(\.name).nearest(to: text).map { "did you mean \"\($0)\"?" }
                ?? "list the volumes with \"martlet volume ls\"")
    }

    /// Notes that the copying of an image's files into the volume is over, or needs no doing
    /// (T-CP-5).
    package func copyUpIsDone(volume name: String) throws(Problem) {
        try database().run("UPDATE volumes SET needs_copy_up = 0 WHERE name = ?", .text(name))
    }

    /// Returns the names of the containers that mount the volume.
    package func users(ofVolume name: String) throws(Problem) -> [String] {
        try containers().filter { $0.volumes.contains(name) || $0.anonymousVolumes.contains(name) }
            .map(\.name)
    }

    /// Forgets a volume.
    ///
    /// - Throws: `objectInUse` where a container mounts it.
    package func remove(volume name: String) throws(Problem) {
        let users = try users(ofVolume: name)
        guard users.isEmpty else {
            throw Problem(
                .objectInUse, "volume \"\(name)\" is in use",
                why: "container \(users.map { "\"\($0)\"" }.joined(separator: ", ")) mounts it",
                next: "remove it with \"martlet rm \(users.joined(separator: " "))\"")
        }
        let removed = try makingRoom { () throws(Problem) in
            try database().run("DELETE FROM volumes WHERE name = ?", .text(name))
        }
        if removed == 0 {
            throw Problem(
                .noSuchVolume, "there is no volume \"\(name.printable)\"",
                next: "list the volumes with \"martlet volume ls\"")
        }
    }

    private static func volume(_ row: Database.Row) throws(Problem) -> VolumeRecord {
        var volume = try JSON(parsing: row.bytes(0), name: "volume").decode(
            VolumeRecord.self, name: "volume")
        volume.needsCopyUp = row.flag(1)
        return volume
    }
}
