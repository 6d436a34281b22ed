import Base
import UnitFiles

extension Conversion {
    /// Adds the options of the user namespace, in their present spelling or the older Remap one.
    mutating func addUserNamespace(to command: inout Command) {
        let present = ["UserNS", "UIDMap", "GIDMap", "SubUIDMap", "SubGIDMap"]
            .filter { reading.table.rows[$0] != nil && reading.has($0) }
        let older = ["RemapUsers", "RemapUid", "RemapGid", "RemapUidSize"].filter {
            reading.has($0)
        }
        if let first = older.first, !present.isEmpty {
            return refuse(
                "remap-and-mapping",
                "deprecated Remap keys are set along with explicit mapping keys",
                at: reading.place(of: first), next: "keep \(present[0])= and remove \(first)=")
        }
        for key in present { add(key, to: &command) }
        if !older.isEmpty { addRemap(to: &command) }
    }

    private mutating func addRemap(to command: inout Command) {
        let users = reading.list("RemapUid")
        let groups = reading.list("RemapGid")
        let size = reading.number("RemapUidSize") ?? 0
        let mode = reading.single("RemapUsers")
        let cause = mode?.place ?? reading.place
        switch mode?.text {
        case nil, "":
            guard let stray = users.first ?? groups.first else { return }
            refuse(
                "remap-users", "RemapUid= and RemapGid= are set but RemapUsers= is not",
                at: stray.place,
                next: "add RemapUsers=auto, keep-id or manual",
                familiar: "UidMap set without RemapUsers")
        case "manual":
            guard name.type != .kube else {
                return refuse(
                    "remap-users", "RemapUsers=manual is not supported", at: cause,
                    next: "write auto or keep-id")
            }
            for user in users { command.add("--uidmap", user) }
            for group in groups { command.add("--gidmap", group) }
        case "auto":
            var parts =
                users.map { "uidmapping=\($0.text)" } + groups.map { "gidmapping=\($0.text)" }
            if size > 0 { parts.append("size=\(size)") }
            command.add(
                "--userns", ["auto", parts.joined(separator: ",")].joinedPresent, from: cause)
        case "keep-id":
            guard users.count <= 1, groups.count <= 1 else {
                return refuse(
                    "remap-users", "RemapUsers=keep-id allows one RemapUid= and one RemapGid=",
                    at: (users.count > 1 ? users[1] : groups[1]).place, next: "keep one",
                    familiar:
                        "RemapUid and RemapGid must have at most one value with RemapUsers=keep-id")
            }
            let parts = users.map { "uid=\($0.text)" } + groups.map { "gid=\($0.text)" }
            command.add(
                "--userns", ["keep-id", parts.joined(separator: ",")].joinedPresent, from: cause)
        case let other?:
            refuse(
                "remap-users", "\"\(other.printable)\" is no value for RemapUsers", at: cause,
                next: "write auto, keep-id or manual",
                familiar: "unsupported RemapUsers option '\(other)'")
        }
    }
}

extension [String] {
    /// The texts that are not empty, with colons between them.
    fileprivate var joinedPresent: String { filter { !$0.isEmpty }.joined(separator: ":") }
}
