import Base
import Kernel
import Specs

/// The part of `martlet-net` that works inside the container's network namespace: a child process
/// that shares our table of descriptors, sets the link up, and then makes sockets on demand.
///
/// It keeps one capability, CAP_NET_RAW over the container's namespaces, and sees no byte of
/// anybody's traffic. Without published ports it ends once the link is up.
enum NamespaceAgent {
    /// What the agent reports first.
    enum Report: Codable {
        case ready(Setup)
        case failed(Problem)
    }

    /// Numbers in the shared table of descriptors, and what the namespace can do.
    struct Setup: Codable {
        var tap: Int32
        var sockets: [UInt8: [Int32]] = [:]
        var keepsSources: Bool
        var hasIPv6: Bool
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

    /// Waits for the link.
    static func report(from socket: borrowing Descriptor) throws(Problem) -> Setup {
        let message = try explaining("the network setup cannot be heard") {
            () throws(KernelFault) in
            try Sockets.receive(from: socket).bytes
        }
        switch try JSON(parsing: message, name: "setup").decode(Report.self, name: "setup") {
        case .ready(let setup): return setup
        case .failed(let problem): throw problem
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
            try say(.ready(setup))
            if kinds.isEmpty { Clone.end(0) }
            try serve(keepsSources: setup.keepsSources)
        } catch {
            // There is nobody else to tell, and the parent notices our end.
            try? say(.failed(error))
        }
        Clone.end(1)
    }

    private func say(_ report: NamespaceAgent.Report) throws(Problem) {
        let text = JSON(encoding: report).text()
        try explaining("the network stack does not listen") { () throws(KernelFault) in
            try Sockets.send(Array(text.utf8), to: channel)
        }
    }

    private func prepare(_ doors: borrowing NamespaceDoors, _ kinds: [SocketKind]) throws(Problem)
        -> NamespaceAgent.Setup
    {
        try doors.enter()
        let outcome = try LinkSetup(plan: plan).run()
        var setup = NamespaceAgent.Setup(
            tap: -1, keepsSources: outcome.keepsSources, hasIPv6: outcome.hasIPv6)
        for kind in kinds where kind.isV4 || setup.hasIPv6 {
            setup.sockets[kind.code] = make(
                kind, SocketPool.portion, keepsSources: setup.keepsSources)
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
            try explaining("the network stack cannot be heard") { () throws(KernelFault) in
                let bytes = try Sockets.receive(from: channel, limit: 64).bytes
                if bytes.isEmpty { Clone.end(0) }
                guard let (kind, count) = SocketMessage.readRequest(bytes) else { return }
                let numbers = make(kind, count, keepsSources: keepsSources)
                try Sockets.send(SocketMessage.reply(kind, numbers: numbers), to: channel)
            }
        }
    }
}
