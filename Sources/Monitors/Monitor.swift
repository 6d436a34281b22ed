import Base
import Kernel
import Specs
import Systemd

/// One container's monitor: launches it, keeps its log and its record, serves its clients, and
/// clears up.
///
/// `Life` decides; this class waits, asks it what follows from what happened, and does that. It
/// never waits for a client, a log or the container outside its loop; only a launch is done in one
/// go.
final class Monitor {
    /// What it was started with; networks that it is put on meanwhile are added.
    var plan: MonitorPlan
    let payload: any Payload
    let watch: Watch
    let wires: Wires
    let log: (any LogSink)?
    let state: StateFile
    let run: SharedDescriptor
    /// The record of a container that removes itself.
    var record: SharedDescriptor?
    let start: StartChannel
    let notifier: Notifier?
    /// The health check; nil where the container has none.
    let checkup: Checkup?
    let signals: SharedDescriptor

    var life = Life.starting
    var notices: Notices?
    var groups: Groups?
    var network: NetworkServant?
    /// The connection that tells the pod's own container of this one.
    var podTie: SharedDescriptor?
    var overlay: OverlayServant?
    let places = NetworkPlaces()
    /// The container's first process, until it is reaped.
    var pid: Int32?
    var clients: [UInt32: Client] = [:]
    var nextNumber: UInt32 = 1
    var door: SharedDescriptor?
    /// Processes started by clients, and the clients that wait for their ends.
    var sessions: [Int32: UInt32] = [:]
    /// Clients that wait until the container, which they want to end, runs again.
    var restarters: [UInt32] = []
    /// Launches again in a row without 10 s of running, for the wait between them.
    var hurry = 0
    var launchedAt: Int64 = 0
    /// The exit code once the container has ended for good.
    var outcome: Int?

    private let graceTimer: Timer
    private let limitTimer: Timer
    private let restTimer: Timer
    private var graceEnds = Int64.max

    init(
        _ plan: MonitorPlan, run: SharedDescriptor, payload: any Payload, start: StartChannel,
        log: (any LogSink)?
    ) throws(Problem) {
        self.plan = plan
        self.payload = payload
        self.start = start
        self.log = log
        self.run = run
        watch = try Watch()
        wires = try Wires(watch, log: log, isTerminal: plan.terminal)
        let watch = watch
        checkup = try plan.healthCheck.map { (check) throws(Problem) in
            try Checkup(check, watch)
        }
        notifier = plan.notify == .ignore ? nil : Notifier.ofThisProcess()
        let words = "cannot prepare the monitor of container \"\(plan.name)\""
        do {
            if plan.removedName != nil {
                record = SharedDescriptor(
                    try Files.open(at: run.descriptor, "record.json", [.read, .noFollow]))
            }
            signals = SharedDescriptor(try Signals.descriptor(for: Monitor.heard))
            try Signals.block(Monitor.ignored)
            graceTimer = try Timer()
            limitTimer = try Timer()
            restTimer = try Timer()
            let own = Processes.own
            let mark = ProcessMark(pid: own, startTicks: try Processes.startTicks(of: own))
            let record = MonitorRecord(
                id: plan.id, name: plan.name, bootID: try Processes.bootID(), monitor: mark)
            state = StateFile(run, record)
            try watch.loop.add(
                graceTimer.descriptor, for: .readable, token: Watched(.graceTimer).token)
            try watch.loop.add(
                limitTimer.descriptor, for: .readable, token: Watched(.limitTimer).token)
            try watch.loop.add(
                restTimer.descriptor, for: .readable, token: Watched(.restTimer).token)
            try watch.loop.add(
                signals.descriptor, for: .readable, token: Watched(.signals).token)
        } catch {
            throw error.problem(words)
        }
    }

    private static let heard = [
        Signal.hangUp, .interrupt, .terminate, .child,
    ].map(\.number)
    /// QUIT, USR1, USR2, PIPE, ALRM, TSTP, TTIN, TTOU: nothing a monitor should end or stop of.
    private static let ignored: [Int32] = [3, 10, 12, 13, 14, 20, 21, 22]

