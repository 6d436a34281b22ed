import Base
import Kernel
import Specs

/// The ids a mount shows its files with. See runtime-spec config.md, "Mounts", `uidMappings`.
struct MountIDs: Equatable {
    var users: [RuntimeConfig.IDMapping]
    var groups: [RuntimeConfig.IDMapping]
    var isRecursive: Bool

    /// - Returns: nil for a mount that shows the ids as they are.
    init?(_ mount: RuntimeConfig.Mount, index: Int, _ linux: RuntimeConfig.Linux?) throws(Problem) {
        users = mount.uidMappings ?? []
        groups = mount.gidMappings ?? []
        let place = "mounts[\(index)]"
        let word = mount.options?.last {
            $0 == "idmap" || $0 == "ridmap" || $0.hasPrefix("idmap=") || $0.hasPrefix("ridmap=")
        }
        isRecursive = word?.hasPrefix("ridmap") == true
        if word == nil, users.isEmpty, groups.isEmpty { return nil }
        if let word, let equals = word.firstIndex(of: "=") {
            for part in word[word.index(after: equals)...].split(separator: ";") {
                if part.hasPrefix("uids=") {
                    users = try Self.ids(part.dropFirst(5), place)
                } else if part.hasPrefix("gids=") {
                    groups = try Self.ids(part.dropFirst(5), place)
                } else {
                    throw Self.unreadable(part, place)
                }
            }
        }
        if users.isEmpty, groups.isEmpty {
            users = linux?.uidMappings ?? []
            groups = linux?.gidMappings ?? []
        }
        guard !users.isEmpty, !groups.isEmpty else {
            throw Problem(
                .badValue, "\(place) asks for mapped ids and has none",
                why: "there is no user namespace whose ids it could take",
                next: "give it uidMappings and gidMappings")
        }
        guard mount.isBind else {
            throw Problem(
                .notBuilt, "\(place) maps the ids of a new file system",
                why: "only those of a bind mount can be mapped")
        }
    }

    /// Reads `0-1-10#10-11-10`, as crun has it: container's id, id outside, number.
    private static func ids(_ text: Substring, _ place: String) throws(Problem)
        -> [RuntimeConfig.IDMapping]
    {
        var found: [RuntimeConfig.IDMapping] = []
        for part in text.split(separator: "#") {
            let numbers = part.split(separator: "-", omittingEmptySubsequences: false)
                .compactMap { UInt32($0) }
            guard numbers.count == 3, numbers[2] > 0 else { throw unreadable(part, place) }
            found.append(.init(containerID: numbers[0], hostID: numbers[1], size: numbers[2]))
        }
        return found
    }

    private static func unreadable(_ part: Substring, _ place: String) -> Problem {
        Problem(
            .badValue, "\"\(String(part).printable)\" among the options of \(place) maps no ids",
            next: "write it like idmap=uids=0-100000-65536;gids=0-100000-65536")
    }

    /// Makes a user namespace with these ids, kept by nothing but the descriptor.
    func namespace() throws(Problem) -> Descriptor {
        let maps = UserMaps(privileged: users, groups)
        let ends = try explaining("cannot make a pipe") { () throws(KernelFault) in
            try Descriptor.pipe().ends()
        }
        let keeper = try explaining("cannot make a user namespace") { () throws(KernelFault) in
            try Clone.process(.user)
        }
        if keeper.pid == 0 {
            // Lives until the other end closes, at the latest with the runtime itself.
            Descriptor.drop(ends.writing)
            _ = try? Descriptor(owning: ends.reading).read(upTo: 1)
            Clone.end(0)
        }
        Descriptor.drop(ends.reading)
        Descriptor.drop(keeper.pidfd)
        defer {
            Descriptor.drop(ends.writing)
            // Reaped by its number: nobody else waits for it.
            _ = try? Processes.reap(keeper.pid, waiting: true)
        }
        try maps.write(for: keeper.pid)
        return try explaining("cannot open the user namespace") { () throws(KernelFault) in
            try Files.open("/proc/\(keeper.pid)/ns/user", .read)
        }
    }
}

extension RuntimeConfig.Mount {
    /// Whether the mount shows what is there already.
    var isBind: Bool {
        type == "bind" || options?.contains { $0 == "bind" || $0 == "rbind" } == true
    }
}

extension [RuntimeConfig.IDMapping]? {
    /// Returns an id as this process's user namespace has it; nil where it is not mapped.
    func outside(_ id: UInt32) -> UInt32? {
        for map in self ?? [] where id >= map.containerID && id - map.containerID < map.size {
            return map.hostID + (id - map.containerID)
        }
        return nil
    }
}
