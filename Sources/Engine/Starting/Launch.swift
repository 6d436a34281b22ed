package import Base
package import Kernel
package import Specs
import Systemd

/// A container that has been started, and the channel to its monitor.
package struct StartedContainer: ~Copyable {
    package let id: String
    package let pid: Int32
    /// From now on a client's connection where the plan was `attached`.
    package let connection: MonitorConnection
}

extension House {
    /// Variables a helper of ours may see; nothing of a container's choosing is among them (T-CODE-3).
    private var helperEnvironment: [String] {
        let passed = [
            "HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_DATA_HOME", "NOTIFY_SOCKET",
            "WATCHDOG_USEC", "WATCHDOG_PID", "INVOCATION_ID", "JOURNAL_STREAM",
        ]
        return passed.compactMap { name in caller.environment[name].map { "\(name)=\($0)" } }
            + ["PATH=/usr/bin:/bin"]
    }

    /// Starts a monitor beside this process and waits until the payload runs.
    ///
    /// - Parameter attach: what of this process's standard streams the container is joined to, with
    ///   the descriptors that go with it, in order.
    /// - Throws: what the monitor reports; nothing of the container is left then.
    package func launch(
        _ plan: MonitorPlan, standing: StandingNamespace?,
        attach: (request: ControlRequest.Attach, descriptors: [Int32])?,
        networks: [SharedDescriptor] = []
    ) throws(Problem) -> StartedContainer {
        let program = try sealedRuntime(standing)
        let file = try planFile(plan)
        let pair = try explaining("cannot make a socket pair") { () throws(KernelFault) in
            try Sockets.pair()
        }
        var shared = plan.cgroup == .granted && plan.slice == nil ? standing?.group : nil
        let monitor = try explaining("cannot start the monitor of \"\(plan.name)\"") {
            () throws(KernelFault) -> ProcessHandle in
            let first = Self.firstFree(plan)
            var spawn = Spawn(
                "martlet-runtime", Self.monitorWords(plan) + ["--start-fd=\(first + 1)"])
            spawn.executable = program.number
            spawn.environment = helperEnvironment
            spawn.descriptors = plan.preserved.map { .standard($0) }
            spawn.descriptors += [.init(file, as: first), .init(pair.theirs, as: first + 1)]
            spawn.descriptors += networks.enumerated().map {
                .init($0.element.descriptor, as: first + 2 + Int32($0.offset))
            }
            if plan.log == .passthrough { spawn.descriptors += [0, 1, 2].map { .standard($0) } }
            spawn.newSession = true
            if let group = shared?.child(StartOrder.supervisor) {
                // From a login session outside of the user's manager the kernel refuses it.
                do throws(KernelFault) { return try spawn.start(in: group) } catch { shared = nil }
            }
            return try spawn.start()
        }
        let ends = pair.ends()
        // The monitor has its own copy; keeping this one would hide its death.
        _ = Descriptor(owning: ends.theirs)
        let channel = Descriptor(owning: ends.ours)
        if let attach {
            try tell(channel, .attach(attach.request), attach.descriptors)
        }
        if let shared {
            // One that has ended already has said why; that is heard next.
            try? tell(channel, .shared(path: shared.path, leaf: plan.id))
        } else if plan.cgroup == .granted {
            try grant(channel, monitor, plan)
        }
        let pid = try hear(from: channel, monitor: monitor, plan)
        return StartedContainer(
            id: plan.id, pid: pid,
            connection: MonitorConnection(channel: channel, name: plan.name))
    }

    /// Turns this process, a unit's main process, into the container's monitor: same number, no fork.
    package func becomeMonitor(
        _ plan: MonitorPlan, standing: StandingNamespace?, networks: [SharedDescriptor]
    ) throws(Problem) -> Never {
        let program = try sealedRuntime(standing)
        let file = try planFile(plan)
        throw try explaining("cannot become the monitor of \"\(plan.name)\"") {
            () throws(KernelFault) -> Problem in
            let first = Self.firstFree(plan)
            // Out of the way of the places that are filled.
            let end = first + 1 + Int32(networks.count)
            let program = try program.duplicate(lowest: end)
            let file = try file.duplicate(lowest: end)
            var copies: [SharedDescriptor] = []
            for network in networks {
                copies.append(SharedDescriptor(try network.descriptor.duplicate(lowest: end)))
            }
            try Tasks.place(file.number, at: first)
            for (place, copy) in copies.enumerated() {
                try Tasks.place(copy.descriptor.number, at: first + 1 + Int32(place))
            }
            // A duplicate made by place passes through exec; all else is closed on the way.
            try Processes.keepDescriptors(from: end)
            try Processes.execute(
                "/proc/self/fd/\(program.number)", arguments: Self.monitorWords(plan),
                environment: helperEnvironment)
        }
    }