    /// Runs the container to its end and returns the exit code of this process.
    func work() -> Int {
        do {
            try openDoor()
            try state.update { _ in }
            try launch()
        } catch {
            fail(error)
        }
        var isSettled = false
        while outcome == nil || !wires.isDrained {
            do {
                let count = try watch.loop.wait(upTo: isSettled ? nil : 1000)
                if count == 0, !isSettled { ResidentMemory.settle() }
                isSettled = count == 0
                for index in 0..<count { handle(watch.loop[index]) }
            } catch {
                // Without its loop a monitor is of no use: the container must not go on unattended.
                fail(error.problem("cannot wait for events"))
                break
            }
        }
        return farewell()
    }

    /// Takes a problem of a launch: it is told to the engine or to systemd, and recorded.
    func fail(_ problem: Problem) {
        // The engine adds what it was doing; where nobody listens, this is all there is.
        if state.record.startedAt == nil { start.report(.failed(problem)) }
        let told = problem.during("starting container \"\(plan.name)\"")
        if start.socket == nil { say(told) }
        for number in restarters { answer(number, .refused(problem), last: false) }
        restarters = []
        note {
            $0.problem = told; $0.exitCode = Int(told.code.exitStatus)
        }
        apply(.startFailed)
    }

    // MARK: What happens

    private func handle(_ event: Loop.Event) {
        guard let watched = Watched(token: event.token) else { return }
        switch watched.kind {
        case .signals: handleSignals()
        case .tap: wires.pump(watched.number)
        case .input: wires.inputIsReady()
        case .log: wires.logIsReady()
        case .listenerOutput: wires.listenerIsReady(watched.number, .output, event.readiness)
        case .listenerError: wires.listenerIsReady(watched.number, .error, event.readiness)
        case .listenerInput: wires.readInput(watched.number)
        case .stallTimer: wires.stallTimerIsUp()
        case .graceTimer:
            if (try? graceTimer.acknowledge()) == true { apply(.graceHasPassed) }
        case .limitTimer:
            if (try? limitTimer.acknowledge()) == true { apply(.timeIsUp) }
        case .restTimer:
            if (try? restTimer.acknowledge()) == true { apply(.restIsOver) }
        case .healthTimer:
            if (try? checkup?.pauseTimer.acknowledge()) == true { feel(.waited) }
        case .probeTimer:
            if (try? checkup?.lateTimer.acknowledge()) == true { feel(.probeIsLate) }
        case .probeOutput: probeSpeaks()
        case .door: acceptClient()
        case .client: hear(watched.number)
        case .notice: passNotices()
        case .network: hearNetwork()
        case .place: hearPlace(watched.number)
        }
        if let problem = log?.takeProblem() {
            say(problem)
            note { $0.problem = problem }
        }
    }

    private func handleSignals() {
        while let arrival = try? Signals.next(from: signals.descriptor) {
            switch arrival.number {
            case Signal.child.number: reap()
            case Signal.terminate.number, Signal.interrupt.number:
                note { $0.stoppedByHand = true }
                if outcome != nil { wires.detachAll() }
                apply(.stopAsked(graceSeconds: plan.stop.graceSeconds))
            // A terminal or session that ends is no wish of anybody's that the container ends.
            case Signal.hangUp.number: rebuild()
            default: break
            }
        }
    }

    private func reap() {
        while let child = try? Processes.reapAny() {
            if child.pid == pid {
                pid = nil
                payloadEnded(child.end)
            } else if child.pid == network?.pid {
                networkEnded(child.end)
            } else if child.pid == checkup?.probe?.pid {
                probeEnded(child.end)
            } else if child.pid == overlay?.pid {
                overlayEnded(child.end)
            } else if let number = sessions.removeValue(forKey: child.pid) {
                answer(number, .ended(exitCode: child.end.exitCode), last: true)
            }
        }
    }

    private func payloadEnded(_ end: ProcessEnd) {
        let oomKilled = (groups?.oomKills ?? 0) > 0 && end == .signal(Signal.kill.number)
        if Clock.monotonic() - launchedAt > 10_000_000_000 { hurry = 0 }
        note {
            $0.exitCode = end.exitCode
            $0.finishedAt = Clock.wall()
            $0.oomKilled = oomKilled
            $0.process = nil
        }
        let policy: LifeChoices.Restart =
            switch checkup?.wish {
            case .restart: .always
            case .stop: .never
            default: plan.restart
            }
        let delay =
            restarters.isEmpty
            ? RestartRule.delay(
                policy, exitCode: end.exitCode, count: hurry, total: state.record.restarts) : 1
        apply(.ended(again: state.record.stoppedByHand ? nil : delay))
    }

