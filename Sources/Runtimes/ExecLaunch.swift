package import Base
import Kernel
package import Specs

/// A further program for a container that runs already.
package struct ExecLaunch: Sendable {
    /// The program, and as whom.
    package var process: RuntimeConfig.Process
    /// The container's configuration: its filter and personality hold for this program too.
    package var container: RuntimeConfig
    /// The container's first process.
    package var pid: Int32
    package var stdio: Launch.Stdio = .inherited
    package var preservedDescriptors: CInt = 0
    /// The numbers themselves, where they have gaps.
    package var preserved: [CInt]?
    /// Where the program is accounted; `.none` is the cgroup of the container's first process.
    package var cgroup: Launch.CgroupPlace = .none
    package var filterCache: String?
    /// What seccomp listeners are told of the container.
    package var id = ""
    package var bundle = "/"
    /// Whether the container has the default filter, in the place of one of its configuration.
    package var hasDefaultFilter = false

    package init(process: RuntimeConfig.Process, container: RuntimeConfig, pid: Int32) {
        self.process = process
        self.container = container
        self.pid = pid
    }

    /// Makes the process inside the container's namespaces; `finish` and `start` follow.
    ///
    /// - Requires: a process with one thread. `pid` was not reaped in the meantime.
    package func begin() throws(Problem) -> Newborn {
        let target = try explaining("cannot reach the container's first process") {
            () throws(KernelFault) in try ProcessHandle(pid: pid)
        }
        let kinds = try foreignNamespaces()
        var config = container
        config.process = process
        config.hooks = nil
        var launch = Launch(config: config, root: .directory("/"))
        launch.stdio = stdio
        launch.preservedDescriptors = preservedDescriptors
        launch.filterCache = filterCache
        launch.id = id
        launch.bundle = bundle
        launch.status = .running
        let plan = try LaunchPlan(
            joining: self, kinds, of: target.descriptor.number, in: surroundings(kinds))
        var filter = try container.linux?.seccomp.map { profile throws(Problem) in
            try FilterProgram(profile, cache: filterCache, isStrict: false)
        }
        if hasDefaultFilter {
            filter = try .usual(container.boundingCapabilities, cache: filterCache)
        }
        return try launch.begin(plan, filter) { () throws(KernelFault) in
            try born(in: target.descriptor, kinds)
        }
    }

    private func born(in target: borrowing Descriptor, _ kinds: Namespaces) throws(KernelFault)
        -> Clone.Copy
    {
        // Nobody in there may look into this process, from before it is visible (T-EXE-2).
        try Privileges.setDumpable(false)
        let group = try place()
        defer { if let group { Descriptor.drop(group) } }
        let number = target.number
        return try Clone.process([], cgroup: group) { () throws(KernelFault) in
            if let score = process.oomScoreAdj { try Walk.setOOMScore(score) }
            // Inside a cgroup namespace nobody is born into a cgroup from outside of it, where the
            // hierarchy is delegated by namespaces. The newborn enters it itself.
            let before = kinds.subtracting(.cgroup)
            if before != [] { try Namespaces.enter(number: number, before) }
        }
    }

    /// Returns a descriptor of the cgroup's directory, or nil where there is none to enter.
    private func place() throws(KernelFault) -> CInt? {
        switch cgroup {
        case .directory(let number): return try Descriptor.copy(of: number)
        case .none:
            guard let theirs = try ControlGroup.of(pid: pid), let ours = try ControlGroup.of(),
                theirs != ours
            else { return nil }
            return try Files.open(theirs.directory, [.read, .directory]).release()
        }
    }

    /// Those of the container's namespaces this process is not in.
    private func foreignNamespaces() throws(Problem) -> Namespaces {
        try explaining("cannot compare the container's namespaces with our own") {
            () throws(KernelFault) in
            var kinds: Namespaces = []
            for kind in RuntimeConfig.Linux.Namespace.Kind.allCases {
                let (entry, flag) = kind.kernel
                do throws(KernelFault) {
                    let theirs = try Files.status("/proc/\(pid)/ns/\(entry)")
                    if try !theirs.isSame(as: Files.status("/proc/self/ns/\(entry)")) {
                        kinds.insert(flag)
                    }
                } catch  where error.isAbsence && kind == .time {
                    // A kernel without time namespaces.
                }
            }
            return kinds
        }
    }

    private func surroundings(_ kinds: Namespaces) throws(Problem) -> LaunchPlan.Surroundings {
        var found = LaunchPlan.Surroundings()
        found.hasFilter = hasDefaultFilter || container.linux?.seccomp != nil
        found.preserved = preserved ?? Array(3..<3 + preservedDescriptors)
        found.setGroupsDenied = try explaining("cannot read the container's setgroups") {
            () throws(KernelFault) in try Files.readText("/proc/\(pid)/setgroups").hasPrefix("deny")
        }
        return found
    }
}

extension LaunchPlan {
    /// Makes the plan of a program that joins a running container.
    init(
        joining exec: ExecLaunch, _ kinds: Namespaces, of pidfd: CInt, in surroundings: Surroundings
    ) throws(Problem) {
        let process = exec.process
        if kinds.contains(.cgroup) {
            then(.joinCgroupNamespace(pidfd: pidfd), "from within the container's cgroup")
        }
        then(.leadSession, "no terminal of the caller's reaches the container")
        if let initial = try Processors.mask(
            process.execCPUAffinity?.initial, field: "process.execCPUAffinity.initial")
        {
            then(.processors(initial), "before anything else runs in the container's cgroup")
        }
        if kinds.contains(.user) {
            then(
                .becomeRoot(groups: !surroundings.setGroupsDenied),
                "the rights in a namespace are those of its root")
        }
        then(.takeRoot, "paths below are the container's own from the beginning")
        if exec.stdio == .terminal {
            then(
                .openTerminal(process.consoleSize, owner: process.user?.uid ?? 0),
                "the terminal is the container's own")
        }
        then(.report(.prepared), "the process exists, and may be placed in a cgroup")
        then(.hold(.go), "it has been placed")
        then(.stdio(exec.stdio), "after the last thing that could be said to the caller's streams")
        if let personality = exec.container.linux?.personality {
            then(.personality(try Self.domain(personality)), "before the filter")
        }
        if let policy = exec.container.linux?.memoryPolicy {
            let (mode, nodes) = try Self.policy(policy)
            then(.memoryPolicy(mode, nodes: nodes), "before the filter")
        }
        if let final = try Processors.mask(
            process.execCPUAffinity?.final, field: "process.execCPUAffinity.final")
        {
            then(.processors(final), "in the container's cgroup")
        }
        try settle(process, in: surroundings)
        run(process, hasFilter: surroundings.hasFilter)
    }
}

/// Lists of processors such as `0-3,7`. See cpuset(7), "List format".
enum Processors {
    /// Returns the mask, bit n of byte n / 8 for processor n; nil where there is no list.
    static func mask(_ list: String?, field: String) throws(Problem) -> [UInt8]? {
        guard let list, !list.isEmpty else { return nil }
        var mask: [UInt8] = []
        for part in list.split(separator: ",") {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
                first <= last, (0..<8192).contains(last), first >= 0
            else {
                throw Problem(
                    .badValue,
                    "\(field) \"\(list.printable)\" is no list of processors",
                    next: "write it like 0-3,7")
            }
            while mask.count <= last / 8 { mask.append(0) }
            for number in first...last { mask[number / 8] |= 1 << UInt8(number % 8) }
        }
        return mask
    }
}
