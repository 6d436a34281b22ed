import Base
import Kernel
import Specs

/// The helper that serves the container's network namespace: one `martlet-net`.
final class NetworkServant {
    let channel: SharedDescriptor
    let pid: Int32
    let mark: ProcessMark
    /// How it ended, if it has.
    var end: ProcessEnd?

    /// Starts the helper, which opens the published ports at once.
    init(_ helper: MonitorPlan.NetworkHelper) throws(Problem) {
        do {
            let plan = try MemoryFile.sealed(helper.plan.bytes(), name: "network plan")
            let ends = try Sockets.pair().ends()
            channel = SharedDescriptor(owning: ends.ours)
            let theirs = Descriptor(owning: ends.theirs)
            let task = helper.task == .stack ? [] : [helper.task.rawValue]
            var spawn = Spawn(
                helper.program, ["martlet-net"] + task + ["--plan-fd=3", "--channel-fd=4"])
            spawn.descriptors = [
                .standard(2), Spawn.Handing(plan, as: 3), Spawn.Handing(theirs, as: 4),
            ]
            spawn.newSession = true
            let handle = try spawn.start()
            pid = handle.pid
            mark = ProcessMark(pid: pid, startTicks: try Processes.startTicks(of: pid))
        } catch {
            throw error.problem(
                "cannot start the network helper \"\(helper.program)\"",
                next: "check the installation: \"martlet doctor\"")
        }
    }

    /// Hands it the network namespace to serve, the user namespace that owns it, and the network
    /// namespaces of bridges it is to be linked to.
    func serve(
        _ spaces: (network: SharedDescriptor, user: SharedDescriptor),
        _ bridges: [SharedDescriptor] = []
    ) throws(Problem) {
        let channel = channel
        let all = [spaces.network, spaces.user] + bridges
        do throws(KernelFault) {
            try Sockets.send(
                [0x7B, 0x7D],
                descriptors: all.map { $0.descriptor.number },
                to: channel.descriptor)
        } catch {
            // One that has ended has said why before: a port in use, for instance.
            if error.isHangUp, case .failed(let problem)? = try hear() { throw problem }
            throw error.problem("cannot hand the container's network to its helper")
        }
    }

    /// Reads its word that the network stands, and returns the ports that lead in; the channel is
    /// readable.
    func takeReady() throws(Problem) -> [PortMapping] {
        switch try hear() {
        case .ready(let ports): return ports
        case .failed(let problem): throw problem
        case nil: return []
        }
    }

    /// Returns what it says; a channel that has closed is a failure.
    func hear() throws(Problem) -> NetworkReport? {
        let channel = channel
        let bytes = try explaining("cannot hear the network helper") { () throws(KernelFault) in
            try Sockets.receive(from: channel.descriptor, limit: Limits.messageBytes).bytes
        }
        if bytes.isEmpty {
            return .failed(
                Problem(
                    .helper, "the network helper has ended",
                    why: end.map { "it ended with \($0)" },
                    next: "restart the container; its log may say more"))
        }
        return try JSON(parsing: bytes, name: "the network helper's report")
            .decode(NetworkReport.self, name: "the network helper's report")
    }

    /// Ends it, and waits until its ports are closed and the namespace is let go.
    func stop() {
        if end != nil { return }
        // It is our child, so its number is its own until it is reaped here.
        try? Signals.send(Signal.kill.number, to: pid)
        end = try? Processes.reap(pid, waiting: true)
    }
}

extension Monitor {
    /// The helper said something while the container runs: only its end is news.
    func hearNetwork() {
        guard let network else { return }
        attempt { () throws(Problem) in
            if case .failed(let problem)? = try network.hear() {
                watch.remove(network.channel)
                throw problem
            }
        }
    }

    /// The helper has ended. The container goes on without a network, and says so (F-09).
    func networkEnded(_ end: ProcessEnd) {
        network?.end = end
        note { $0.network = nil }
        tell(["STATUS=Container \(plan.name) is running; its network helper has ended"])
    }
}