    /// The first number behind what the payload gets.
    private static func firstFree(_ plan: MonitorPlan) -> Int32 {
        3 + Int32(plan.preserved.count)
    }

    private static func monitorWords(_ plan: MonitorPlan) -> [String] {
        // The directory is told for those who look for it in /proc (`recallProcesses`).
        ["martlet-monitor", "monitor", "--plan-fd=\(firstFree(plan))"]
            + [toldRun + plan.directories.run]
            + (plan.memberships.isEmpty ? [] : ["--networks=\(plan.memberships.count)"])
    }

    private func sealedRuntime(_ standing: StandingNamespace?) throws(Problem)
        -> Descriptor
    {
        let path = try helper("martlet-runtime")
        return try explaining("cannot seal \"\(path)\" against its containers") {
            () throws(KernelFault) in
            if let standing {
                return try Sealed.executable(
                    path, userNamespace: try standing.descriptor.duplicate())
            }
            return try Sealed.executable(path, userNamespace: nil)
        }
    }

    private func planFile(_ plan: MonitorPlan) throws(Problem) -> Descriptor {
        try explaining("cannot write the monitor's plan") { () throws(KernelFault) in
            try MemoryFile.sealed(JSON(encoding: plan).bytes(), name: "martlet-plan")
        }
    }

    private func tell(
        _ channel: borrowing Descriptor, _ order: StartOrder, _ descriptors: [Int32] = []
    ) throws(Problem) {
        try explaining("cannot speak to the monitor") { () throws(KernelFault) in
            try Sockets.send(JSON(encoding: order).bytes(), descriptors: descriptors, to: channel)
        }
    }

    private func hear(
        from channel: borrowing Descriptor, monitor: borrowing ProcessHandle, _ plan: MonitorPlan
    ) throws(Problem) -> Int32 {
        while true {
            let bytes = try explaining("cannot hear from the monitor of \"\(plan.name)\"") {
                () throws(KernelFault) in
                try Sockets.receive(from: channel, limit: Limits.messageBytes).bytes
            }
            guard !bytes.isEmpty else {
                let end = try? monitor.wait()
                throw Problem(
                    .helper, "the monitor of \"\(plan.name)\" ended before the container started",
                    why: end.map { "it ended with \($0)" },
                    next: "see \"martlet doctor\", and report it if that finds nothing")
            }
            let report = try JSON(parsing: bytes, name: "the monitor's report")
                .decode(StartReport.self, name: "the monitor's report")
            switch report {
            case .started(let pid): return pid
            case .failed(let problem):
                _ = try? monitor.wait()
                throw problem
            }
        }
    }

    /// Moves the monitor to a scope of the container's own while it gets ready: what it starts is
    /// born there, so nothing of the container's ends with the session of whoever called us.
    private func grant(
        _ channel: borrowing Descriptor, _ monitor: borrowing ProcessHandle, _ plan: MonitorPlan
    ) throws(Problem) {
        let order: StartOrder
        do throws(Problem) {
            order = try scope(for: plan, pid: monitor.pid)
        } catch {
            // It waits for the group, and has started nothing yet.
            try? monitor.send(signal: Signal.kill.number)
            _ = try? monitor.wait()
            throw error
        }
        // One that has ended already has said why; that is heard next.
        try? tell(channel, order)
    }

    /// Asks the user's service manager for a scope of the container's own.
    func scope(for plan: MonitorPlan, pid: Int32) throws(Problem) -> StartOrder {
        do throws(Problem) {
            let path = try TransientScope.makeGroup(
                .init(
                    unit: "martlet-\(plan.id).scope", slice: plan.slice?.name,
                    description: "Container \(plan.name)", pid: pid)
            ).path
            if let slice = plan.slice { try checkLimits(of: slice, scope: path) }
            return .cgroup(path: path)
        } catch {
            if plan.config.linux?.resources != nil || plan.slice != nil {
                // A limit that was asked for is never silently dropped.
                throw error.during("making the control group that limits \"\(plan.name)\"")
            }
            warn("\(error.what), continuing without a control group for \"\(plan.name)\"")
            return .noCgroup
        }
    }
}
