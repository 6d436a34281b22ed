import Base
import Kernel
import Specs

/// The cgroup the command line gives a container. See runtime-spec config-linux.md, "Cgroups Path".
struct RuntimeCgroup {
    var group: ControlGroup
    /// Whether it is ours to remove.
    var isOwned: Bool
    var unit: String?

    /// Makes the cgroup the configuration asks for, so that the container can be born in it.
    ///
    /// - Parameter place: the container's state, which tells of the cgroup before there is one.
    /// - Returns: nil where none was asked for, none can be had, or systemd makes it around the
    ///   process (`place`).
    static func prepare(
        _ config: RuntimeConfig, id: ObjectName, _ setting: RuntimeSetting,
        in place: borrowing Descriptor
    ) throws(Problem) -> RuntimeCgroup? {
        let path = config.linux?.cgroupsPath ?? ""
        guard setting.usesCgroups else { return nil }
        guard ControlGroup.mountPoint != nil else {
            if path.isEmpty { return nil }
            throw Problem(
                .missingOnMachine, "this machine has no unified cgroup hierarchy",
                why: "cgroup v1 is not supported",
                next: "boot with systemd.unified_cgroup_hierarchy=1")
        }
        if setting.usesSystemd { return nil }
        let isRequired = config.linux?.resources.needsGroup ?? false
        guard let (made, isNew) = try directory(path, id, in: place, isRequired: isRequired) else {
            return nil
        }
        if !isNew { try made.requireEmpty() }
        return try made.limited(by: config)
    }

    /// Two containers in one cgroup would be limited, counted and killed as one.
    private func requireEmpty() throws(Problem) {
        let pids = try explaining("cannot look into the cgroup \"\(group.path)\"") {
            () throws(KernelFault) in try group.allProcesses()
        }
        guard let first = pids.first else { return }
        throw Problem(
            .objectInUse, "the cgroup \"\(group.path)\" is another container's",
            why: "process \(first) is in it",
            next: "choose another id, or another linux.cgroupsPath")
    }

    /// Lets systemd make the cgroup around a process that is there already.
    static func place(
        _ pid: Int32, config: RuntimeConfig, id: ObjectName, _ setting: RuntimeSetting
    ) throws(Problem) -> RuntimeCgroup? {
        guard setting.usesCgroups, setting.usesSystemd, ControlGroup.mountPoint != nil else {
            return nil
        }
        return try scope(config, pid, id, setting)?.limited(by: config)
    }

    private func limited(by config: RuntimeConfig) throws(Problem) -> RuntimeCgroup {
        let resources = config.linux?.resources
        do {
            CgroupResources.enableControllers(for: resources, above: group)
            try CgroupResources.apply(resources, to: group)
            try DeviceProgram.apply(resources?.devices, to: group)
            try handOver(config)
        } catch {
            remove()
            throw error
        }
        return self
    }

    /// - Returns: the group, and whether it was made here.
    private static func directory(
        _ path: String, _ id: ObjectName, in place: borrowing Descriptor, isRequired: Bool
    ) throws(Problem) -> (RuntimeCgroup, isNew: Bool)? {
        let parts = path.split(separator: "/")
        guard !parts.contains(".."), path.utf8.allSatisfy({ $0 >= 0x20 }) else {
            throw Problem(
                .badValue,
                "linux.cgroupsPath \"\(path.printable)\" contains \"..\" or control characters")
        }
        do throws(KernelFault) {
            let isRoot = Caller.user == 0
            let own = isRoot ? ControlGroup(path: "/") : try ControlGroup.of()
            guard let own else { return nil }
            // Below the caller's own, or for root at the top.
            let top = ControlGroup(path: "/")
            let group =
                parts.isEmpty ? own.child("\(id)") : parts.reduce(top) { $0.child(String($1)) }
            let made = RuntimeCgroup(group: group, isOwned: true, unit: nil)
            try Files.link(at: place, RecordStore.group, to: group.path)
            let isNew = try group.makeAll()
            if !isRoot {
                do throws(KernelFault) { try own.common(with: group).checkMoving() } catch {
                    made.remove()
                    throw error
                }
            }
            return (made, isNew)
        } catch {
            // An ordinary user without delegation has no cgroup to give, and runs without.
            if !isRequired, error.isRefusal || error.isUnsupportedHere { return nil }
            throw error.problem(
                "cannot make the container's cgroup",
                next:
                    "run it below a delegated cgroup, for example with \"systemd-run --user --scope -p Delegate=yes\""
            )
        }
    }

