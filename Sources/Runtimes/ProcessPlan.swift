import Base
import Kernel
import Specs

/// The half of a plan that is the same for a container's first program and for one that joins it.
extension LaunchPlan {
    /// Appends what turns the child into the program: limits, ids, capabilities, directory.
    mutating func settle(_ process: RuntimeConfig.Process, in surroundings: Surroundings)
        throws(Problem)
    {
        for limit in process.rlimits ?? [] {
            guard let resource = Self.resources[limit.type] else {
                throw Problem(
                    .badValue, "\"\(limit.type.printable)\" in process.rlimits is no limit",
                    next: Array(Self.resources.keys).nearest(to: limit.type).map {
                        "did you mean \"\($0)\"?"
                    })
            }
            guard limit.soft <= limit.hard else {
                throw Problem(.badValue, "the soft limit of \(limit.type) is above its hard limit")
            }
            then(
                .limit(
                    resource: resource, soft: limit.soft, hard: limit.hard, name: limit.type),
                "while the process may still raise a hard limit")
        }
        if let schedule = try Self.schedule(process.scheduler) {
            then(.schedule(schedule), "before CAP_SYS_NICE is dropped")
        }
        if let priority = process.ioPriority {
            let level = priority.priority ?? 0
            guard (0...7).contains(level) else {
                throw Problem(.badValue, "process.ioPriority.priority is not from 0 to 7")
            }
            let kind: Int32 =
                switch priority.class {
                case .realTime: 1
                case .bestEffort: 2
                case .idle: 3
                }
            then(
                .ioPriority(kind: kind, level: Int32(level)),
                "before CAP_SYS_NICE is dropped")
        }
        try label(process)
        let user = process.user ?? RuntimeConfig.User()
        then(.fileMask(user.umask ?? 0o022), "after every file of the set-up has been made")
        guard process.cwd.hasPrefix("/") else {
            throw Problem(.badValue, "process.cwd \"\(process.cwd.printable)\" is not absolute")
        }
        then(
            .enterEarly(process.cwd),
            "a directory only root may enter is still given, as other runtimes do")
        then(
            .preserve(surroundings.preserved),
            "before the filter, which may know no such call; all that is opened later ends at exec")
        let sets = try Capabilities.sets(process.capabilities)
        then(.bound(sets.bounding), "before the ids change: it takes CAP_SETPCAP")
        if process.noNewPrivileges == true {
            then(.noNewPrivileges, "before the filter, which an unprivileged process may load then")
        } else if surroundings.hasFilter {
            then(.filter, "without no_new_privs it takes CAP_SYS_ADMIN, which is dropped next")
        }
        try become(user, surroundings)
        then(.capabilities(sets), "after the ids, whose change empties the sets")
        then(.workingDirectory(process.cwd), "as the user, whose permissions count")
        guard let program = process.args?.first, !program.isEmpty else {
            throw Problem(.badValue, "process.args names no program")
        }
        then(
            .find(program: program), "inside the container and as the user, while both can be told")
    }

    /// Appends the wait for the start and the exec.
    ///
    /// - Parameter launch: nil for a program that joins a running container.
    mutating func run(
        _ process: RuntimeConfig.Process, _ launch: Launch? = nil, hasFilter: Bool
    ) {
        if launch?.startsAtOnce != true {
            then(.report(.ready), "everything that can fail has been done")
        }
        then(.hold(.start), "the program begins when it is told to")
        if let hooks = launch?.config.hooks?.startContainer, !hooks.isEmpty {
            then(.hooks(hooks, name: "startContainer"), "inside the container, before its program")
        }
        if process.noNewPrivileges == true, hasFilter {
            then(.filter, "last, so that the profile need not allow what the set-up does")
        }
        if launch?.hasReaper == true {
            then(.stayAsReaper, "the filter holds for both, and only the program follows")
        }
        then(.execute, "the end of the set-up")
    }

    private mutating func become(_ user: RuntimeConfig.User, _ surroundings: Surroundings)
        throws(Problem)
    {
        var groups: [UInt32]? = user.additionalGids ?? []
        if surroundings.setGroupsDenied {
            // The primary group alone is what the process has anyhow.
            guard groups?.isEmpty == true || groups == [user.gid] else {
                throw Problem(
                    .missingOnMachine, "supplementary groups cannot be set",
                    why: "this user namespace maps a single id, and setgroups(2) is denied in it",
                    next: "give the user a range in /etc/subgid")
            }
            groups = nil
        } else if surroundings.keepsGroups {
            groups = nil
        }
        then(
            .user(uid: user.uid, gid: user.gid, groups: groups),
            "groups first: the user alone may not change them (T-GROUPS-2)")
    }

