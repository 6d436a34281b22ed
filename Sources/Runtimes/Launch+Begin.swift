package import Base
package import Kernel
import Specs

extension Launch {
    /// Makes the container's first process, which goes on preparing while this returns.
    ///
    /// The caller enters the user namespace it was told to join, and stays there.
    ///
    /// - Parameter begun: what `beginNetwork` has begun.
    /// - Requires: a process with one thread.
    /// - Throws: a Problem before anything was made, or after it was undone.
    package func begin(with begun: NewNetwork? = nil) throws(Problem) -> Newborn {
        try enterUserNamespace()
        let namespaces = try LaunchNamespaces(self)
        let network = begun ?? (namespaces.makesNetworkHere ? NewNetwork.begin() : nil)
        let maps = try namespaces.created.contains(.user) ? UserMaps(config.linux) : nil
        try refuseCacheClasses()
        let isInitial = try UserMaps.isInitialNamespace()
        var surroundings = try surroundings(namespaces, maps, isInitial)
        surroundings.networkComes = network != nil
        let trees = try PreparedTrees(self, hasOwnUsers: maps != nil, isInitial: isInitial)
        var launch = self
        launch.preparedMounts = trees.mounts
        launch.preparedDevices = trees.devices
        if case .directory(let path) = root, let tree = trees.root {
            launch.root = .mounted(tree, over: path)
        }
        let devices = try NetDevices(config, ownsNetwork: namespaces.ownsNetwork)
        launch.netDevices = devices.links.isEmpty ? nil : devices
        let plan = try LaunchPlan(launch, in: surroundings)
        return try launch.begin(namespaces, maps, plan, trees, network)
    }

    /// Begins to make the network namespace of a container whose configuration nobody has read yet,
    /// for `begin`, while its caller has other things to do; nil where none would be made, or where
    /// a new user namespace would own it. See `canTakeNetwork`.
    static func beginNetwork(for config: JSON) -> NewNetwork? {
        // Who is not root gets a user namespace whether the configuration has one or not.
        guard Processes.user == 0, let linux = (try? JSONMembers(config))?["linux"],
            case .array(let namespaces) = (try? JSONMembers(linux))?["namespaces"]
        else { return nil }
        var isWanted = false
        for namespace in namespaces {
            guard let members = try? JSONMembers(namespace),
                case .string(let type) = members["type"]
            else { return nil }
            if type == "user" { return nil }
            if type == "network" { isWanted = members["path"] == nil }
        }
        return isWanted ? NewNetwork.begin() : nil
    }

    /// Whether a network namespace that was begun here is what this launch would make.
    func canTakeNetwork() throws(Problem) -> Bool {
        if userNamespace != .configured { return false }
        return try LaunchNamespaces(self).makesNetworkHere
    }

    /// - Parameter trees: what the plan has the numbers of, kept until the process has its own.
    private func begin(
        _ namespaces: LaunchNamespaces, _ maps: UserMaps?, _ plan: LaunchPlan,
        _ trees: PreparedTrees, _ network: NewNetwork?
    ) throws(Problem) -> Newborn {
        defer { withExtendedLifetime(trees) {} }
        var filter: FilterProgram?
        if hasDefaultFilter {
            filter = try .usual(config.boundingCapabilities, cache: filterCache)
        } else if let profile = config.linux?.seccomp {
            filter = try FilterProgram(profile, cache: filterCache, isStrict: refusesUnknownCalls)
        }
        var kinds = namespaces.created
        if network != nil { kinds.remove(.network) }
        var newborn = try begin(plan, filter) { () throws(KernelFault) in
            // Maps can be written only while the process is open to its parent.
            try Privileges.setDumpable(maps != nil)
            return try spawn(kinds, namespaces.joinedBefore)
        }
        do {
            try settle(maps, newborn.pid, newborn.channel)
            newborn.network = network
            // Whoever lets the program begin at once has things to do meanwhile.
            if !startsAtOnce { try newborn.sendNetwork() }
        } catch {
            newborn.abandon()
            throw error
        }
        return newborn
    }

    /// Classes of cache and memory bandwidth are kept by a file system of the kernel's, resctrl.
    private func refuseCacheClasses() throws(Problem) {
        guard config.linux?.intelRdt != nil else { return }
        guard Files.exists("/sys/fs/resctrl/schemata") else {
            throw Problem(
                .missingOnMachine, "linux.intelRdt cannot be had",
                why: "the machine has no resctrl file system at /sys/fs/resctrl",
                next: "leave it out, or mount one where the processor supports it")
        }
        throw Problem(
            .notBuilt, "linux.intelRdt is not built",
            next: "leave it out, and write to /sys/fs/resctrl from a hook")
    }

