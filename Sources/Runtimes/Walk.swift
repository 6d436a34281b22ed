import Kernel
import Specs

/// The child's way through its plan, from clone3 to exec.
///
/// It decides nothing: the plan does. It speaks to the parent over one socket only, and ends with
/// `_exit` whatever happens, so nothing of the parent's program runs in it.
final class Walk {
    let launch: Launch
    let filter: FilterProgram?
    /// The socket to whoever waits: the parent, later perhaps the one who starts the container.
    var channel: Descriptor
    /// procfs of the caller, opened before anything of the container's could stand in its place.
    var proc: Descriptor?
    var root: Descriptor?
    /// The directory that the last device or link was made in, until something is mounted.
    var directory: Descriptor?
    var directoryPath = ""
    /// What files and directories are hidden by, once it is there.
    var null: Descriptor?
    var hasNull = false
    var nothing: Descriptor?
    var terminal: Descriptor?
    var program = ""
    /// This program, where it is what the container runs.
    var itself: Descriptor?
    var environment: [String] = []
    var enteredEarly = false
    /// The socket to the program that decides notified calls.
    var agent: Descriptor?
    /// This process's number as whoever made the container sees it.
    var outerPid = Processes.own

    init(
        launch: Launch, filter: FilterProgram?, channel: consuming Descriptor,
        agent: consuming Descriptor?
    ) {
        self.launch = launch
        self.filter = filter
        self.channel = channel
        self.agent = agent
    }

    /// Walks the plan; does not come back.
    func run(_ plan: LaunchPlan) -> Never {
        // Nothing of ours may run on a signal from here on, least of all a crash handler
        // (T-CODE-2).
        try? Signals.restore()
        Tasks.setMask(0)
        if launch.runsItself { itself = try? Files.open("/proc/self/exe", [.read]) }
        for step in plan.steps {
            do throws(KernelFault) {
                try perform(step.deed)
            } catch {
                // If even this cannot be sent, the parent sees the socket close.
                try? Sockets.send(Stumble(step.deed, error).bytes, to: channel)
                Clone.end(1)
            }
        }
        Clone.end(1)
    }

    /// A process may always open its own namespaces.
    private func showNamespaces() throws(KernelFault) {
        let network = try Files.open("/proc/self/ns/net", [.read])
        let user = try Files.open("/proc/self/ns/user", [.read])
        try Sockets.send(
            [UInt8(ascii: "N")], descriptors: [network.number, user.number], to: channel)
    }

    private func takeNetwork() throws(KernelFault) {
        let message = try Sockets.receive(from: channel, limit: 16)
        // Whoever waited for this child is gone.
        if message.bytes.first != LaunchPlan.Milestone.network.rawValue { Clone.end(0) }
        guard let number = message.descriptors.first else {
            return try Namespaces.unshare(.network)
        }
        try Namespaces.enter(Descriptor(owning: number), .network)
    }

    private func perform(_ deed: LaunchPlan.Deed) throws(KernelFault) {
        switch deed {
        case .takeNetwork, .showNamespaces, .awaitMaps, .becomeRoot, .join, .newTimeNamespace,
            .leadSession, .newKeyring, .oomScore,
            .propagate, .newCgroupNamespace, .joinCgroupNamespace, .report, .hold:
            try enterNamespaces(deed)
        case .mountRoot, .takeRoot, .mount, .device, .link, .openTerminal, .bindConsole, .sysctl,
            .mask,
            .readOnly, .readOnlyRoot, .makeDirectory:
            try furnish(deed)
        case .hooks, .loopback, .netDevices, .hostName, .domainName, .changeRoot, .confine,
            .propagateRoot, .stdio,
            .securityLabel:
            try moveIn(deed)
        case .limit, .personality, .memoryPolicy, .schedule, .ioPriority, .processors, .fileMask,
            .enterEarly,
            .endWithCaller, .noNewPrivileges, .bound, .user, .capabilities, .workingDirectory,
            .find, .filter,
            .preserve, .stayAsReaper, .execute:
            try settle(deed)
        }
    }

    // MARK: Namespaces and the other side