    private mutating func label(_ process: RuntimeConfig.Process) throws(Problem) {
        if let profile = process.apparmorProfile, !profile.isEmpty, profile != "unconfined" {
            then(
                .securityLabel("exec \(profile)", file: "apparmor/exec"),
                "takes effect at the exec; a profile that cannot be had ends the start (T-PROCSYS-4)"
            )
        }
        if let label = process.selinuxLabel, !label.isEmpty {
            then(
                .securityLabel(label, file: "exec"),
                "takes effect at the exec; a label that cannot be had ends the start (T-PROCSYS-4)")
        }
    }

    private static func schedule(_ wanted: RuntimeConfig.Scheduler?) throws(Problem)
        -> Tasks.Schedule?
    {
        guard let wanted else { return nil }
        let policies: [(RuntimeConfig.Scheduler.Policy, UInt32)] = [
            (.other, 0), (.fifo, 1), (.roundRobin, 2), (.batch, 3), (.iso, 4), (.idle, 5),
            (.deadline, 6),
        ]
        let flags: [(RuntimeConfig.Scheduler.Flag, UInt64)] = [
            (.resetOnFork, 1), (.reclaim, 2), (.deadlineOverrun, 4), (.keepPolicy, 8),
            (.keepParameters, 16), (.utilizationMinimum, 32), (.utilizationMaximum, 64),
        ]
        guard (wanted.priority ?? 0) >= 0 else {
            throw Problem(.badValue, "process.scheduler.priority is negative")
        }
        var schedule = Tasks.Schedule(policy: policies.first { $0.0 == wanted.policy }?.1 ?? 0)
        for flag in wanted.flags ?? [] {
            schedule.flags |= flags.first { $0.0 == flag }?.1 ?? 0
        }
        schedule.nice = wanted.nice ?? 0
        schedule.priority = UInt32(wanted.priority ?? 0)
        schedule.runtime = wanted.runtime ?? 0
        schedule.deadline = wanted.deadline ?? 0
        schedule.period = wanted.period ?? 0
        if wanted.policy == .deadline { try checkDeadline(schedule) }
        return schedule
    }

    /// See sched(7), "SCHED_DEADLINE": the kernel would refuse these with a bare EINVAL.
    private static func checkDeadline(_ schedule: Tasks.Schedule) throws(Problem) {
        let period = schedule.period == 0 ? schedule.deadline : schedule.period
        guard schedule.runtime >= 1024, schedule.runtime <= schedule.deadline,
            schedule.deadline <= period
        else {
            throw Problem(
                .badValue, "process.scheduler with SCHED_DEADLINE has values that cannot be met",
                next: "choose 1024 <= runtime <= deadline <= period, in nanoseconds")
        }
    }

    /// What the process will be in, as far as the plan depends on it.
    package struct Surroundings: Equatable, Sendable {
        /// Whether the container shares the machine's first user namespace.
        package var isInitialUserNamespace = false
        package var setGroupsDenied = false
        /// Whether the parent sends the network namespace that it has begun to make.
        package var networkComes = false
        package var keepsGroups = false
        package var hasFilter = false
        package var preserved: [CInt] = []
        /// The ids that are root in the container, where its maps have an id 0.
        package var mapsRoot = true

        package init() {}
    }

    /// See getrlimit(2); the numbers are those of x86-64 and arm64.
    static let resources: [String: Int32] = [
        "RLIMIT_CPU": 0, "RLIMIT_FSIZE": 1, "RLIMIT_DATA": 2, "RLIMIT_STACK": 3, "RLIMIT_CORE": 4,
        "RLIMIT_RSS": 5, "RLIMIT_NPROC": 6, "RLIMIT_NOFILE": 7, "RLIMIT_MEMLOCK": 8,
        "RLIMIT_AS": 9, "RLIMIT_LOCKS": 10, "RLIMIT_SIGPENDING": 11, "RLIMIT_MSGQUEUE": 12,
        "RLIMIT_NICE": 13, "RLIMIT_RTPRIO": 14, "RLIMIT_RTTIME": 15,
    ]
}
