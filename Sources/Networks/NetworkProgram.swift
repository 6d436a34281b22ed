import Base
import Kernel
import Specs

/// The program `martlet-net`: one network namespace's way out and its published ports, or a network
/// with a name, or a container's links to such networks.
package enum NetworkProgram {
    /// Runs until the channel closes.
    ///
    /// - Parameter arguments: `martlet-net [network|member] --plan-fd=N --channel-fd=M`; that of a
    ///   network tells its run-time directory beside, for those who look for it in /proc.
    /// - Returns: the exit status, if it ends at all by itself.
    package static func run(_ arguments: [String]) -> Int {
        guard let plan = number(of: "--plan-fd", arguments),
            let channel = number(of: "--channel-fd", arguments), (3...5).contains(arguments.count)
        else { return 125 }
        let talk = NetworkChannel(Descriptor(owning: channel))
        do throws(Problem) {
            switch arguments.dropFirst().first(where: { !$0.hasPrefix("--") }) ?? "stack" {
            case "stack":
                let service = try start(plan, talk)
                try talk.say(.ready(ports: service.mappings))
                try service.run()
            case "network": try serveNetwork(plan, talk)
            case "member": try serveMember(plan, talk)
            default: return 125
            }
            return 0
        } catch {
            // The one who would hear it may have gone; then there is nobody to tell.
            try? talk.say(.failed(error))
            return 1
        }
    }

    private static func number(of name: String, _ arguments: [String]) -> CInt? {
        for word in arguments.dropFirst() where word.hasPrefix(name + "=") {
            if let number = CInt(word.dropFirst(name.utf8.count + 1)), number > 2 { return number }
        }
        return nil
    }

    /// Makes everything ready, in this order:
    /// 1. published ports, so that one in use is told before anything else is made;
    /// 2. the namespace's agent, after which both sides work at the same time;
    /// 3. our own confinement, while the agent makes the link;
    /// 4. the stack, once the agent has handed the link over;
    /// 5. the filter, last, as it forbids all of the above.
    private static func start(_ number: CInt, _ channel: NetworkChannel) throws(Problem)
        -> NetworkService
    {
        let plan: NetworkPlan = try read(number, channel)
        try plan.check()
        let ports = try PublishedPorts(plan.ports)
        let doors = try NamespaceDoors.find(plan, channel: channel.socket)
        let agent = try NamespaceAgent.start(doors.work(plan))
        doors.close()
        try Confinement.enterEmptyRoot(newUser: true, resolver: Resolver.file(for: plan))
        let pool = SocketPool(maker: agent.socket)
        let setup = try NamespaceAgent.outcome(from: agent.socket.descriptor, pool)
        let side = InnerSide(plan, hasIPv6: setup.hasIPv6, keepsSources: setup.keepsSources)
        guard let tap = setup.tap else {
            throw Problem(.helper, "the network setup answers nonsense")
        }
        let stack = try SlirpStack(plan, tap: tap)
        let service = try NetworkService(
            NetworkService.Parts(
                channel: channel, stack: stack, pool: pool, ports: ports, side: side, agent: agent))
        if !ports.doors.isEmpty { try service.watchAgent() }
        try Confinement.dropPrivileges()
        var filter = SyscallFilter()
        filter.allowLiving()
        filter.allowInternet()
        filter.allowReadingFiles()
        try Confinement.load(filter)
        return service
    }

    /// Reads the plan, and begins with nothing else of the caller's.
    static func read<Plan: Codable>(_ number: CInt, _ channel: NetworkChannel) throws(Problem)
        -> Plan
    {
        let file = Descriptor(owning: number)
        let bytes = try explaining("cannot read the network's plan") { () throws(KernelFault) in
            try file.readAll(limit: Limits.documentBytes)
        }
        let plan = try JSON(parsing: bytes, name: "plan").decode(Plan.self, name: "plan")
        var kept = [number, channel.socket.number]
        if case .descriptors(let network, let user)? = (plan as? NetworkPlan)?.namespaces {
            kept += [network] + [user].compactMap { $0 }
        }
        try explaining("cannot begin with a clean process") { () throws(KernelFault) in
            try Processes.closeDescriptors(except: kept)
            try Processes.silenceStreams()
            // A socket whose other end has gone reports an error; children are watched by
            // descriptor.
            Signals.ignore(13)
            Signals.ignore(17)
            try Processes.raiseDescriptorLimit(to: UInt64(Limits.networkDescriptors))
        }
        Processes.wipeEnvironment()
        return plan
    }
}

/// The socket to the one who started us.
final class NetworkChannel {
    let socket: Descriptor
    init(_ socket: consuming Descriptor) { self.socket = socket }

    func say(_ report: NetworkReport) throws(Problem) {
        let text = JSON(encoding: report).text()
        try explaining("the monitor does not listen") { () throws(KernelFault) in
            try Sockets.send(Array(text.utf8), to: socket)
        }
    }

    /// Waits until the engine has said that our scope is made. Where it was killed before, the scope
    /// may be on its way; systemd would keep for ever one that never had a process in it, so this
    /// one is there for a second.
    func awaitPlace() {
        if let word = try? Sockets.receive(from: socket).bytes, !word.isEmpty { return }
        let deadline = Clock.monotonic() + 1_000_000_000
        while Clock.monotonic() < deadline { Clock.pause(milliseconds: 1000) }
    }
}
