package import Base
package import Specs

/// Pods: their rows. Which containers a pod has stands in the containers' own records.
extension Ledger {
    /// Does `body` as one change: all of it is recorded, or nothing.
    package func together<Result>(_ body: () throws(Problem) -> Result) throws(Problem) -> Result {
        if isTogether { return try body() }
        isTogether = true
        defer {
            isTogether = false
            unmarked = []
        }
        let result = try database().transaction(body)
        for id in unmarked { removeMark(of: id) }
        return result
    }

    /// Records a pod. Pods and containers share their names, as podman-pod-create(1) has it.
    ///
    /// - Throws: `nameInUse` where a pod or a container has the name.
    package func insert(_ pod: PodRecord) throws(Problem) {
        let database = try database()
        try database.transaction { () throws(Problem) in
            if let other = try self.pod(named: pod.name) {
                throw taken(pod.name, by: "pod \(other.id.prefix(12))")
            }
            if let id = try heldID(named: pod.name) {
                throw taken(pod.name, by: "container \(id.prefix(12))")
            }
            try database.run(
                "INSERT INTO pods(id, name, record) VALUES(?, ?, ?)", .text(pod.id),
                .text(pod.name), .text(JSON(encoding: pod).text()))
        }
    }

    private func taken(_ name: String, by holder: String) -> Problem {
        Problem(
            .nameInUse, "the name \"\(name)\" is in use", why: "\(holder) has it",
            next: "choose another name, or use --replace")
    }

    /// Returns every pod, the oldest first.
    package func pods() throws(Problem) -> [PodRecord] {
        try database().query("SELECT record FROM pods") { row throws(Problem) in
            try Ledger.pod(row)
        }.sorted { ($0.created, $0.id) < ($1.created, $1.id) }
    }

    /// Returns the pod of this name, or nil.
    package func pod(named name: String) throws(Problem) -> PodRecord? {
        try database().query("SELECT record FROM pods WHERE name = ?", .text(name)) {
            row throws(Problem) in try Ledger.pod(row)
        }.first
    }

    /// Returns the pod of exactly this id, or nil.
    package func pod(id: String) throws(Problem) -> PodRecord? {
        try database().query("SELECT record FROM pods WHERE id = ?", .text(id)) {
            row throws(Problem) in try Ledger.pod(row)
        }.first
    }

    /// Returns the pod that `text` means: a name, a full id, or the only id that begins so.
    ///
    /// - Throws: `noSuchPod`, or `badValue` where the beginning is that of several.
    package func findPod(_ text: String) throws(Problem) -> PodRecord {
        if let pod = try pod(named: text) { return pod }
        let all = try pods()
        let matches = all.filter { !text.isEmpty && $0.id.hasPrefix(text) }
        if matches.count > 1 {
            throw Problem(
                .badValue, "\"\(text.printable)\" is the beginning of several pod ids",
                why: matches.map { "\($0.id.prefix(16))" }.joined(separator: ", "),
                next: "write more of the id, or the name")
        }
        if let pod = matches.first { return pod }
        throw Problem(
            .noSuchPod, "there is no pod \"\(text.printable)\"",
            next: all.map(\.name).nearest(to: text).map { "did you mean \"\($0)\"?" }
                ?? "list the pods with \"martlet pod ps\"")
    }

    /// Returns the containers of a pod, the oldest first; the one that holds it together is among
    /// them.
    package func members(ofPod id: String) throws(Problem) -> [ContainerRecord] {
        try containers().filter { $0.spec.pod == id }
    }

    /// Forgets a pod.
    package func remove(_ pod: PodRecord) throws(Problem) {
        try makingRoom { () throws(Problem) in
            _ = try database().run("DELETE FROM pods WHERE id = ?", .text(pod.id))
        }
    }

    private static func pod(_ row: Database.Row) throws(Problem) -> PodRecord {
        try JSON(parsing: row.bytes(0), name: "pod").decode(PodRecord.self, name: "pod")
    }
}
