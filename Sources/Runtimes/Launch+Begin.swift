package import Base
import Kernel
import Specs

extension Launch {
    /// Makes the container's first process, which goes on preparing while this returns.
    ///
    /// The caller enters the user namespace it was told to join, and stays there.
    ///
    /// - Requires: a process with one thread.
    /// - Throws: a Problem before anything was made, or after it was undone.
    package func begin() throws(Problem) -> Newborn {
        try enterUserNamespace()
        let namespaces = try LaunchNamespaces(self)
        let maps = try namespaces.created.contains(.user) ? UserMaps(config.linux) : nil
        let surroundings = try surroundings(namespaces, maps)
        let plan = try LaunchPlan(self, in: surroundings)
        var filter: FilterProgram?
        if let profile = config.linux?.seccomp {
            filter = try FilterProgram(profile, cache: filterCache)
        }
        let newborn = try begin(plan, filter) { () throws(KernelFault) in
            // Maps can be written only while the process is open to its parent.
            try Privileges.setDumpable(maps != nil)
            return try spawn(namespaces)
        }
        do {
            try settle(maps, newborn.pid, newborn.channel)
        } catch {
            newborn.abandon()
            throw error
        }
        return newborn
    }

    /// Makes a process that walks `plan`, and the socket to it.
    func begin(
        _ plan: LaunchPlan, _ filter: FilterProgram?,
        _ spawn: () throws(KernelFault) -> Clone.Copy
    ) throws(Problem) -> Newborn {
        let ends = try explaining("cannot make a socket for the container's process") {
            () throws(KernelFault) in try Sockets.pair().ends()
        }
        let ours = Descriptor(owning: ends.ours)
        let theirs = Descriptor(owning: ends.theirs)
        let copy = try explaining("cannot make the container's process", spawn)
        if copy.pid == 0 {
            // The other end would keep the socket open after the parent's death.
            Descriptor.drop(ours.number)
            Walk(launch: self, filter: filter, channel: theirs).run(plan)
        }
        return Newborn(
            pid: copy.pid, pidfd: Descriptor(owning: copy.pidfd), channel: ours, of: self)
    }

    private func settle(_ maps: UserMaps?, _ pid: Int32, _ channel: borrowing Descriptor)
        throws(Problem)
    {
        guard let maps else { return }
        try maps.write(for: pid)
        try explaining("cannot go on with the container's first process") {
            () throws(KernelFault) in
            try Privileges.setDumpable(false)
            try Sockets.send([LaunchPlan.Milestone.mapped.rawValue], to: channel)
        }
    }

    private func enterUserNamespace() throws(Problem) {
        guard case .join(let namespace) = userNamespace else { return }
        try explaining("cannot enter the user namespace of the containers") {
            () throws(KernelFault) in
            if try Namespaces.isOwn(number: namespace, "user") { return }
            // Whoever is in there already may not look into this process (T-EXE-2).
            try Privileges.setDumpable(false)
            try Namespaces.enter(number: namespace, .user)
        }
    }

    /// Makes the process, by way of one in between where namespaces must be entered first.
    private func spawn(_ namespaces: LaunchNamespaces) throws(KernelFault) -> Clone.Copy {
        var directory: CInt?
        if case .directory(let number) = cgroup { directory = number }
        let before = namespaces.joinedBefore
        if before.isEmpty { return try Clone.process(namespaces.created, cgroup: directory) }
        return try Clone.process(namespaces.created, cgroup: directory) {
            () throws(KernelFault) in
            for joined in before where joined.kind == .user {
                try Namespaces.enter(Files.open(joined.path, .read), .user)
            }
            for joined in before where joined.kind != .user {
                try Namespaces.enter(Files.open(joined.path, .read), joined.kind.kernel.flag)
            }
        }
    }

    private func surroundings(_ namespaces: LaunchNamespaces, _ maps: UserMaps?) throws(Problem)
        -> LaunchPlan.Surroundings
    {
        var found = LaunchPlan.Surroundings()
        let joinsUser = namespaces.joinedBefore.contains { $0.kind == .user }
        let isInitial = try UserMaps.isInitialNamespace()
        found.isInitialUserNamespace = maps == nil && !joinsUser && isInitial
        if let maps {
            found.setGroupsDenied = maps.deniesGroups
        } else {
            found.setGroupsDenied = try UserMaps.deniesGroupsHere()
        }
        found.mapsRoot = maps?.mapsRoot ?? true
        found.keepsGroups = keepsGroups
        found.hasFilter = config.linux?.seccomp != nil
        found.preserved = preserved ?? Array(3..<3 + preservedDescriptors)
        return found
    }
}