    // MARK: What is done

    /// Lets something happen, and does what follows. Returns why it is refused, if it is.
    @discardableResult
    func apply(_ happening: Happening) -> String? {
        let (next, deeds) = life.after(happening)
        life = next
        if next != .running, next != .paused, next != .starting { endCheckup() }
        var refusal: String?
        for deed in deeds {
            if case .refuse(let why) = deed { refusal = why }
            perform(deed)
        }
        if let status = life.status, state.record.status != status {
            note { $0.status = status }
        }
        return refusal
    }

    private func perform(_ deed: Deed) {
        switch deed {
        case .tellReady: if plan.notify == .conmon { tellReady() }
        case .tellStopping(let grace): tellStopping(grace)
        case .sendStopSignal: attempt { () throws(Problem) in try payload.send(plan.stop.signal) }
        case .send(let signal): attempt { () throws(Problem) in try payload.send(signal) }
        case .limitGrace(let seconds): limitGrace(Int64(seconds) * 1_000_000_000)
        case .killEverything: killEverything()
        case .freeze, .thaw: freeze(deed == .freeze)
        case .clearLaunch: clearLaunch()
        case .rest(let nanoseconds):
            hurry += 1
            attempt(timer: restTimer, nanoseconds)
        case .launch:
            do { try launch() } catch { fail(error) }
        case .finish: finish()
        case .refuse: break
        }
    }

    private func freeze(_ isFrozen: Bool) {
        if isFrozen {
            feel(.paused)
            if let checkup { refuseAskers(checkup, "it is paused") }
        }
        attempt { () throws(Problem) in
            try explaining("cannot pause or resume container \"\(plan.name)\"") {
                () throws(KernelFault) in try groups?.leaf.freeze(isFrozen)
            }
        }
        if !isFrozen, life == .running { feel(.resumed) }
    }

    private func limitGrace(_ nanoseconds: Int64) {
        let end = Clock.monotonic() + nanoseconds
        if end >= graceEnds { return }
        graceEnds = end
        attempt(timer: graceTimer, max(1, nanoseconds))
    }

    func beginTimers() {
        graceEnds = .max
        launchedAt = Clock.monotonic()
        attempt(timer: graceTimer, 0)
        attempt(timer: limitTimer, Int64(plan.timeoutSeconds ?? 0) * 1_000_000_000)
    }

    func attempt(timer: borrowing Timer, _ nanoseconds: Int64) {
        do { try timer.set(after: nanoseconds) } catch { say(error.problem("cannot set a timer")) }
    }

    private func killEverything() {
        // A group is killed whole, also what is frozen or being forked; the first process takes its
        // pid namespace with it.
        if let groups { attempt { () throws(Problem) in try kill(groups) } }
        payload.kill()
    }

    private func kill(_ groups: Groups) throws(Problem) {
        do {
            try groups.leaf.kill()
        } catch  where error.isAbsence {
            // It is removed already: nothing lives in it.
        } catch {
            throw error.problem("cannot kill container \"\(plan.name)\"")
        }
    }

    /// Does what must not stop the rest; a failure is said and recorded.
    func attempt(_ body: () throws(Problem) -> Void) {
        do {
            try body()
        } catch {
            say(error)
            note { $0.problem = error }
        }
    }

    /// Changes the record; a record that cannot be written is said, and written at the next change.
    func note(_ change: (inout MonitorRecord) -> Void) {
        let before = state.record.status
        do { try state.update(change) } catch { say(error) }
        tellEvent(after: before)
    }

    /// Says a problem where the unit's log is; in a scope nobody listens, and the record has it.
    func say(_ problem: Problem) {
        try? Console.write("\(problem)\n", to: .error)
    }
}

extension Life {
    /// The word for it in the record.
    var status: MonitorRecord.Status? {
        switch self {
        case .starting: .starting
        case .running: .running
        case .paused: .paused
        case .stopping, .killed: .stopping
        case .resting, .over: .exited
        }
    }
}