    /// Makes a process that walks `plan`, and the socket to it.
    func begin(
        _ plan: LaunchPlan, _ filter: FilterProgram?,
        _ spawn: () throws(KernelFault) -> Clone.Copy
    ) throws(Problem) -> Newborn {
        let ends = try explaining("cannot make a socket for the container's process") {
            () throws(KernelFault) in try Sockets.pair().ends()
        }
        let agent = try connect(filter)
        let ours = Descriptor(owning: ends.ours)
        let theirs = Descriptor(owning: ends.theirs)
        let copy = try explaining("cannot make the container's process", spawn)
        if copy.pid == 0 {
            // The other end would keep the socket open after the parent's death.
            Descriptor.drop(ours.number)
            Walk(launch: self, filter: filter, channel: theirs, agent: agent).run(plan)
        }
        return Newborn(
            pid: copy.pid, pidfd: Descriptor(owning: copy.pidfd), channel: ours, of: self)
    }

    /// Connects to the program that decides notified calls, while its socket can be named.
    private func connect(_ filter: FilterProgram?) throws(Problem) -> Descriptor? {
        guard let filter, let path = filter.listenerPath else { return nil }
        return try explaining("cannot connect to the seccomp listener \"\(path)\"") {
            () throws(KernelFault) in try Sockets.connect(path, .stream)
        }
    }

    private func settle(_ maps: UserMaps?, _ pid: Int32, _ channel: borrowing Descriptor)
        throws(Problem)
    {
        guard let maps else { return }
        try maps.write(for: pid)
        try explaining("cannot go on with the container's first process") {
            () throws(KernelFault) in
            try Privileges.setDumpable(false)
            try LaunchPlan.Milestone.mapped.send(to: channel)
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
    private func spawn(_ kinds: Namespaces, _ before: [LaunchNamespaces.Joined])
        throws(KernelFault) -> Clone.Copy
    {
        var directory: CInt?
        if case .directory(let number) = cgroup { directory = number }
        if before.isEmpty { return try Clone.process(kinds, cgroup: directory) }
        // Who has become another user may not put anybody into the group any more.
        let isInside = before.contains { $0.kind == .cgroup || $0.kind == .user }
        return try Clone.process(kinds, cgroup: directory, isBornThere: isInside) {
            () throws(KernelFault) in
            for joined in before where joined.kind == .user {
                try Namespaces.enter(Files.open(joined.path, .read), .user)
                try becomeKnown()
            }
            for joined in before where joined.kind != .user {
                try Namespaces.enter(Files.open(joined.path, .read), joined.kind.kernel.flag)
            }
        }
    }

    /// Whoever has no id in the namespace that was entered becomes its root: nobody can make a file
    /// without an id.
    private func becomeKnown() throws(KernelFault) {
        guard Processes.ids.uid == Launch.nobody else { return }
        do throws(KernelFault) {
            try Privileges.setGroups([])
        } catch  where error.isRefusal {
            // The namespace was made without the right to that (setgroups "deny").
        }
        try Privileges.become(group: 0)
        try Privileges.become(user: 0)
        try Privileges.setDumpable(false)
    }

    /// What the kernel shows for an id without a place in the namespace's map.
    private static let nobody: UInt32 = 65534

    private func surroundings(
        _ namespaces: LaunchNamespaces, _ maps: UserMaps?, _ isInitial: Bool
    ) throws(Problem) -> LaunchPlan.Surroundings {
        var found = LaunchPlan.Surroundings()
        let joinsUser = namespaces.joinedBefore.contains { $0.kind == .user }
        found.isInitialUserNamespace = maps == nil && !joinsUser && isInitial
        if let maps {
            found.setGroupsDenied = maps.deniesGroups
        } else if !isInitial {
            found.setGroupsDenied = try UserMaps.deniesGroupsHere()
        }
        found.mapsRoot = maps?.mapsRoot ?? true
        found.keepsGroups = keepsGroups
        found.hasFilter = hasDefaultFilter || config.linux?.seccomp != nil
        found.preserved = preserved ?? Array(3..<3 + preservedDescriptors)
        return found
    }
}
