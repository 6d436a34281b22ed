package import Base
import Kernel
import Specs

extension LaunchPlan {
    /// Makes the plan of a container's first process.
    ///
    /// - Throws: a Problem that names the member of the configuration that cannot be had.
    package init(_ launch: Launch, in surroundings: Surroundings) throws(Problem) {
        guard let process = launch.config.process else {
            throw Problem(.badDocument, "the configuration has no \"process\"")
        }
        let linux = launch.config.linux ?? RuntimeConfig.Linux()
        try make(launch, launch.config, linux, process, in: surroundings)
    }

    /// Appends all steps; what is large is lent.
    private mutating func make(
        _ launch: Launch, _ config: RuntimeConfig, _ linux: RuntimeConfig.Linux,
        _ process: RuntimeConfig.Process, in surroundings: Surroundings
    ) throws(Problem) {
        let namespaces = try LaunchNamespaces(launch)
        begin(process, launch, namespaces, surroundings)
        guard namespaces.makesMounts else {
            try shareMounts(launch, process, namespaces, surroundings)
            return
        }
        // Early, since it wakes programs of the machine's that watch its own name (systemd-journald).
        try name(config, namespaces)
        let propagation = try Self.propagation(linux.rootfsPropagation)
        then(
            .propagate(propagation == .shared || propagation == .private ? .private : .slave),
            "before anything is mounted, so that no mount travels back to the host")
        then(.mountRoot(launch.root.inside(surroundings)), "everything else is mounted below it")
        let late = try mount(config.mounts ?? [], launch: launch)
        try makeDevices(launch, surroundings)
        if launch.stdio == .terminal {
            then(
                .openTerminal(process.consoleSize, owner: process.user?.uid ?? 0),
                "after devpts is mounted; the terminal is the container's own")
            then(.bindConsole, "the terminal's own inode, without a path (T-ROOTFS-7)")
        }
        if surroundings.networkComes, !launch.showsNamespaces { takeNetwork() }
        try sysctls(linux, namespaces, config)
        if !launch.startsAtOnce {
            then(.report(.prepared), "hooks of the runtime run between here and the change of root")
            then(.hold(.go), "the cgroup namespace starts at the cgroup the process is in by now")
        }
        if namespaces.newCgroup {
            then(
                .newCgroupNamespace, "in the container's cgroup, before its file system is mounted")
        }
        for mount in late {
            then(.mount(mount), "the cgroup file system shows the namespace it is mounted in")
        }
        hide(linux)
        if let hooks = config.hooks?.createContainer, !hooks.isEmpty {
            then(
                .hooks(hooks, name: "createContainer"),
                "in the container's namespaces, old root in sight")
        }
        then(.makeDirectory(process.cwd), "while the root may still be written to")
        if config.root?.readonly == true {
            then(.readOnlyRoot, "after every mount point has been made")
        }
        if namespaces.makesNetwork {
            then(.loopback, "programs expect to reach themselves, even on no network")
        }
        if let devices = launch.netDevices {
            then(.netDevices(devices), "the runtime has moved them here by now")
        }
        then(
            .changeRoot(pivoting: !launch.noPivot), "from here on nothing of the host can be named")
        if let propagation { then(.propagateRoot(propagation), "pivot_root refuses a shared root") }
        then(.stdio(launch.stdio), "the console is the container's, so after the change of root")
        if let personality = linux.personality {
            then(
                .personality(try Self.domain(personality)), "before the filter, which may deny it")
        }
        if let policy = linux.memoryPolicy {
            let (mode, nodes) = try Self.policy(policy)
            then(.memoryPolicy(mode, nodes: nodes), "before the filter, which may deny it")
        }
        try settle(process, in: surroundings)
        if launch.endsWithCaller {
            then(.endWithCaller, "after the last change of user, which would take it back")
        }
        run(process, launch, hasFilter: surroundings.hasFilter)
    }

