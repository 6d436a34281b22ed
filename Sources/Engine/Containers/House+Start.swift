package import Base
import Kernel
package import Records
package import Specs

/// How a start deals with the caller's own streams.
package struct StartOptions: Equatable, Sendable {
    /// Whether the command returns as soon as the payload runs.
    package var detach = true
    /// Streams the caller is joined to; all where empty and not detached.
    package var streams: Set<String> = []
    package var detachKeys = "ctrl-p,ctrl-q"
    /// Whether signals this command gets go to the container.
    package var proxiesSignals = true
    /// Where the monitor goes.
    package var place = Place.usual

    package init() {}

    /// Where the monitor goes where this process is a unit's main process.
    package enum Place: Equatable, Sendable {
        /// This process becomes it.
        case usual
        /// It runs beside this process, which has more to do, in a scope of its own.
        case beside
        /// It runs beside this process and stays in the unit: the main process that a unit with
        /// Type=forking has in the end.
        case inUnit
    }
}

/// What came of starting a container.
package enum StartOutcome: Equatable, Sendable {
    /// It runs, and nobody is attached.
    case running(id: String)
    /// It has ended; the code is nil where nobody could tell it.
    case ended(id: String, code: Int?)
}

extension House {
    /// Starts a container that has been created, and sees it through as `options` say.
    ///
    /// In a unit's main process, detached, this never returns: the process becomes the monitor.
    package func start(
        _ container: ContainerRecord, ledger: Ledger, options: StartOptions
    ) throws(Problem) -> StartOutcome {
        do throws(Problem) {
            try refuseIfRunning(container)
            let outcome = try begin(container, ledger: ledger, options: options)
            if case .ended = outcome, container.ephemeral { forgetAnonymousVolumes(ledger) }
            return outcome
        } catch {
            try checkItStands(container, ledger)
            throw error.during("starting container \"\(container.name)\"")
        }
    }

    /// What fails for want of a file has one reason more where the whole container has gone. One that
    /// removes itself has done so.
    private func checkItStands(_ container: ContainerRecord, _ ledger: Ledger) throws(Problem) {
        if container.ephemeral { return }
        do throws(Problem) {
            guard try ledger.record(id: container.id) == nil else { return }
        } catch {
            // Then nobody knows, and the failure of the start is what counts.
            return
        }
        throw Problem(
            .noSuchContainer,
            "container \"\(container.name)\" was removed while it was being started")
    }

    /// A container that removes itself takes its anonymous volumes along.
    private func forgetAnonymousVolumes(_ ledger: Ledger) {
        for name in anonymousVolumes {
            // Its monitor may not have cleared its record yet; then the next sweep finds the volume.
            try? removeVolume(name, ledger: ledger)
        }
    }

    private func refuseIfRunning(_ container: ContainerRecord) throws(Problem) {
        guard try condition(of: container.id).isRunning else { return }
        throw Problem(
            .wrongState, "container \"\(container.name)\" is already running",
            next: "attach to it with \"martlet attach \(container.name)\"")
    }

    private func begin(_ container: ContainerRecord, ledger: Ledger, options: StartOptions)
        throws(Problem) -> StartOutcome
    {
        if let id = container.spec.pod, !container.isInfra, let pod = try ledger.pod(id: id) {
            try startInfra(of: pod, ledger: ledger)
        }
        let image = try container.imageID.map { (id) throws(Problem) in
            try imageConfig(id, ledger: ledger)
        }
        let standing = caller.uid == 0 ? nil : try standingNamespace()
        let all = [IDRange(inside: 0, outside: 0, count: .max)]
        var preparation = Preparation(
            house: self, ledger: ledger, record: container, image: image,
            ids: (standing?.uidMap ?? all, standing?.gidMap ?? all),
            userNamespace: standing?.path)
        var plan = try preparation.plan()
        if preparation.record != container { try ledger.update(preparation.record) }
        anonymousVolumes = preparation.record.anonymousVolumes
        plan.cgroup = cgroup(for: container.spec)
        plan.slice = try slice(of: container, ledger: ledger)
        let networks = preparation.named?.connections ?? []
        if options.place == .inUnit, isUnitsMainProcess {
            // It must stay in the unit's group, and needs none below: it holds one process.
            plan.cgroup = .disabled
        } else if options.place == .usual, options.detach, isUnitsMainProcess {
            // The unit knows its main process by number, wherever that lives.
            if plan.slice != nil { _ = try scope(for: plan, pid: Caller.pid()) }
            try becomeMonitor(plan, standing: standing, networks: networks)
        }
        if plan.cgroup == .split { plan.cgroup = .granted }
        if options.detach {
            let started = try launch(plan, standing: standing, attach: nil, networks: networks)
            return .running(id: started.id)
        }
        // The monitor's copies alone keep the container's places from now on.
        preparation.named = nil
        return try runAttached(&plan, standing: standing, options, networks: networks)
    }

