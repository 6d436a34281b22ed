import Base
import Kernel
import Specs

/// A container among the mounts of somebody else: the machine's, or those of another container.
extension LaunchPlan {
    /// Appends everything after the namespaces; the root is changed by chroot(2).
    ///
    /// - Throws: a Problem for what would change mounts that are not the container's.
    mutating func shareMounts(
        _ launch: Launch, _ process: RuntimeConfig.Process, _ namespaces: LaunchNamespaces,
        _ surroundings: Surroundings
    ) throws(Problem) {
        let config = launch.config
        let linux = config.linux ?? RuntimeConfig.Linux()
        try Self.refuseMounts(launch, linux)
        guard case .directory(let path) = launch.root else {
            throw Problem(.badValue, "an overlay needs a mount namespace of the container's own")
        }
        try sysctls(linux, namespaces, config)
        if !launch.startsAtOnce {
            then(.report(.prepared), "hooks of the runtime run between here and the change of root")
            then(.hold(.go), "the cgroup namespace starts at the cgroup the process is in by now")
        }
        if namespaces.newCgroup { then(.newCgroupNamespace, "in the container's cgroup") }
        if let hooks = config.hooks?.createContainer, !hooks.isEmpty {
            then(.hooks(hooks, name: "createContainer"), "in the container's namespaces")
        }
        if namespaces.makesNetwork {
            then(.loopback, "programs expect to reach themselves, even on no network")
        }
        if let devices = launch.netDevices {
            then(.netDevices(devices), "the runtime has moved them here by now")
        }
        try name(config, namespaces)
        then(.confine(path), "from here on nothing of the host can be named")
        then(
            .stdio(launch.stdio), "after the last thing that could be said to the caller's streams")
        if let personality = linux.personality {
            then(
                .personality(try Self.domain(personality)), "before the filter, which may deny it")
        }
        if let policy = linux.memoryPolicy {
            let (mode, nodes) = try Self.policy(policy)
            then(.memoryPolicy(mode, nodes: nodes), "before the filter, which may deny it")
        }
        try settle(process, in: surroundings)
        run(process, launch, hasFilter: surroundings.hasFilter)
    }

    /// Names the machine and the domain of the container.
    mutating func name(_ config: RuntimeConfig, _ namespaces: LaunchNamespaces) throws(Problem) {
        if let name = config.hostname {
            guard namespaces.ownsNames else {
                throw Problem(
                    .badValue, "hostname needs a uts namespace",
                    next: "add one to linux.namespaces")
            }
            then(.hostName(name), "in the container's own uts namespace")
        }
        if let name = config.domainname {
            then(.domainName(name), "in the container's own uts namespace")
        }
    }

    private static func refuseMounts(_ launch: Launch, _ linux: RuntimeConfig.Linux)
        throws(Problem)
    {
        let wishes = [
            (launch.config.mounts?.isEmpty == false, "mounts"),
            (launch.config.root?.readonly == true, "root.readonly"),
            (launch.stdio == .terminal, "process.terminal"),
            (linux.maskedPaths?.isEmpty == false, "linux.maskedPaths"),
            (linux.readonlyPaths?.isEmpty == false, "linux.readonlyPaths"),
            (linux.devices?.isEmpty == false, "linux.devices"),
            (linux.rootfsPropagation?.isEmpty == false, "linux.rootfsPropagation"),
        ]
        guard let wish = wishes.first(where: \.0) else { return }
        throw Problem(
            .badValue, "\(wish.1) needs a mount namespace of the container's own",
            why: "it would change what others see",
            next: "add {\"type\": \"mount\"} to linux.namespaces")
    }
}
