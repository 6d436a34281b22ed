package import Base
package import Specs

/// Joins what the user asked with what the image says into the OCI runtime's configuration.
///
/// Pure: the same spec and situation always give the same document. See runtime-spec config.md.
package enum RuntimeConfigPlan {
    package static func make(_ spec: ContainerSpec, _ situation: Situation)
        throws(Problem) -> RuntimeConfig
    {
        var config = RuntimeConfig()
        config.root = .init(path: "rootfs", readonly: spec.security.readOnlyRoot ? true : nil)
        let hostname = hostname(spec, situation)
        config.hostname = hostname
        let identity = try identity(spec, situation)
        config.process = try process(spec, situation, identity, hostname)
        let isSystemd = spec.process.isSystemd(config.process?.args ?? [])
        config.mounts = MountPlan.mounts(spec, situation, isSystemd: isSystemd)
        config.annotations = spec.annotations.isEmpty ? nil : spec.annotations
        if spec.process.keepGroups {
            // crun's own word for it, which our runtime knows too.
            config.annotations = (config.annotations ?? [:]).merging(
                ["run.oci.keep_original_groups": "1"]
            ) { $1 }
        }
        config.linux = try linux(spec, situation)
        return config
    }

    /// Returns the words of the command: entry point, then the user's words or the image's.
    package static func words(_ spec: ContainerSpec, _ image: ImageConfig.Execution?)
        throws(Problem) -> [String]
    {
        let entrypoint = spec.entrypoint ?? image?.entrypoint ?? []
        // An entry point of the user's own does not go with the image's command, as podman-run(1) has it.
        let usual = spec.entrypoint == nil ? image?.command ?? [] : []
        let words = entrypoint + (spec.command.isEmpty ? usual : spec.command)
        guard !words.isEmpty else {
            throw Problem(
                .badUsage, "there is no command to run in container \"\(spec.name)\"",
                why: "neither you nor the image \"\(spec.image)\" named one",
                next: "write the command after the image")
        }
        return words
    }

    private static func hostname(_ spec: ContainerSpec, _ situation: Situation) -> String? {
        switch spec.spaces.uts {
        case .host, .container, .path: nil
        case .own, .none, .shareable: spec.spaces.hostname ?? String(situation.id.prefix(12))
        }
    }

    private static func identity(_ spec: ContainerSpec, _ situation: Situation)
        throws(Problem) -> Accounts.Identity
    {
        if spec.process.user == nil, let kept = situation.keptUser {
            var known = try situation.accounts.identity("\(kept.uid)")
            known.gid = kept.gid
            if known.name == nil { known.home = situation.callerEnvironment["HOME"] ?? "/" }
            return known
        }
        return try situation.accounts.identity(spec.process.user ?? situation.image?.user ?? "")
    }

    private static func process(
        _ spec: ContainerSpec, _ situation: Situation, _ identity: Accounts.Identity,
        _ hostname: String?
    ) throws(Problem) -> RuntimeConfig.Process {
        let choices = spec.process
        let image = situation.image
        let directory = choices.workingDirectory ?? nonEmpty(image?.workingDirectory) ?? "/"
        guard directory.hasPrefix("/") else {
            throw Problem(
                .badValue, "\"\(directory.printable)\" is no working directory",
                why: "it is not an absolute path")
        }
        // T-FD-2: a directory of procfs could lead out through a descriptor.
        if directory.hasPrefix("/proc/self/fd") || directory.hasPrefix("/proc/thread-self") {
            throw Problem(
                .refused, "\"\(directory.printable)\" is no working directory",
                why: "it is a descriptor, not a place in the container")
        }
        var process = RuntimeConfig.Process(args: try words(spec, image), cwd: directory)
        process.terminal = choices.terminal ? true : nil
        process.user = try user(spec, situation, identity)
        process.env = EnvironmentPlan.variables(
            spec, situation, identity: identity,
            hostname: hostname ?? situation.podHostname ?? situation.callerEnvironment["HOSTNAME"])
        process.capabilities = try CapabilitySets.sets(spec.security, uid: identity.uid)
        process.noNewPrivileges = spec.security.noNewPrivileges
        process.rlimits = try limits(spec.resources, situation)
        process.oomScoreAdj = spec.resources.oomScoreAdjustment
        process.apparmorProfile = spec.security.privileged ? nil : spec.security.apparmor
        return process
    }

    private static func user(
        _ spec: ContainerSpec, _ situation: Situation, _ identity: Accounts.Identity
    ) throws(Problem) -> RuntimeConfig.User {
        for (id, map, kind) in [
            (identity.uid, situation.uidMap, "uid"), (identity.gid, situation.gidMap, "gid"),
        ]
        where !map.isEmpty && !map.contains(where: { $0.inside <= id && id - $0.inside < $0.count })
        {
            throw Problem(
                .badValue, "\(kind) \(id) does not exist in the container's user namespace",
                why:
                    "the ids there are \(map.map { "\($0.inside)-\($0.inside + ($0.count - 1))" }.joined(separator: ", "))",
                next: "grant a larger range in /etc/subuid and /etc/subgid, or choose a lower id")
        }
        // Groups of the image that do not exist in the namespace are none of the user's.
        var groups = identity.groups.filter { id in
            situation.gidMap.isEmpty
                || situation.gidMap.contains { $0.inside <= id && id - $0.inside < $0.count }
        }
        let choices = spec.process
        for words in choices.supplementaryGroups {
            let number = try situation.accounts.groupNumber(words) {
                Problem(.badValue, "\"\(words.printable)\" is no group of the image", why: $0)
            }
            if number != identity.gid, !groups.contains(number) { groups.append(number) }
        }
        // T-GROUPS-1: the primary group is listed too, or negative group permissions are bypassed.
        groups.insert(identity.gid, at: 0)
        var user = RuntimeConfig.User(uid: identity.uid, gid: identity.gid, additionalGids: groups)
        user.umask = choices.umask ?? 0o022
        return user
    }

    private static func limits(_ resources: ResourceChoices, _ situation: Situation)
        throws(Problem) -> [RuntimeConfig.ResourceLimit]?
    {
        if resources.hostLimits { return nil }
        var list: [RuntimeConfig.ResourceLimit] = []
        for limit in resources.limits {
            func value(_ number: Int64) -> UInt64 { number < 0 ? UInt64.max : UInt64(number) }
            list.append(
                .init(
                    type: "RLIMIT_" + limit.name.uppercased(), hard: value(limit.hard),
                    soft: value(limit.soft)))
        }
        if !list.contains(where: { $0.type == "RLIMIT_NOFILE" }) {
            let most = min(situation.openFilesLimit, 1_048_576)
            list.append(.init(type: "RLIMIT_NOFILE", hard: most, soft: most))
        }
        return list
    }

    private static func linux(_ spec: ContainerSpec, _ situation: Situation)
        throws(Problem) -> RuntimeConfig.Linux
    {
        var linux = RuntimeConfig.Linux()
        linux.namespaces = namespaces(spec, situation)
        linux.resources = ResourcePlan.resources(spec.resources)
        linux.sysctl = try sysctls(spec)
        let security = spec.security
        if !security.privileged, !security.unmask.contains("ALL") {
            let kept = { (path: String) in !security.unmask.contains(path) }
            linux.maskedPaths = (KernelPaths.masked + security.mask).filter(kept)
            linux.readonlyPaths = KernelPaths.readOnly.filter(kept)
        }
        linux.rootfsPropagation = nil
        linux.personality = try personality(spec)
        return linux
    }

    private static func personality(_ spec: ContainerSpec) throws(Problem)
        -> RuntimeConfig.Linux.Personality?
    {
        guard let words = spec.process.personality else { return nil }
        guard let domain = RuntimeConfig.Linux.Personality.Domain(rawValue: words.uppercased())
        else {
            throw Problem(
                .badValue, "\"\(words.printable)\" is no execution domain for --personality",
                next: "write LINUX or LINUX32")
        }
        return .init(domain: domain)
    }

    private static func namespaces(_ spec: ContainerSpec, _ situation: Situation)
        -> [RuntimeConfig.Linux.Namespace]
    {
        var list: [RuntimeConfig.Linux.Namespace] = [.init(.mount)]
        func add(_ kind: RuntimeConfig.Linux.Namespace.Kind, _ choice: NamespaceChoices.Choice) {
            switch choice {
            case .host: break
            case .own, .none, .shareable: list.append(.init(kind))
            case .container, .path: list.append(.init(kind, path: situation.joined[kind]))
            }
        }
        add(.pid, spec.spaces.pid)
        add(.ipc, spec.spaces.ipc)
        add(.uts, spec.spaces.uts)
        add(.cgroup, spec.spaces.cgroup)
        if spec.network.hasOwnNamespace {
            list.append(.init(.network))
        } else if spec.network.mode != .host {
            list.append(.init(.network, path: situation.joined[.network]))
        }
        return list
    }

    /// Keeps only what belongs to a namespace of the container's own (T-NS-2).
    private static func sysctls(_ spec: ContainerSpec) throws(Problem) -> [String: String]? {
        for (name, value) in spec.resources.sysctls {
            func refuse(_ why: String) -> Problem {
                Problem(.refused, "cannot set the kernel parameter \"\(name.printable)\"", why: why)
            }
            guard name.utf8.allSatisfy({ $0.isLetterOrDigit || "._-/".utf8.contains($0) }),
                !value.utf8.contains(0), !value.contains("\n"), !name.contains("..")
            else { throw refuse("the name or the value has a character that is not allowed") }
            if name.hasPrefix("net.") {
                guard spec.network.hasOwnNamespace else {
                    throw refuse("the container shares the network namespace it would change")
                }
            } else if name.hasPrefix("kernel.msg") || name.hasPrefix("kernel.shm")
                || name == "kernel.sem" || name.hasPrefix("fs.mqueue.")
            {
                guard spec.spaces.ipc == .own || spec.spaces.ipc == .shareable else {
                    throw refuse("the container shares the IPC namespace it would change")
                }
            } else {
                throw refuse("it belongs to the whole machine, not to a namespace")
            }
        }
        var all = spec.resources.sysctls
        if spec.network.hasOwnNamespace, all["net.ipv4.ping_group_range"] == nil {
            all["net.ipv4.ping_group_range"] = "0 0"
        }
        return all.isEmpty ? nil : all
    }

    private static func nonEmpty(_ text: String?) -> String? { text == "" ? nil : text }
}
