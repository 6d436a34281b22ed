import Base
import Kernel
import Runtimes
import Specs
import Systemd

extension Monitor {
    /// Brings the container from nothing to its running program, or throws with nothing started.
    func launch() throws(Problem) {
        if state.record.startedAt != nil { forgetVolatileUse() }
        if plan.notify == .container {
            let made = try Notices(run)
            notices = made
            watch.add(made.socket, for: .readable, Watched(.notice))
        }
        if start.socket != nil, plan.attached { try takeFirstClient() }
        try joinPod()
        // First of all: what is started from here on belongs to the group, the helper too.
        if plan.cgroup == .granted { try takeGrantedGroup() }
        // Begun before the container: it opens ports while that is being made.
        if let helper = plan.network { network = try NetworkServant(helper) }
        var ends = LaunchEnds()
        if case .served(let helper) = plan.root {
            let made = try OverlayServant(helper)
            overlay = made
            ends.root = made.mount
        }
        ends.isTerminal = plan.terminal
        ends.showsNamespaces = plan.network != nil
        if plan.cgroup == .split { try makeOwnGroup() }
        if let leaf = groups?.leaf {
            ends.group = try open(leaf)
            ends.groupPath = leaf.path
        }
        let ours = try makeStreams(&ends)
        let first = try payload.begin(ends)
        pid = first
        ends.root = nil
        overlay?.handedOver()
        connect(ours)
        try attachNetwork()
        try awaitNetwork()
        try payload.finish()
        try connectTerminal()
        try payload.start()
        launched(first)
    }

    private func launched(_ first: Int32) {
        beginTimers()
        let ticks = (try? Processes.startTicks(of: first)) ?? 0
        // All at once: who reads the record must not see the new count with the old end.
        let isRestart = state.record.startedAt != nil && restarters.isEmpty
        note {
            if isRestart { $0.restarts += 1 }
            $0.process = ProcessMark(pid: first, startTicks: ticks)
            $0.network = network?.mark
            $0.cgroup = groups?.leaf.path
            $0.startedAt = Clock.wall()
            $0.finishedAt = nil
            $0.exitCode = nil
            $0.oomKilled = false
            $0.problem = nil
            $0.status = .running
        }
        writeNumberFiles(first)
        apply(.started)
        for number in restarters { answer(number, .done, last: false) }
        restarters = []
        start.report(.started(pid: first))
        if let socket = start.take(), plan.attached { keepFirstClient(socket) }
        if let checkup {
            checkup.wish = nil
            feel(.started)
            noteHealth()
        }
    }

    /// Removes the mark that a volatile overlay leaves in its work directory.
    ///
    /// Neither the kernel nor our own overlay serves one that has it, lest a crash of the machine go unnoticed; one after which
    /// we live was none. See the kernel's overlayfs.rst, "Volatile mount".
    private func forgetVolatileUse() {
        let place: String?
        switch plan.root {
        case .overlay(_, _, let work, let options):
            place = options.contains("volatile") ? work : nil
        case .served(let helper): place = helper.plan.isVolatile ? helper.plan.work : nil
        case .directory: place = nil
        }
        guard let work = place else { return }
        attempt { () throws(Problem) in
            try explaining("cannot use the work directory \"\(work)\" again") {
                () throws(KernelFault) in
                do throws(KernelFault) {
                    try Files.removeTree(
                        at: Files.open(work + "/work", [.read, .directory]), "incompat")
                } catch  where !error.isAbsence {
                    throw error
                } catch {
                    // It never was mounted.
                }
            }
        }
    }

    private func writeNumberFiles(_ first: Int32) {
        for (path, number) in [(plan.pidFile, first), (plan.monitorPidFile, Processes.own)] {
            guard let path, let slash = path.lastIndex(of: "/") else { continue }
            attempt { () throws(Problem) in
                try explaining("cannot write \"\(path)\"") { () throws(KernelFault) in
                    let directory = try Files.open(
                        String(path[...slash]), [.read, .directory])
                    try Files.replace(
                        at: directory, String(path[path.index(after: slash)...]),
                        with: Array("\(number)".utf8), permissions: 0o644)
                }
            }
        }
    }