    private func enterNamespaces(_ deed: LaunchPlan.Deed) throws(KernelFault) {
        switch deed {
        case .takeNetwork: try takeNetwork()
        case .showNamespaces: try showNamespaces()
        case .awaitMaps:
            try hold(for: .mapped)
            try Privileges.setDumpable(false)
        case .becomeRoot(let groups):
            if groups { try Privileges.setGroups([]) }
            try Privileges.become(group: 0)
            try Privileges.become(user: 0)
            try Privileges.setDumpable(false)
        case .join(let path, let kind):
            try Namespaces.enter(Files.open(path, .read), kind.kernel.flag)
        case .newTimeNamespace(let offsets):
            try Namespaces.unshare(.time)
            for (clock, offset) in offsets.sorted(by: { $0.key < $1.key }) {
                try Walk.writeOwn(
                    "timens_offsets", "\(clock) \(offset.secs ?? 0) \(offset.nanosecs ?? 0)")
            }
            try Namespaces.enter(Files.open("/proc/self/ns/time_for_children", .read), .time)
        case .leadSession: try Processes.beginSession()
        case .newKeyring:
            do {
                try Privileges.newSessionKeyring()
            } catch  where error.isUnsupported {
                // A kernel without keyrings has none to hide.
            }
        case .oomScore(let score): try Walk.setOOMScore(score)
        case .propagate(let kind):
            try Mounts.change(
                Files.open("/", [.place, .directory]), .init(propagation: kind, recursive: true),
                name: "/")
        case .newCgroupNamespace: try Namespaces.unshare(.cgroup)
        case .joinCgroupNamespace(let pidfd): try Namespaces.enter(number: pidfd, .cgroup)
        case .report(let milestone): try Sockets.send([milestone.rawValue], to: channel)
        case .hold(.start):
            if let listener = launch.startListener {
                channel = try Sockets.accept(number: listener)
            }
            try hold(for: .start)
        case .hold(let milestone): try hold(for: milestone)
        default: break
        }
    }

    private func hold(for milestone: LaunchPlan.Milestone) throws(KernelFault) {
        let message = try Sockets.receive(from: channel, limit: 16)
        // Whoever waited for this child is gone, or never wanted it.
        if message.bytes.first != milestone.rawValue { Clone.end(0) }
        if let pid = Int32(String(decoding: message.bytes.dropFirst(), as: UTF8.self)) {
            outerPid = pid
        }
    }

    /// Sets this process's score for the out-of-memory killer. See proc_pid_oom_score_adj(5).
    static func setOOMScore(_ score: Int) throws(KernelFault) {
        try writeOwn("oom_score_adj", "\(score)")
    }

    /// Writes to a file of this process's own in procfs, which must really be procfs (T-ROOTFS-8).
    private static func writeOwn(_ name: String, _ text: String) throws(KernelFault) {
        // A process that is not dumpable may not write to its own files there. Nothing of the
        // container's can see this process yet.
        try Privileges.setDumpable(true)
        defer { try? Privileges.setDumpable(false) }
        try Files.openBeneath(
            hostProc(), "self/\(name)", .write, [.beneath, .noMagicLinks, .noMounts]
        ).writeAll(text)
    }

    private static func hostProc() throws(KernelFault) -> Descriptor {
        let opened = try Files.open("/proc", [.place, .directory])
        guard try Mounts.lies(opened, on: .proc) else {
            throw KernelFault.refusal("/proc is no procfs", 18)
        }
        return opened
    }

    func openProc() throws(KernelFault) {
        if hasProc { return }
        proc = try Walk.hostProc()
    }

    private var hasProc: Bool {
        switch proc {
        case .some: true
        case .none: false
        }
    }

    func withProc(_ body: (borrowing Descriptor) throws(KernelFault) -> Void) throws(KernelFault) {
        switch proc {
        case .some(let proc): try body(proc)
        case .none: throw KernelFault.refusal("procfs was not opened", 9)
        }
    }

    func withRoot<Value: ~Copyable>(
        _ body: (borrowing Descriptor) throws(KernelFault) -> Value
    ) throws(KernelFault) -> Value {
        switch root {
        case .some(let root): return try body(root)
        case .none: throw KernelFault.refusal("the root is not mounted", 9)
        }
    }
}

extension KernelFault {
    /// A refusal of our own, which travels as a fault: what is wrong, and the error nearest to it.
    static func refusal(_ what: String, _ number: CInt) -> KernelFault {
        KernelFault(call: refusalCall, subject: what, number: number)
    }

    static let refusalCall = "check"
}
