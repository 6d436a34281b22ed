import Base
import Kernel
import Specs

/// What a configuration may leave to the runtime: the user namespace of a caller without
/// privileges, and the ids in it.
extension RuntimeConfig {
    /// Adds a user namespace where nothing of the container could be made without one, and the
    /// caller's own ids where a new one has no maps.
    ///
    /// crun does the same, so bundles without a word about users work for everybody.
    ///
    /// - Returns: whether anything was added.
    mutating func completeUserNamespace() throws(Problem) -> Bool {
        let held = try explaining("cannot read this process's capabilities") {
            () throws(KernelFault) in try Privileges.effective()
        }
        // CAP_SYS_ADMIN
        let isPrivileged = held >> 21 & 1 == 1
        let listed = linux?.namespaces?.first { $0.type == .user }
        if listed == nil, isPrivileged { return false }
        var part = linux ?? Linux()
        if listed == nil {
            part.namespaces = (part.namespaces ?? []) + [.init(.user)]
        } else if listed?.path?.isEmpty == false {
            return false
        }
        let user = process?.user ?? User()
        let me = Caller.present()
        let (users, groups) = (part.uidMappings ?? [], part.gidMappings ?? [])
        if listed != nil, !users.isEmpty, !groups.isEmpty { return false }
        part.uidMappings = users
        part.gidMappings = groups
        if users.isEmpty {
            part.uidMappings = Self.ids("/etc/subuid", own: me.uid, of: me.uid, inside: user.uid)
        }
        if groups.isEmpty {
            part.gidMappings = Self.ids("/etc/subgid", own: me.gid, of: me.uid, inside: user.gid)
        }
        let isAlone = part.uidMappings?.count == 1 || part.gidMappings?.count == 1
        if users.isEmpty, groups.isEmpty, isAlone {
            // A range of one kind alone would need the helpers for nothing.
            part.uidMappings = part.uidMappings?.filter { $0.hostID == me.uid }
            part.gidMappings = part.gidMappings?.filter { $0.hostID == me.gid }
        }
        linux = part
        return true
    }

    /// The caller is the container's own user; the ids before and after it are those granted.
    private static func ids(_ file: String, own: UInt32, of uid: UInt32, inside: UInt32)
        -> [IDMapping]
    {
        var map = [IDMapping(containerID: inside, hostID: own, size: 1)]
        guard let text = try? Files.readText(file, limit: Limits.subordinateFileBytes) else {
            return map
        }
        let accounts = try? Files.readText("/etc/passwd", limit: Limits.accountFileBytes)
        let name = SubordinateIDs.accountName(of: uid, in: accounts ?? "") ?? "\(uid)"
        var next: UInt32 = 0
        for range in SubordinateIDs.ranges(in: text, user: name, id: uid).prefix(100) {
            var (start, left) = range
            while left > 0 {
                if next == inside { next += 1 }
                let room = next < inside ? min(left, inside - next) : left
                guard room <= UInt32.max - next else { return map }
                map.append(IDMapping(containerID: next, hostID: start, size: room))
                next += room
                start += room
                left -= room
            }
        }
        return map
    }
}
