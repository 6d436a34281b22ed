import Base
import Kernel
import Specs

/// The cgroup the command line gives a container. See runtime-spec config-linux.md, "Cgroups Path".
struct RuntimeCgroup {
    var group: ControlGroup
    /// Whether it is ours to remove.
    var isOwned: Bool
    var unit: String?

    /// Makes the cgroup the configuration asks for, and places the process in it.
    ///
    /// - Returns: nil where none was asked for and none can be had.
    static func place(
        _ pid: Int32, config: RuntimeConfig, id: ObjectName, _ setting: RuntimeSetting
    ) throws(Problem) -> RuntimeCgroup? {
        let resources = config.linux?.resources
        let path = config.linux?.cgroupsPath ?? ""
        guard setting.usesCgroups else { return nil }
        guard ControlGroup.mountPoint != nil else {
            if path.isEmpty { return nil }
            throw Problem(
                .missingOnMachine, "this machine has no unified cgroup hierarchy",
                why: "cgroup v1 is not supported",
                next: "boot with systemd.unified_cgroup_hierarchy=1")
        }
        let made =
            setting.usesSystemd
            ? try scope(path, pid, id, setting)
            : try directory(path, pid, id, isRequired: resources.needsGroup)
        guard let made else { return nil }
        do {
            CgroupResources.enableControllers(for: resources, above: made.group)
            try CgroupResources.apply(resources, to: made.group)
        } catch {
            made.remove()
            throw error
        }
        return made
    }

    private static func directory(
        _ path: String, _ pid: Int32, _ id: ObjectName, isRequired: Bool
    ) throws(Problem) -> RuntimeCgroup? {
        let parts = path.split(separator: "/")
        guard !parts.contains(".."), path.utf8.allSatisfy({ $0 >= 0x20 }) else {
            throw Problem(
                .badValue,
                "linux.cgroupsPath \"\(path.printable)\" contains \"..\" or control characters")
        }
        do {
            let own = try ControlGroup.of() ?? ControlGroup(path: "/")
            var group = ControlGroup(path: "/" + parts.joined(separator: "/"))
            if parts.isEmpty {
                // Beside the caller, whose own group may not be divided while it is in there.
                group = Caller.user == 0 ? ControlGroup(path: "/\(id)") : own.child("\(id)")
            }
            var above = ""
            for part in group.path.split(separator: "/") {
                above += "/" + part
                try ControlGroup(path: above).make()
            }
            try group.add(pid: pid)
            return RuntimeCgroup(group: group, isOwned: true, unit: nil)
        } catch {
            // An ordinary user without delegation has no cgroup to give, and runs without.
            if Caller.user != 0 || !isRequired, error.isRefusal || error.isUnsupportedHere,
                !isRequired
            {
                return nil
            }
            throw error.problem(
                "cannot make the container's cgroup",
                next:
                    "run it below a delegated cgroup, for example with \"systemd-run --user --scope -p Delegate=yes\""
            )
        }
    }

    private static func scope(
        _ path: String, _ pid: Int32, _ id: ObjectName, _ setting: RuntimeSetting
    ) throws(Problem) -> RuntimeCgroup? {
        guard let scopes = setting.scopes else {
            throw Problem(
                .notBuilt, "this program cannot ask systemd for a cgroup",
                next: "leave out --systemd-cgroup")
        }
        let parts = path.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let isUser = Caller.user != 0
        var slice = isUser ? "user.slice" : "system.slice"
        var unit = "martlet-\(id).scope"
        if parts.count == 3 {
            if !parts[0].isEmpty { slice = parts[0] }
            unit = parts[1].isEmpty ? parts[2] : "\(parts[1])-\(parts[2])"
            if !unit.hasSuffix(".scope") && !unit.hasSuffix(".slice") { unit += ".scope" }
        }
        let request = ScopeMaker.Request(slice: slice, unit: unit, pid: pid)
        if let problem = scopes.make(request) { throw problem }
        let group = try explaining("cannot find the container's cgroup") { () throws(KernelFault) in
            try ControlGroup.of(pid: pid)
        }
        return group.map { RuntimeCgroup(group: $0, isOwned: false, unit: unit) }
    }

    /// Removes the cgroup; one still in use is left to whoever uses it.
    func remove() {
        guard isOwned else { return }
        _ = try? group.remove()
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
