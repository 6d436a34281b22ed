import Base
import Kernel
import Specs

/// The health check: run by the monitor itself, so that no unit is made for a probe, and nothing of
/// it outlives the monitor.
extension Monitor {
    /// The group of the probe that runs, below the container's own.
    private func probeGroup(_ checkup: Checkup) -> ControlGroup? {
        groups?.leaf.child("probe-\(checkup.groupNumber)")
    }

    /// Lets something happen to the container's health, and does what follows.
    func feel(_ happening: HealthHappening) {
        guard let checkup else { return }
        for deed in checkup.health.after(happening, at: Clock.monotonic()) {
            perform(deed, checkup)
        }
    }

    private func perform(_ deed: HealthDeed, _ checkup: Checkup) {
        switch deed {
        case .probe(let command, let timeout): begin(command, timeout, checkup)
        case .endProbe:
            guard let probe = checkup.probe else { return }
            let span = probe.timeout / 1_000_000
            checkup.conclude(
                start: probe.start, "the health check did not end within \(span) ms")
            clearProbe(checkup)
        case .record(let exitCode): record(exitCode, checkup)
        case .wait(let span): attempt(timer: checkup.pauseTimer, span)
        case .askForTime(let span):
            if plan.notify == .healthy, !checkup.hasToldReady {
                tell([
                    "EXTEND_TIMEOUT_USEC=\(span / 1000)",
                    "STATUS=Container \(plan.name) is starting: its health check has not succeeded",
                ])
            }
        case .tell(let status): tell(status, checkup)
        case .act(let action): act(action, checkup)
        }
    }

    // MARK: A probe

    private func begin(_ command: [String], _ timeout: Int64, _ checkup: Checkup) {
        do {
            checkup.probe = try startProbe(command, timeout, checkup)
            if let output = checkup.probe?.output {
                watch.add(output, for: .readable, Watched(.probeOutput))
            }
            attempt(timer: checkup.lateTimer, max(1, timeout))
        } catch {
            checkup.conclude(start: Clock.wall(), "\(error)")
            feel(.probeEnded(exitCode: Int(error.code.exitStatus)))
        }
    }

    private func startProbe(_ command: [String], _ timeout: Int64, _ checkup: Checkup)
        throws(Problem) -> Checkup.Probe
    {
        guard var process = plan.config.process else {
            throw Problem(.wrongState, "the container has no process to check")
        }
        process.args = command
        process.terminal = false
        let pipe = try explaining("cannot make a pipe for the health check") {
            () throws(KernelFault) in
            let ends = try Descriptor.pipe().ends()
            let ours = SharedDescriptor(owning: ends.reading)
            let theirs = SharedDescriptor(owning: ends.writing)
            try ours.descriptor.setBlocking(false)
            return (ours: ours, theirs: theirs)
        }
        let nothing = try explaining("cannot open /dev/null") { () throws(KernelFault) in
            SharedDescriptor(try Files.open("/dev/null", .read))
        }
        let made = try payload.exec(
            ControlRequest.Exec(process: process), streams: [nothing, pipe.theirs, pipe.theirs],
            in: try openProbeGroup(checkup))
        return Checkup.Probe(made.pid, pipe.ours, timeout)
    }

    /// A group for the probe alone: what it starts can be killed with it, whoever its parent is.
    private func openProbeGroup(_ checkup: Checkup) throws(Problem) -> SharedDescriptor? {
        guard let group = probeGroup(checkup) else { return nil }
        // The one before was killed, and is empty by now.
        _ = try? groups?.leaf.child("probe-\(checkup.groupNumber - 1)").remove()
        return try explaining("cannot make the control group \"\(group.path)\"") {
            () throws(KernelFault) in
            try group.make()
            return SharedDescriptor(try Files.open(group.directory, [.read, .directory]))
        }
    }

    /// The probe has said something.
    func probeSpeaks() {
        guard let checkup, let probe = checkup.probe else { return }
        if !probe.read(keeping: checkup.outputLimit) { watch.remove(probe.output) }
    }

    /// The probe's process has ended.
    func probeEnded(_ end: ProcessEnd) {
        guard let checkup, let probe = checkup.probe else { return }
        checkup.conclude(start: probe.start, probe.drain(keeping: checkup.outputLimit))
        clearProbe(checkup)
        feel(.probeEnded(exitCode: end.exitCode))
    }