    /// In a unit that was delegated to us the container lives below the unit; by hand in a scope.
    private func cgroup(for spec: ContainerSpec) -> MonitorPlan.Cgroup {
        switch spec.life.cgroups {
        case .disabled: .disabled
        case .split, .enabled, .noConmon: isUnitsMainProcess ? .split : .granted
        }
    }

    // MARK: Attached

    private func runAttached(
        _ plan: inout MonitorPlan, standing: StandingNamespace?, _ options: StartOptions,
        networks: consuming [SharedDescriptor]
    ) throws(Problem) -> StartOutcome {
        plan.attached = true
        if plan.terminal {
            return try runOnTerminal(plan, standing: standing, options, networks: networks)
        }
        let all = options.streams.isEmpty
        var request = ControlRequest.Attach(
            input: plan.stdinOpen && (all || options.streams.contains("stdin")),
            output: all || options.streams.contains("stdout"),
            error: all || options.streams.contains("stderr"))
        request.holds = true
        let descriptors = [(request.input, Int32(0)), (request.output, 1), (request.error, 2)]
            .filter(\.0).map(\.1)
        let relay = options.proxiesSignals ? try SignalRelay() : nil
        let started = try launch(
            plan, standing: standing, attach: (request, descriptors), networks: networks)
        networks = []
        guard let relay else { return .ended(id: plan.id, code: try started.connection.end()) }
        let code = try relay.end(of: started.connection) { [self, plan] (signal) throws(Problem) in
            let other = try MonitorConnection(house: self, id: plan.id, name: plan.name)
            try other.send(.kill(signal: signal))
        }
        return .ended(id: plan.id, code: code)
    }

    private func runOnTerminal(
        _ plan: MonitorPlan, standing: StandingNamespace?, _ options: StartOptions,
        networks: consuming [SharedDescriptor]
    ) throws(Problem) -> StartOutcome {
        let keys = try DetachKeys(options.detachKeys)
        var request = ControlRequest.Attach(input: plan.stdinOpen, output: true, error: false)
        request.holds = true
        request.size = TerminalSession.size()
        let pipes = try TerminalPipes.make()
        let started = try launch(
            plan, standing: standing,
            attach: (request, pipes.theirs(withInput: plan.stdinOpen)), networks: networks)
        networks = []
        return try follow(
            started.connection, pipes.ours(), keys: keys, id: plan.id, name: plan.name)
    }

    /// Joins the person's terminal to a container whose monitor has the other ends of the pipes.
    func follow(
        _ connection: borrowing MonitorConnection, _ ends: consuming TerminalPipes.Ours,
        keys: DetachKeys, id: String, name: String
    ) throws(Problem) -> StartOutcome {
        var session = try TerminalSession.begin(detachKeys: keys)
        let outcome = try session.run(connection, input: ends.input, output: ends.output) {
            [self] (size) throws(Problem) in
            // One that has just ended needs no size.
            try? MonitorConnection(house: self, id: id, name: name).send(.resize(size))
        }
        switch outcome {
        case .detached: return .running(id: id)
        case .ended(let code): return .ended(id: id, code: code)
        }
    }
}