    private static func scope(
        _ config: RuntimeConfig, _ pid: Int32, _ id: ObjectName, _ setting: RuntimeSetting
    ) throws(Problem) -> RuntimeCgroup? {
        guard let scopes = setting.scopes else {
            throw Problem(
                .notBuilt, "this program cannot ask systemd for a cgroup",
                next: "leave out --systemd-cgroup")
        }
        // podman runs a runtime inside its user namespace, where it is root and the user's manager
        // is still the one to ask.
        let isInitial = try UserMaps.isInitialNamespace()
        let isUser = Caller.user != 0 || !isInitial
        let name = try ScopeName(config.linux?.cgroupsPath ?? "", id: id, isUser: isUser)
        let request = ScopeMaker.Request(
            slice: name.slice, unit: name.unit, description: "Container \(id)", pid: pid,
            properties: try CgroupResources.properties(config.linux?.resources),
            isUser: isUser)
        if let problem = scopes.make(request) { throw problem }
        let group = try explaining("cannot find the container's cgroup") { () throws(KernelFault) in
            try ControlGroup.of(pid: pid)
        }
        guard let group, group.path.hasSuffix("/" + name.unit) else {
            throw Problem(
                .wrongState, "the scope \"\(name.unit)\" does not hold the container's process",
                why: "it is in \"\(group?.path ?? "none")\"")
        }
        return RuntimeCgroup(group: group, isOwned: true, unit: name.unit)
    }

    /// Gives the cgroup to the container's user, where a container with a view of its own may
    /// divide it. See runtime-spec config-linux.md, "Cgroup ownership".
    private func handOver(_ config: RuntimeConfig) throws(Problem) {
        let mount = config.mounts?.last { $0.type == "cgroup" || $0.type == "cgroup2" }
        let isOwn = config.linux?.namespaces?.contains { $0.type == .cgroup && $0.path == nil }
        guard let mount, isOwn == true, mount.options?.contains("ro") != true,
            let uid = config.hostUser, uid != Caller.user
        else { return }
        let names =
            (try? Files.readText("/sys/kernel/cgroup/delegate"))?.split(separator: "\n")
            ?? ["cgroup.procs", "cgroup.threads", "cgroup.subtree_control"]
        for path in [group.directory] + names.map({ "\(group.directory)/\($0)" }) {
            do {
                try Places.give(path, uid: uid)
            } catch {
                // Files of controllers that are not there; a user may give nothing away.
                if error.isAbsence || error.isRefusal { continue }
                throw error.problem("cannot give the cgroup to the container's user")
            }
        }
    }

    /// Opens the cgroup's directory, for a process to be born in.
    func open() throws(Problem) -> SharedDescriptor {
        do {
            return SharedDescriptor(try Files.open(group.directory, [.read, .directory]))
        } catch {
            throw error.problem("cannot open the container's cgroup")
        }
    }

    /// Removes the cgroup; one still in use is left to whoever uses it.
    func remove() {
        guard isOwned else { return }
        _ = try? group.remove()
    }

    /// Removes the cgroup of a container that was never finished, as its maker was killed (F-04).
    ///
    /// Its process ends by itself. Nothing is killed: the cgroup may be another container's, which the maker
    /// had not seen yet.
    static func removeUnfinished(in place: borrowing Descriptor) {
        guard let path = try? Files.target(at: place, RecordStore.group) else { return }
        let group = ControlGroup(path: path)
        _ = try? group.waitUntilEmpty(milliseconds: 2000)
        _ = try? group.remove()
    }
}

/// The unit that `linux.cgroupsPath` names: `SLICE:PREFIX:NAME`, as runc and crun read it.
struct ScopeName: Equatable {
    var slice: String
    var unit: String

    init(_ path: String, id: ObjectName, isUser: Bool) throws(Problem) {
        slice = isUser ? "user.slice" : "system.slice"
        unit = "martlet-\(id).scope"
        if path.isEmpty { return }
        let parts = path.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, !parts[2].isEmpty,
            path.utf8.allSatisfy({
                $0.isLetterOrDigit || [0x2E, 0x2D, 0x5F, 0x3A, 0x40, 0x5C].contains($0)
            })
        else {
            throw Problem(
                .badValue, "linux.cgroupsPath \"\(path.printable)\" names no unit of systemd",
                next: "write it as SLICE:PREFIX:NAME, or leave out --systemd-cgroup")
        }
        if !parts[0].isEmpty { slice = parts[0] }
        guard slice.hasSuffix(".slice") else {
            throw Problem(
                .badValue, "linux.cgroupsPath \"\(path.printable)\" names no slice",
                next: "end the first part with .slice")
        }
        unit = parts[1].isEmpty ? parts[2] : "\(parts[1])-\(parts[2])"
        if !unit.hasSuffix(".scope") { unit += ".scope" }
    }
}

extension RuntimeConfig {
    /// The container's user as this process's user namespace has it; nil where it is not mapped.
    var hostUser: UInt32? {
        let uid = process?.user?.uid ?? 0
        guard linux?.namespaces?.contains(where: { $0.type == .user }) == true else { return uid }
        for map in linux?.uidMappings ?? [] where uid >= map.containerID {
            if uid - map.containerID < map.size { return map.hostID + (uid - map.containerID) }
        }
        return nil
    }
}

extension RuntimeConfig.Linux.Resources? {
    /// Whether there is a limit that needs a cgroup of the container's own.
    var needsGroup: Bool {
        guard let self, let settings = try? CgroupResources.settings(self) else { return false }
        return !settings.isEmpty
    }
}

extension KernelFault {
    /// Whether the hierarchy cannot be changed from here at all.
    var isUnsupportedHere: Bool { isAbsence || name == "EROFS" || isBusy }
}