    // MARK: Streams

    /// Our ends of the container's pipes.
    private struct OurEnds {
        var input: SharedDescriptor?
        var output: SharedDescriptor?
        var error: SharedDescriptor?
    }

    private func makeStreams(_ ends: inout LaunchEnds) throws(Problem) -> OurEnds {
        if plan.terminal || plan.log == .passthrough { return OurEnds() }
        do {
            let output = try Descriptor.pipe().ends()
            let error = try Descriptor.pipe().ends()
            var ours = OurEnds(
                output: SharedDescriptor(owning: output.reading),
                error: SharedDescriptor(owning: error.reading))
            let theirOutput = SharedDescriptor(owning: output.writing)
            let theirError = SharedDescriptor(owning: error.writing)
            let theirInput: SharedDescriptor
            if plan.stdinOpen {
                let input = try Descriptor.pipe().ends()
                theirInput = SharedDescriptor(owning: input.reading)
                ours.input = SharedDescriptor(owning: input.writing)
                try ours.input?.descriptor.setBlocking(false)
            } else {
                theirInput = SharedDescriptor(try Files.open("/dev/null", .read))
            }
            try ours.output?.descriptor.setBlocking(false)
            try ours.error?.descriptor.setBlocking(false)
            ends.streams = (theirInput, theirOutput, theirError)
            return ours
        } catch {
            throw error.problem("cannot make the container's pipes")
        }
    }

    private func connect(_ ours: OurEnds) {
        if plan.terminal { return }
        wires.connect(output: ours.output, error: ours.error, input: ours.input)
    }

    private func connectTerminal() throws(Problem) {
        guard plan.terminal, let master = try payload.takeTerminal() else { return }
        do {
            try master.descriptor.setBlocking(false)
            let writing = SharedDescriptor(try master.descriptor.duplicate())
            wires.connect(output: master, error: nil, input: writing)
        } catch {
            throw error.problem("cannot use the container's terminal")
        }
    }

    // MARK: The group

    private var limits: RuntimeConfig.Linux.Resources? { plan.config.linux?.resources }

    /// Makes the container's leaf below the monitor's own group.
    private func makeOwnGroup() throws(Problem) {
        let own = try explaining("cannot find the monitor's control group") {
            () throws(KernelFault) in try ControlGroup.of()
        }
        guard let own else {
            throw Problem(
                .missingOnMachine, "the machine has no unified control groups",
                next: "use --cgroups=disabled, or boot with systemd.unified_cgroup_hierarchy=1")
        }
        let isMoved = own.path.hasSuffix("/" + Groups.monitorName)
        let base = isMoved ? own.parent : own
        guard base.isDelegated() else {
            throw Problem(
                .wrongState, "the control group \"\(base.path)\" is not delegated to this user",
                next: "add \"Delegate=yes\" to the unit's [Service] section")
        }
        let made = Groups(base: base)
        groups = made
        try made.make(limits, isAlone: !isMoved)
    }

    private func open(_ leaf: ControlGroup) throws(Problem) -> SharedDescriptor {
        try explaining("cannot open the control group \"\(leaf.path)\"") {
            () throws(KernelFault) in
            SharedDescriptor(try Files.open(leaf.directory, [.read, .directory]))
        }
    }

    /// Takes the group that the engine has asked systemd for, and makes the container's leaf in it.
    private func takeGrantedGroup() throws(Problem) {
        // A launch again: the group of the first one is still ours.
        if let groups { return try groups.make(limits, isAlone: false) }
        if let socket = start.socket { try awaitReadable(socket) }
        let order: StartOrder
        do throws(Problem) {
            order = try start.order().0
        } catch {
            awaitScope()
            throw error
        }
        switch order {
        case .cgroup(let path):
            let made = Groups(base: ControlGroup(path: path))
            groups = made
            try made.make(limits, isAlone: true)
        case .shared(let path, let leaf):
            let made = Groups(base: ControlGroup(path: path), leaf: leaf)
            groups = made
            try made.make(limits, isAlone: false)
        case .noCgroup: break
        case .attach:
            throw Problem(.helper, "the engine sent streams where a control group was expected")
        }
    }

