import Base
import Kernel
import Specs

/// `martlet-net network`: see `NetworkServerPlan`.
extension NetworkProgram {
    /// Makes everything ready, in the order of the stack's program: the namespace first, then our own
    /// confinement while it is made, then the stack, and the filter last.
    static func serveNetwork(_ number: CInt, _ channel: NetworkChannel) throws(Problem) {
        let plan: NetworkServerPlan = try read(number, channel)
        let (owner, listening) = try handed(over: channel)
        let listener = Descriptor(owning: listening)
        let agent = try BridgeAgent.start(plan.network, owner: owner)
        Descriptor.drop(owner)
        let outside = NetworkPlan.behindBridge(
            plan.network, servers: plan.network.nameServers + plan.hostServers)
        try Confinement.enterEmptyRoot(newUser: true, resolver: Resolver.file(for: outside))
        let bridge = try BridgeAgent.receive(plan.network, from: agent)
        let stack = try bridge.tap.map { (tap) throws(Problem) in
            try SlirpStack(outside, tap: tap)
        }
        let server = try NetworkServer(plan, bridge, stack: stack, listener: listener)
        try Confinement.dropPrivileges()
        var filter = SyscallFilter()
        filter.allowLiving()
        filter.allowInternet()
        filter.allowReadingFiles()
        try Confinement.load(filter)
        try channel.say(.ready(ports: []))
        try server.run()
        channel.awaitPlace()
    }

    /// Takes the user namespace and the listening socket.
    private static func handed(over channel: NetworkChannel) throws(Problem) -> (
        owner: CInt, listener: CInt
    ) {
        let numbers = try explaining("the network's socket was not handed over") {
            () throws(KernelFault) in try Sockets.receive(from: channel.socket).descriptors
        }
        guard numbers.count == 2 else {
            for number in numbers { Descriptor.drop(number) }
            throw Problem(
                .helper, "the network's socket was not handed over",
                why: "\(numbers.count) descriptors came, where two were expected")
        }
        return (numbers[0], numbers[1])
    }
}

/// `martlet-net member`: see `MemberPlan`.
extension NetworkProgram {
    static func serveMember(_ number: CInt, _ channel: NetworkChannel) throws(Problem) {
        let plan: MemberPlan = try read(number, channel)
        let ports = try PublishedPorts(plan.ports)
        let numbers = try explaining("the container's namespaces were not handed over") {
            () throws(KernelFault) in try Sockets.receive(from: channel.socket).descriptors
        }
        guard numbers.count == 2 + plan.links.count else {
            for number in numbers { Descriptor.drop(number) }
            throw Problem(
                .helper, "the container's namespaces were not handed over",
                why: "\(numbers.count) descriptors came, where \(2 + plan.links.count) were expected")
        }
        let agent = try NamespaceAgent.start(MemberWork(plan: plan, numbers: numbers))
        for number in numbers { Descriptor.drop(number) }
        try Confinement.enterEmptyRoot(newUser: true, resolver: nil)
        let pool = SocketPool(maker: agent.socket)
        let outcome = try NamespaceAgent.outcome(from: agent.socket.descriptor, pool)
        if ports.doors.isEmpty { return try channel.say(.ready(ports: [])) }
        let side = InnerSide(plan, keepsSources: outcome.keepsSources)
        let service = try NetworkService(
            NetworkService.Parts(
                channel: channel, stack: nil, pool: pool, ports: ports, side: side, agent: agent))
        try service.watchAgent()
        try Confinement.dropPrivileges()
        var filter = SyscallFilter()
        filter.allowLiving()
        filter.allowInternet()
        try Confinement.load(filter)
        try channel.say(.ready(ports: service.mappings))
        try service.run()
    }
}
