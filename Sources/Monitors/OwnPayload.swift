import Base
import Kernel
import Runtimes
import Specs

/// A container run by our own runtime, inside this process's control.
final class OwnPayload: Payload {
    private let config: RuntimeConfig
    private let hasDefaultFilter: Bool
    private let root: Launch.Root
    private let plan: PayloadPlan
    private var newborn: Newborn?
    private var pid: Int32?
    private var preserved: [Int32]
    private var places = OpenedPlaces()

    /// What of a monitor's plan the runtime needs beside the configuration.
    struct PayloadPlan {
        var id: String
        var bundle: String
        var filterCache: String?
        var hasReaper: Bool
        var runsItself: Bool
        var preserved: [Int32] = []
        /// Whether they are kept for a launch again.
        var keepsPreserved = false
        var parts: [String: String] = [:]
    }

    init(_ plan: MonitorPlan) {
        config = plan.payloadConfig
        hasDefaultFilter = plan.defaultFilter
        root = plan.root.launchRoot
        preserved = plan.preserved
        self.plan = PayloadPlan(
            id: plan.id, bundle: plan.directories.data, filterCache: plan.filterCache,
            hasReaper: plan.initProcess, runsItself: plan.infra != nil,
            preserved: plan.preserved, keepsPreserved: plan.restart != .never, parts: plan.parts)
    }

    func begin(_ ends: LaunchEnds) throws(Problem) -> Int32 {
        var launch = Launch(config: config, root: root)
        if let mount = ends.root {
            launch.root = .mounted(mount.descriptor.number, over: plan.bundle)
        }
        launch.id = plan.id
        launch.parts = plan.parts
        launch.bundle = plan.bundle
        launch.filterCache = plan.filterCache
        launch.hasDefaultFilter = hasDefaultFilter
        launch.endsWithCaller = true
        launch.hasReaper = plan.hasReaper
        launch.runsItself = plan.runsItself
        launch.preserved = preserved
        launch.keepsGroups = config.annotations?["run.oci.keep_original_groups"] == "1"
        launch.showsNamespaces = ends.showsNamespaces
        launch.stdio = ends.isTerminal ? .terminal : .inherited
        if let streams = ends.streams {
            launch.stdio = .descriptors(
                input: streams.input.descriptor.number, output: streams.output.descriptor.number,
                error: streams.error.descriptor.number)
        }
        if let group = ends.group {
            launch.cgroup = .directory(group.descriptor.number)
        }
        try places.open(for: &launch)
        let made = try launch.begin()
        let number = made.pid
        newborn = consume made
        pid = number
        return number
    }

    func namespaces() throws(Problem) -> (network: SharedDescriptor, user: SharedDescriptor) {
        guard let shown = try newborn?.takeNamespaces() else {
            throw Problem(.wrongState, "the container has no network namespace yet")
        }
        return try explaining("cannot keep the container's namespaces") { () throws(KernelFault) in
            (
                SharedDescriptor(try shown.network.duplicate()),
                SharedDescriptor(try shown.user.duplicate())
            )
        }
    }

    func finish() throws(Problem) {
        try newborn?.finish()
        places = OpenedPlaces()
    }

    func start() throws(Problem) {
        try newborn?.start()
        if plan.keepsPreserved { return }
        // The payload has them now, and who is at their other ends must notice when it ends.
        for number in preserved { _ = Descriptor(owning: number) }
        preserved = []
    }

    func takeTerminal() throws(Problem) -> SharedDescriptor? {
        guard let master = newborn?.takeTerminal() ?? nil else { return nil }
        return SharedDescriptor(master)
    }

    func exec(
        _ request: ControlRequest.Exec, streams: [SharedDescriptor], in group: SharedDescriptor?
    ) throws(Problem) -> ExecProcess {
        guard let pid else { throw Problem(.wrongState, "the container does not run") }
        var launch = ExecLaunch(process: request.process, container: config, pid: pid)
        launch.filterCache = plan.filterCache
        launch.hasDefaultFilter = hasDefaultFilter
        launch.stdio = .terminal
        if let group { launch.cgroup = .directory(group.descriptor.number) }
        if !request.terminal, streams.count == 3 {
            launch.stdio = .descriptors(
                input: streams[0].descriptor.number, output: streams[1].descriptor.number,
                error: streams[2].descriptor.number)
        }
        var made = try launch.begin()
        do {
            try made.finish()
            var process = ExecProcess(pid: made.pid)
            if let master = made.takeTerminal() { process.terminal = SharedDescriptor(master) }
            try made.start()
            return process
        } catch {
            made.abandon()
            throw error
        }
    }

    func send(_ signal: Signal) throws(Problem) {
        guard let pid else { return }
        try explaining("cannot send \(signal) to the container") { () throws(KernelFault) in
            // Our child, not reaped before `clear`: the number is its own.
            try Signals.send(signal.number, to: pid)
        }
    }

    func kill() {
        guard let pid else { return }
        // One that has ended already is as good as killed.
        try? Signals.send(Signal.kill.number, to: pid)
    }

    func clear() {
        newborn = nil
        places = OpenedPlaces()
        pid = nil
    }
}

extension MonitorPlan {
    /// The configuration with what the monitor itself adds for the payload.
    var payloadConfig: RuntimeConfig {
        notify == .container ? Notices.added(to: config, run: directories.run) : config
    }
}

extension RuntimeConfig {
    /// The same with our default system-call filter, made for its capabilities.
    var withDefaultFilter: RuntimeConfig {
        var config = self
        config.linux = config.linux ?? RuntimeConfig.Linux()
        config.linux?.seccomp = DefaultSeccomp.profile(
            capabilities: process?.capabilities?.bounding ?? [])
        return config
    }
}

extension MonitorPlan.Root {
    /// The same for the runtime.
    var launchRoot: Launch.Root {
        switch self {
        case .directory(let path): .directory(path)
        case .overlay(let lower, let upper, let work, let options):
            .overlay(
                Launch.Overlay(lower: lower, upper: upper, work: work, options: options))
        case .served(let helper):
            // Replaced by the mount of the helper once that serves.
            .overlay(
                Launch.Overlay(
                    lower: helper.plan.lower, upper: helper.plan.upper, work: helper.plan.work))
        }
    }
}