    /// Where the engine was killed, the scope it had asked for may be on its way. One that never
    /// had a process in it is kept by systemd for ever; so this one is there for a second at most.
    private func awaitScope() {
        let deadline = Clock.monotonic() + 1_000_000_000
        while Clock.monotonic() < deadline {
            let own = (try? ControlGroup.of()) ?? nil
            guard let path = own?.path else { return }
            let isPlaced = path.hasSuffix("/" + Groups.monitorName)
            if isPlaced || path.hasSuffix("martlet-\(plan.id).scope") { return }
            // What happens meanwhile is of no interest any more.
            Clock.pause(milliseconds: 20)
        }
    }

    /// Waits for a message during a launch; a wish to stop ends the launch.
    func awaitReadable(_ socket: SharedDescriptor) throws(Problem) {
        while true {
            let isSocket = try explaining("cannot wait for a message") {
                () throws(KernelFault) in
                try Loop.first(socket.descriptor, or: signals.descriptor)
            }
            if isSocket { return }
            let arrival = try? Signals.next(from: signals.descriptor)
            guard let number = arrival?.number else { continue }
            if number == Signal.terminate.number || number == Signal.interrupt.number {
                note { $0.stoppedByHand = true }
                apply(.stopAsked(graceSeconds: 0))
                throw Problem(.refused, "container \"\(plan.name)\" was stopped while starting")
            }
            if number == Signal.child.number { try reapDuringLaunch() }
        }
    }

    /// Notices a child that has ended although it should not have.
    private func reapDuringLaunch() throws(Problem) {
        if let child = overlay?.pid, overlay?.end == nil,
            let end = try? Processes.reap(child, waiting: false)
        {
            overlay?.end = end
        }
        guard let child = network?.pid, let end = try? Processes.reap(child, waiting: false) else {
            return
        }
        // Its last words, if it had any, are read by whoever waits for them.
        network?.end = end
    }

    // MARK: The end of a launch

    /// Undoes what a launch made, the last thing first.
    func clearLaunch() {
        // One that failed half-way leaves its first process dead, or about to be.
        if let left = pid {
            payload.kill()
            _ = try? Processes.reap(left, waiting: true)
            pid = nil
        }
        wires.end()
        if let ending = network {
            watch.remove(ending.channel)
            ending.stop()
            network = nil
        }
        for place in places.all { watch.remove(place.socket) }
        places.leave()
        payload.clear()
        overlay?.stop()
        overlay = nil
        if let groups { attempt { () throws(Problem) in try groups.clear() } }
        if let ending = notices {
            watch.remove(ending.socket)
            ending.clear()
            notices = nil
        }
        note {
            $0.process = nil; $0.network = nil; $0.networks = nil
        }
    }

    // MARK: systemd

    func tellReady() {
        tell([
            "READY=1", "MAINPID=\(Processes.own)", "STATUS=Container \(plan.name) is running",
        ])
    }

    func tellStopping(_ graceSeconds: Int) {
        // The manager's own time-out may be shorter than the grace the user chose.
        tell([
            "STOPPING=1", "EXTEND_TIMEOUT_USEC=\((graceSeconds + 5) * 1_000_000)",
            "STATUS=Container \(plan.name) is stopping",
        ])
    }

    func tell(_ assignments: [String]) {
        guard notifier != nil else { return }
        // A manager that cannot be reached has nothing to do with the container.
        try? notifier?.send(assignments)
    }

    func passNotices() {
        guard let notices else { return }
        let inside = { [groups, pid] (sender: Int32) -> Bool in
            if let groups { return groups.holds(sender) }
            guard let pid, let own = try? Files.target("/proc/\(pid)/ns/pid") else { return false }
            return own == (try? Files.target("/proc/\(sender)/ns/pid"))
        }
        for said in notices.receive(from: inside) {
            tell(said.contains("READY=1") ? said + ["MAINPID=\(Processes.own)"] : said)
        }
    }
}

extension ControlGroup {
    /// The group above.
    var parent: ControlGroup {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            return ControlGroup(path: "/")
        }
        return ControlGroup(path: String(path[..<slash]))
    }
}