    /// Kills what is left of a probe, and forgets it.
    private func clearProbe(_ checkup: Checkup) {
        guard let probe = checkup.probe else { return }
        watch.remove(probe.output)
        checkup.probe = nil
        attempt(timer: checkup.lateTimer, 0)
        // One that was reaped is found no more; its number may not be killed.
        do {
            if try Processes.reap(probe.pid, waiting: false) == nil {
                Processes.killTree(probe.pid)
            }
        } catch {
            // Reaped before.
        }
        // A group that is empty can be removed at once; one that is not, or is none, is left to the
        // end of the launch. What is born into a group that was killed once may be killed too, so
        // the next probe gets another.
        guard let group = probeGroup(checkup), (try? group.remove()) != true else { return }
        try? group.kill()
        checkup.groupNumber += 1
    }

    /// Stops looking after the health of a container that is about to end.
    func endCheckup() {
        guard let checkup else { return }
        attempt(timer: checkup.pauseTimer, 0)
        clearProbe(checkup)
        refuseAskers(checkup, "it is not running any more")
    }

    // MARK: What comes of it

    private func record(_ exitCode: Int, _ checkup: Checkup) {
        attempt { () throws(Problem) in try checkup.record(exitCode: exitCode) }
        let health = checkup.health
        noteHealth()
        for asker in checkup.askers {
            answer(asker, .health(health.status, succeeded: exitCode == 0), last: false)
        }
        checkup.askers = []
        if health.check.log.tellsJournal { tellJournal(exitCode, checkup) }
    }

    func noteHealth() {
        guard let health = checkup?.health else { return }
        let known = MonitorRecord.Health(
            status: health.status, failingStreak: health.failingStreak, log: health.check.log.path)
        if state.record.health != known { note { $0.health = known } }
    }

    private func tellJournal(_ exitCode: Int, _ checkup: Checkup) {
        let fields = [
            ("MARTLET_EVENT", "health_status"),
            ("MARTLET_HEALTH_STATUS", checkup.health.status.rawValue),
            ("MARTLET_HEALTH_EXIT_CODE", "\(exitCode)"),
        ].map { MonitorPlan.Log.Field(name: $0, value: $1) }
        attempt { () throws(Problem) in
            let sink = try JournalSink(
                plan, tag: nil, fields: fields, address: JournalSink.address)
            let text = "container \(plan.name) is \(checkup.health.status.rawValue)\n"
            // A journal that is busy misses one result; the file has it.
            _ = sink.take(Array(text.utf8)[...], .output, at: Clock.wall())
        }
    }

    private func tell(_ status: HealthStatus, _ checkup: Checkup) {
        if plan.notify == .healthy, status == .healthy, !checkup.hasToldReady {
            checkup.hasToldReady = true
            tellReady()
        }
        tell(["STATUS=Container \(plan.name) is \(status.rawValue)"])
        tellEvent(of: status, failures: checkup.health.failingStreak)
        guard status == .unhealthy else { return }
        let said = checkup.last.output.split(separator: "\n").last.map(String.init) ?? ""
        say(
            Problem(
                .wrongState, "container \"\(plan.name)\" is unhealthy",
                why: said.isEmpty ? "its health check failed" : said.printable))
    }

    private func act(_ action: HealthCheck.OnFailure, _ checkup: Checkup) {
        switch action {
        case .none: break
        case .kill: apply(.signalAsked(.kill))
        case .restart:
            checkup.wish = .restart
            apply(.restartAsked(graceSeconds: plan.stop.graceSeconds))
        case .stop:
            checkup.wish = .stop
            apply(.stopAsked(graceSeconds: plan.stop.graceSeconds))
        }
    }

    // MARK: Whoever asks

    func askForHealth(_ client: Client) throws(Problem) {
        guard let checkup else {
            throw Problem(
                .badUsage, "container \"\(plan.name)\" has no health check",
                next: "give it one with --health-cmd")
        }
        guard life == .running else {
            throw Problem(
                .wrongState, "the health of container \"\(plan.name)\" cannot be checked",
                why: life == .paused ? "it is paused" : "it is not running")
        }
        checkup.askers.append(client.number)
        feel(.asked)
    }

    /// Lets those go who wait for a probe that will not end.
    func refuseAskers(_ checkup: Checkup, _ why: String) {
        for asker in checkup.askers {
            let problem = Problem(
                .wrongState, "the health of container \"\(plan.name)\" cannot be checked", why: why)
            answer(asker, .refused(problem), last: false)
        }
        checkup.askers = []
    }
}