    private mutating func begin(
        _ process: RuntimeConfig.Process, _ launch: Launch, _ namespaces: LaunchNamespaces,
        _ surroundings: Surroundings
    ) {
        if surroundings.networkComes, launch.showsNamespaces || !namespaces.makesMounts {
            then(.takeNetwork, "before anything shows it")
        }
        if launch.showsNamespaces {
            then(.showNamespaces, "whoever sets up the network waits for them")
        }
        if namespaces.created.contains(.user) {
            then(.awaitMaps, "without maps the process has no ids to work with")
            if surroundings.mapsRoot {
                then(
                    .becomeRoot(groups: !surroundings.setGroupsDenied && !launch.keepsGroups),
                    "files of the set-up belong to the container's root")
            }
        }
        if let score = process.oomScoreAdj {
            then(
                .oomScore(score),
                "first, while the process may still write to its own files in /proc")
        }
        then(.leadSession, "no terminal of the caller's reaches the container")
        if !launch.keepsKeyring {
            then(.newKeyring, "the caller's keys stay the caller's (T-KEYRING-1)")
        }
        for joined in namespaces.joinedByChild {
            then(
                .join(path: joined.path, kind: joined.kind),
                "before the mounts, which show what the namespaces hold")
        }
        if namespaces.newTime {
            then(
                .newTimeNamespace(launch.config.linux?.timeOffsets ?? [:]),
                "clocks cannot be set once a process lives in the namespace")
        }
    }

    /// Inserts the step before the first that shows the network: it may not be made yet.
    private mutating func takeNetwork() {
        let place = steps.firstIndex(where: \.deed.showsNetwork) ?? steps.endIndex
        steps.insert(
            Step(deed: .takeNetwork, reason: "as late as can be, for it is made meanwhile"),
            at: place)
    }

    /// Appends masks and read-only paths.
    private mutating func hide(_ linux: RuntimeConfig.Linux) {
        for path in linux.readonlyPaths ?? [] {
            then(.readOnly(path), "before the masks, which may lie below")
        }
        for path in linux.maskedPaths ?? [] {
            then(.mask(path), "after every mount it may lie on")
        }
    }

    mutating func sysctls(
        _ linux: RuntimeConfig.Linux, _ namespaces: LaunchNamespaces, _ config: RuntimeConfig
    ) throws(Problem) {
        for (name, value) in (linux.sysctl ?? [:]).sorted(by: { $0.key < $1.key }) {
            try Self.check(sysctl: name, value: value, namespaces)
            let isHost = name.hasSuffix("hostname")
            if isHost || name.hasSuffix("domainname") {
                let member = isHost ? "hostname" : "domainname"
                if let other = isHost ? config.hostname : config.domainname, other != value {
                    throw Problem(.badValue, "\(member) and sysctl \"\(name)\" say two things")
                }
                then(
                    isHost ? .hostName(value) : .domainName(value),
                    "the file may be written by the machine's root alone, the call says the same")
                continue
            }
            then(
                .sysctl(name: name, value: value),
                "in the container's namespaces, before /proc/sys is made read-only")
        }
    }

    private static func check(sysctl name: String, value: String, _ namespaces: LaunchNamespaces)
        throws(Problem)
    {
        let plain = name.replacing("/", with: ".")
        let word = Problem(
            .badValue, "sysctl \"\(name.printable)\" cannot be set for a container",
            next: "set it on the machine with sysctl(8)")
        func need(_ held: Bool, _ kind: String) throws(Problem) {
            if !held {
                throw Problem(
                    .badValue, "sysctl \"\(name.printable)\" needs a namespace of its own",
                    why: "the container shares the machine's \(kind) namespace")
            }
        }
        let letters = name.utf8.allSatisfy {
            $0.isLetterOrDigit || [0x2E, 0x2F, 0x5F, 0x2D].contains($0)
        }
        guard letters, !plain.contains("..") else { throw word }
        guard !value.utf8.contains(0), !value.utf8.contains(0x0A) else {
            throw Problem(.badValue, "the value of sysctl \"\(name)\" contains a line feed or NUL")
        }
        let ipc = [
            "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall",
            "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
        ]
        if ipc.contains(plain) || plain.hasPrefix("fs.mqueue.") {
            try need(namespaces.ownsIPC, "ipc")
        } else if plain.hasPrefix("net.") {
            try need(namespaces.ownsNetwork, "network")
        } else if plain == "kernel.domainname" || plain == "kernel.hostname" {
            try need(namespaces.ownsNames, "uts")
        } else if !plain.hasPrefix("user.") {
            throw word
        }
    }

    static func propagation(_ word: String?) throws(Problem) -> Mounts.Propagation? {
        switch word {
        case nil, "": nil
        case "shared", "rshared": .shared
        case "slave", "rslave": .slave
        case "private", "rprivate": .private
        case "unbindable", "runbindable": .unbindable
        case .some(let other):
            throw Problem(
                .badValue, "linux.rootfsPropagation \"\(other.printable)\" is unknown",
                next: "use shared, slave, private or unbindable")
        }
    }
}
