package import Base
import Kernel
package import Specs

/// Mounts that the container's own root has not the rights to make: made before its process is,
/// and only put in place by it.
package final class PreparedTrees {
    /// By the mount's place in the configuration.
    private(set) var mounts: [Int: CInt] = [:]
    /// By the device's path in the container.
    private(set) var devices: [String: CInt] = [:]
    /// The root, where it is a directory that the container's own root may not reach.
    private(set) var root: CInt?

    deinit {
        for number in mounts.values { Descriptor.drop(number) }
        for number in devices.values { Descriptor.drop(number) }
        if let root { Descriptor.drop(root) }
    }

    /// Makes what the launch needs.
    ///
    /// - Parameters:
    ///   - hasOwnUsers: whether the container gets a user namespace of its own.
    ///   - isInitial: whether this process is in the machine's first user namespace.
    /// - Throws: `noPermission` for an id-mapped mount without the rights for it.
    init(_ launch: Launch, hasOwnUsers: Bool, isInitial: Bool) throws(Problem) {
        let held = try explaining("cannot read this process's capabilities") {
            () throws(KernelFault) in try Privileges.effective()
        }
        // CAP_SYS_ADMIN
        let isRoot = held >> 21 & 1 == 1 && isInitial
        for (index, mount) in (launch.config.mounts ?? []).enumerated() {
            if let tree = try Self.tree(mount, part: launch.parts[mount.destination]) {
                mounts[index] = tree
                continue
            }
            guard let ids = try MountIDs(mount, index: index, launch.config.linux) else {
                // The container's root may not reach what the machine's root may give it.
                if isRoot, hasOwnUsers, mount.isBind {
                    mounts[index] = try Self.tree(mount, bundle: launch.bundle)
                }
                continue
            }
            do throws(Problem) {
                mounts[index] = try Self.tree(mount, ids, bundle: launch.bundle)
            } catch  where !isRoot && error.code == .noPermission {
                throw Problem(
                    .noPermission, "mounts[\(index)] asks for mapped ids",
                    why: "the kernel maps the ids of a file system for who has mounted it alone, "
                        + "and \"\(mount.source ?? "")\" is on one of the machine's root",
                    next: "leave them out, or run the container as root")
            }
        }
        if held >> 21 & 1 == 1, !isInitial, Self.isStrange(launch) { try bind(launch) }
        guard isRoot, hasOwnUsers, let wanted = launch.config.linux?.devices, !wanted.isEmpty
        else { return }
        try make(wanted, launch.config)
    }

    /// Whether the user herself, who is root of the namespace this process is in, may not exist in
    /// the container's: then its root passes no directory that is hers alone.
    private static func isStrange(_ launch: Launch) -> Bool {
        let linux = launch.config.linux
        let joins = (linux?.namespaces ?? []).contains { $0.type == .user && $0.path != nil }
        guard let maps = linux?.uidMappings, !maps.isEmpty else { return joins }
        return !maps.contains { $0.hostID == 0 && $0.size > 0 }
    }

    /// Copies what no path that mount(2) follows leads to: a part of a bind's source, and what lies
    /// in another container's mount namespace.
    ///
    /// - Returns: a detached mount that is the caller's; nil for any other mount.
    package static func tree(_ mount: RuntimeConfig.Mount, part: String?) throws(Problem) -> CInt? {
        if let part { return try tree(of: part, mount) }
        return try foreignTree(mount)
    }

    /// Copies `/proc/PID/root/…` where that process has a mount namespace of its own, which no
    /// mount(2) crosses: so containers share a /dev/shm.
    private static func foreignTree(_ mount: RuntimeConfig.Mount) throws(Problem) -> CInt? {
        guard mount.isBind, let source = mount.source, source.hasPrefix("/proc/") else {
            return nil
        }
        let parts = source.split(separator: "/", maxSplits: 3)
        guard parts.count == 4, parts[2] == "root", let pid = Int32(parts[1]) else { return nil }
        let words = mount.options ?? []
        return try explaining("cannot bind \"\(source)\" to \"\(mount.destination)\"") {
            () throws(KernelFault) -> CInt? in
            let namespace = try Files.open("/proc/\(pid)/ns/mnt", .read)
            if try Namespaces.isOwn(number: namespace.number, "mnt") { return nil }
            return try DetachedTrees.copy(
                [
                    .init(
                        "/\(parts[3])", isRecursive: words.contains("rbind"),
                        follows: !words.contains("copy-symlink"))
                ], from: namespace.number
            ).first
        }
    }

    private static func tree(of part: String, _ mount: RuntimeConfig.Mount) throws(Problem)
        -> CInt?
    {
        let source = mount.source ?? ""
        let words = mount.options ?? []
        return try explaining(
            "cannot mount \"\(part)\" of \"\(source)\" on \"\(mount.destination)\"",
            next: "make it first, for example in a container with all of the volume"
        ) { () throws(KernelFault) in
            try DetachedTrees.copy([
                .init(source, isRecursive: words.contains("rbind"), follows: true, part: part)
            ]).first
        }
    }

    private func bind(_ launch: Launch) throws(Problem) {
        var sources: [DetachedTrees.Source] = []
        var places: [Int] = []
        for (index, mount) in (launch.config.mounts ?? []).enumerated()
        where mount.isBind && mounts[index] == nil {
            let words = mount.options ?? []
            sources.append(
                .init(
                    Self.path(mount, launch.bundle), isRecursive: words.contains("rbind"),
                    follows: !words.contains("copy-symlink")))
            places.append(index)
        }
        if case .directory(let path) = launch.root {
            sources.append(.init(path, isRecursive: true, follows: true))
        }
        var numbers = try explaining("cannot bind what the container mounts") {
            () throws(KernelFault) in try DetachedTrees.copy(sources)
        }
        if numbers.count > places.count { root = numbers.popLast() }
        for (index, number) in zip(places, numbers) { mounts[index] = number }
    }

    private static func path(_ mount: RuntimeConfig.Mount, _ bundle: String) -> String {
        let from = mount.source ?? ""
        return from.hasPrefix("/") ? from : bundle + "/" + from
    }

    private static func tree(
        _ mount: RuntimeConfig.Mount, _ ids: MountIDs? = nil, bundle: String
    ) throws(Problem) -> CInt {
        let path = path(mount, bundle)
        let words = mount.options ?? []
        let tree = try explaining("cannot bind \"\(path)\" to \"\(mount.destination)\"") {
            () throws(KernelFault) in
            try Mounts.copy(
                path, recursive: words.contains("rbind"),
                following: !words.contains("copy-symlink"))
        }
        guard let ids else { return tree.release() }
        let users = try ids.namespace()
        try explaining("cannot map the ids of \"\(path)\"") { () throws(KernelFault) in
            try Mounts.mapIDs(tree, by: users, recursive: ids.isRecursive)
        }
        return tree.release()
    }

    /// Makes device files that no process of the container could make: nothing may call mknod(2)
    /// inside a user namespace.
    private func make(_ wanted: [RuntimeConfig.Linux.Device], _ config: RuntimeConfig)
        throws(Problem)
    {
        var plans: [Places.Device] = []
        for (index, device) in wanted.enumerated() {
            let plan = try LaunchPlan.DevicePlan(device, index: index, isBound: false)
            var made = Places.Device(
                kind: plan.kind, major: plan.major, minor: plan.minor, permissions: plan.mode)
            made.uid = config.linux?.uidMappings.outside(plan.uid) ?? 0
            made.gid = config.linux?.gidMappings.outside(plan.gid) ?? 0
            plans.append(made)
        }
        let numbers = try explaining("cannot make the container's devices") {
            () throws(KernelFault) in try DeviceTrees.make(plans)
        }
        for (device, number) in zip(wanted, numbers) { devices[device.path] = number }
    }
}
