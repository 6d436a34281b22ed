import Base
import Kernel
import Specs

/// The ids of a new user namespace, and the way they can be written. See user_namespaces(7).
struct UserMaps: Equatable {
    let users: [RuntimeConfig.IDMapping]
    let groups: [RuntimeConfig.IDMapping]
    /// Whether this process may write any map itself.
    private let isPrivileged: Bool
    /// Whether each map is one id, the caller's own, which anybody may write.
    private let isOwnIDOnly: Bool

    /// - Throws: a Problem for maps that are missing or too many.
    init(_ linux: RuntimeConfig.Linux?) throws(Problem) {
        users = linux?.uidMappings ?? []
        groups = linux?.gidMappings ?? []
        guard !users.isEmpty, !groups.isEmpty else {
            throw Problem(
                .badValue, "a new user namespace needs linux.uidMappings and linux.gidMappings")
        }
        guard users.count <= 340, groups.count <= 340 else {
            throw Problem(
                .badValue, "linux.uidMappings or linux.gidMappings has more than 340 lines",
                why: "the kernel takes no more")
        }
        // CAP_SETGID and CAP_SETUID
        let held = try explaining("cannot read this process's capabilities") {
            () throws(KernelFault) in try Privileges.effective()
        }
        isPrivileged = held >> 6 & 3 == 3
        let me = Caller.present()
        isOwnIDOnly =
            users.count == 1 && users[0].size == 1 && users[0].hostID == me.uid
            && groups.count == 1 && groups[0].size == 1 && groups[0].hostID == me.gid
    }

    /// Maps that a privileged caller writes itself.
    init(privileged users: [RuntimeConfig.IDMapping], _ groups: [RuntimeConfig.IDMapping]) {
        self.users = users
        self.groups = groups
        isPrivileged = true
        isOwnIDOnly = false
    }

    /// Without a privilege the kernel lets a group map be written only once setgroups(2) is denied.
    var deniesGroups: Bool { !isPrivileged && isOwnIDOnly }

    /// Whether the namespace has a root.
    var mapsRoot: Bool {
        users.contains { $0.containerID == 0 } && groups.contains { $0.containerID == 0 }
    }

    /// Writes the maps of a process just made in the new namespace.
    func write(for pid: Int32) throws(Problem) {
        if isPrivileged || isOwnIDOnly {
            return try explaining("cannot write the user namespace's maps") {
                () throws(KernelFault) in
                if deniesGroups { try put("setgroups", "deny", pid) }
                try put("uid_map", Self.lines(users), pid)
                try put("gid_map", Self.lines(groups), pid)
            }
        }
        // Both at once: each takes about a millisecond.
        let forUsers = try helper("newuidmap", users, pid)
        let forGroups = try helper("newgidmap", groups, pid)
        try check(forUsers, "newuidmap", "/etc/subuid")
        try check(forGroups, "newgidmap", "/etc/subgid")
    }

    private func put(_ name: String, _ text: String, _ pid: Int32) throws(KernelFault) {
        // The map is taken in one write or not at all.
        try Files.open("/proc/\(pid)/\(name)", .write).writeAll(text)
    }

    private static func lines(_ maps: [RuntimeConfig.IDMapping]) -> String {
        maps.map { "\($0.containerID) \($0.hostID) \($0.size)\n" }.joined()
    }

    private func helper(_ name: String, _ maps: [RuntimeConfig.IDMapping], _ pid: Int32)
        throws(Problem) -> ProcessHandle
    {
        let ids = maps.flatMap { ["\($0.containerID)", "\($0.hostID)", "\($0.size)"] }
        var spawn = Spawn("/usr/bin/\(name)", [name, "\(pid)"] + ids)
        spawn.descriptors = [.standard(2)]
        do {
            return try spawn.start()
        } catch {
            throw Problem(
                .missingOnMachine, "cannot run \(name)", why: "\(error)",
                next: "install the package uidmap")
        }
    }

    private func check(_ helper: borrowing ProcessHandle, _ name: String, _ file: String)
        throws(Problem)
    {
        let end = try explaining("cannot wait for \(name)") { () throws(KernelFault) in
            try helper.wait()
        }
        guard end == .code(0) else {
            throw Problem(
                .noPermission, "\(name) refused the container's ids",
                why: "they are not within what \(file) gives this user",
                next: "give the user a range there, for example with usermod(8) --add-subuids")
        }
    }

    /// Whether this process is in the machine's first user namespace.
    static func isInitialNamespace() throws(Problem) -> Bool {
        try explaining("cannot read this process's user map") { () throws(KernelFault) in
            try Namespaces.isFirstUserNamespace()
        }
    }

    /// Whether setgroups(2) is denied in this process's user namespace.
    static func deniesGroupsHere() throws(Problem) -> Bool {
        try explaining("cannot read /proc/self/setgroups") { () throws(KernelFault) in
            try Files.readText("/proc/self/setgroups").hasPrefix("deny")
        }
    }
}
