import Base
import Kernel
import Specs

/// The part of `martlet-net` that works inside the container's network namespace: a child process
/// that shares our table of descriptors, sets the link up, and then makes sockets on demand.
///
/// It keeps one capability, CAP_NET_RAW over the container's namespaces, and sees no byte of
/// anybody's traffic. Without published ports it ends once the link is up.
enum NamespaceAgent {
    /// What the agent has set up; the numbers are of the shared table of descriptors.
    struct Setup {
        var tap: Int32 = -1
        var keepsSources = false
        var hasIPv6 = false
        var sockets: [(kind: SocketKind, numbers: [Int32])] = []
    }

    /// Starts the agent; `report` waits for what it says.
    ///
    /// - Parameter theirs: the agent's end of the socket by which both talk; it stays open in the
    ///   shared table.
    static func start(
        _ plan: NetworkPlan, _ doors: borrowing NamespaceDoors, talkingBy theirs: CInt
    ) throws(Problem) -> ProcessHandle {
        let parent = Processes.own
        return try explaining("cannot start the network setup") { () throws(KernelFault) in
            let copy = try Clone.process(sharingFiles: true)
            if copy.pid == 0 {
                // Never returns: the parent's values, which would close its descriptors, stay
                // untouched.
                Agent(plan: plan, channel: Descriptor(owning: theirs), parent: parent).run(doors)
            }
            return try ProcessHandle(pid: copy.pid)
        }
    }

    /// Waits for the link; the last thing the agent says is that it is up.
    static func report(from socket: borrowing Descriptor) throws(Problem) -> Setup {
        var setup = Setup()
        while true {
            let bytes = try explaining("the network setup cannot be heard") {
                () throws(KernelFault) in
                try Sockets.receive(from: socket, limit: AgentMessage.limit).bytes
            }
            switch try AgentMessage(bytes) {
            case .sockets(let kind, let numbers): setup.sockets.append((kind, numbers))
            case .failed(let problem): throw problem
            case .request: throw Problem(.helper, "the network setup answers nonsense")
            case .ready(let tap, let keepsSources, let hasIPv6):
                setup.tap = tap
                setup.keepsSources = keepsSources
                setup.hasIPv6 = hasIPv6
                return setup
            }
        }
    }
}

/// The child's side.
private struct Agent: ~Copyable {
    let plan: NetworkPlan
    let channel: Descriptor
    let parent: Int32

    func run(_ doors: borrowing NamespaceDoors) -> Never {
        do {
            let kinds = wantedKinds
            let setup = try prepare(doors, kinds)
            try confine()
            for (kind, numbers) in setup.sockets { try say(.sockets(kind, numbers)) }
            try say(
                .ready(
                    tap: setup.tap, keepsSources: setup.keepsSources, hasIPv6: setup.hasIPv6))
            if kinds.isEmpty { Clone.end(0) }
            try serve(keepsSources: setup.keepsSources)
        } catch {
            // There is nobody else to tell, and the parent notices our end.
            try? say(.failed(error))
        }
        Clone.end(1)
    }

    private func say(_ message: AgentMessage) throws(Problem) {
        let bytes = message.bytes
        try explaining("the network stack does not listen") { () throws(KernelFault) in
            try Sockets.send(bytes, to: channel)
        }
    }

    private func prepare(_ doors: borrowing NamespaceDoors, _ kinds: [SocketKind]) throws(Problem)
        -> NamespaceAgent.Setup
    {
        try doors.enter()
        let outcome = try LinkSetup(plan: plan).run()
        var setup = NamespaceAgent.Setup(
            keepsSources: outcome.keepsSources, hasIPv6: outcome.hasIPv6)
        for kind in kinds where kind.isV4 || setup.hasIPv6 {
            let numbers = make(kind, SocketPool.first, keepsSources: setup.keepsSources)
            setup.sockets.append((kind, numbers))
        }
        setup.tap = outcome.releaseTap()
        return setup
    }

    /// What published ports need, nothing where there are none.
    private var wantedKinds: [SocketKind] {
        let hasTCP = plan.ports.contains { $0.transport == .tcp }
        let hasUDP = plan.ports.contains { $0.transport == .udp }
        var kinds: [SocketKind] = []
        for isV4 in plan.ipv6 == nil ? [true] : [true, false] {
            if hasTCP { kinds.append(SocketKind(isTCP: true, isV4: isV4)) }
            if hasUDP { kinds.append(SocketKind(isTCP: false, isV4: isV4)) }
        }
        return kinds
    }

    /// Makes sockets and leaves them in the shared table, as many as there is room for.
    private func make(_ kind: SocketKind, _ count: Int, keepsSources: Bool) -> [Int32] {
        var numbers: [Int32] = []
        while numbers.count < count {
            do {
                let socket = try InternetSockets.make(kind.transport, v4: kind.isV4)
                if keepsSources {
                    try InternetSockets.set(.transparent(v4: kind.isV4), on: socket)
                    try InternetSockets.set(.reuseAddress, on: socket)
                    try InternetSockets.set(.mark(LinkSetup.mark), on: socket)
                }
                if kind.isTCP { try InternetSockets.set(.noDelay, on: socket) }
                numbers.append(socket.release())
            } catch {
                break
            }
        }
        return numbers
    }

    private func confine() throws(Problem) {
        try Confinement.enterEmptyRoot(newUser: false, resolver: nil)
        try Confinement.dropPrivileges(keeping: Confinement.rawNetwork)
        try explaining("cannot bind the socket maker to the network stack") {
            () throws(KernelFault) in
            // The change of privileges has cleared it, so it stands after that.
            try Processes.endWithParent(signal: 9)
        }
        if Processes.parent != parent { Clone.end(1) }
        var filter = SyscallFilter()
        filter.allowLiving()
        filter.allowMakingSockets()
        try Confinement.load(filter)
    }

    private func serve(keepsSources: Bool) throws(Problem) {
        while true {
            ResidentMemory.settle(until: channel)
            let bytes = try explaining("the network stack cannot be heard") {
                () throws(KernelFault) in try Sockets.receive(from: channel, limit: 64).bytes
            }
            if bytes.isEmpty { return }
            guard case .request(let kind, let count) = try AgentMessage(bytes) else { continue }
            try say(.sockets(kind, make(kind, Int(count), keepsSources: keepsSources)))
        }
    }
}
