import Base
import Kernel
import Specs

/// The part of `martlet-net` that works inside the container's network namespace: a child process
/// that sets the link up, and then makes sockets on demand.
///
/// It keeps one capability, CAP_NET_RAW over the container's namespaces, and sees no byte of
/// anybody's traffic. Without published ports it ends once the link is up.
enum NamespaceAgent {
    /// A running agent.
    final class Running {
        let process: ProcessHandle
        /// Our end of the socket by which both talk.
        let socket: SharedDescriptor

        init(process: consuming ProcessHandle, socket: SharedDescriptor) {
            self.process = process
            self.socket = socket
        }
    }

    /// Starts the agent; `outcome` waits for what it says.
    static func start(_ work: some AgentWork) throws(Problem) -> Running {
        let parent = Processes.own
        return try explaining("cannot start the network setup") { () throws(KernelFault) in
            let (ours, theirs) = try Sockets.pair().ends()
            let channel = Descriptor(owning: theirs)
            let socket = SharedDescriptor(owning: ours)
            let copy = try Clone.process()
            if copy.pid == 0 {
                // Never returns, so that no value of the parent's is torn down here.
                Agent(work: work, channel: channel, parent: parent).run()
            }
            // It may have ended by now, and nobody waits for children here: its number tells nothing.
            return Running(
                process: ProcessHandle(pid: copy.pid, descriptor: Descriptor(owning: copy.pidfd)),
                socket: socket)
        }
    }

    /// Waits for the link, and takes in the sockets that come before it.
    static func outcome(from socket: borrowing Descriptor, _ pool: SocketPool) throws(Problem)
        -> LinkSetup.Outcome
    {
        while true {
            let (bytes, numbers) = try explaining("the network setup cannot be heard") {
                () throws(KernelFault) in
                let message = try Sockets.receive(from: socket, limit: AgentMessage.limit)
                return (message.bytes, message.descriptors)
            }
            switch try AgentMessage(bytes) {
            case .sockets(let kind): pool.fill(kind, numbers: numbers)
            case .failed(let problem): throw problem
            case .ready(let keepsSources, let hasIPv6):
                return LinkSetup.Outcome(
                    tap: numbers.first.map { SharedDescriptor(owning: $0) },
                    keepsSources: keepsSources, hasIPv6: hasIPv6)
            case .request: throw Problem(.helper, "the network setup answers nonsense")
            }
        }
    }
}

/// What an agent does in a namespace before it makes sockets there.
protocol AgentWork {
    /// The ports that sockets are wanted for.
    var ports: [PortMapping] { get }
    var wantsIPv6: Bool { get }
    /// The descriptors it needs, closed when it is done.
    var numbers: [CInt] { get }

    /// Sets the namespace up, and leaves this process in it.
    func run() throws(Problem) -> LinkSetup.Outcome
}

/// The child's side.
private struct Agent<Work: AgentWork>: ~Copyable {
    let work: Work
    let channel: Descriptor
    let parent: Int32

    func run() -> Never {
        do throws(Problem) {
            // The parent's ports must not stay open here when it ends.
            let kept = [channel.number] + work.numbers
            try explaining("cannot begin with a clean process") { () throws(KernelFault) in
                try Processes.closeDescriptors(except: kept)
            }
            var outcome = try work.run()
            for number in work.numbers { Descriptor.drop(number) }
            let kinds = wantedKinds.filter { $0.isV4 || outcome.hasIPv6 }
            for kind in kinds {
                try offer(kind, SocketPool.first, keepsSources: outcome.keepsSources)
            }
            try confine()
            let word = AgentMessage.ready(
                keepsSources: outcome.keepsSources, hasIPv6: outcome.hasIPv6)
            try say(word, [outcome.tap].compactMap { $0?.descriptor.number })
            if kinds.isEmpty { Clone.end(0) }
            let keepsSources = outcome.keepsSources
            // The stack has the link by now.
            outcome = LinkSetup.Outcome(
                tap: nil, keepsSources: keepsSources, hasIPv6: outcome.hasIPv6)
            try serve(keepsSources: keepsSources)
            Clone.end(0)
        } catch {
            // There is nobody else to tell, and the parent notices our end.
            try? say(.failed(error))
        }
        Clone.end(1)
    }

    private func say(_ message: AgentMessage, _ descriptors: [CInt] = []) throws(Problem) {
        let bytes = message.bytes
        try explaining("the network stack does not listen") { () throws(KernelFault) in
            try Sockets.send(bytes, descriptors: descriptors, to: channel)
        }
    }

    /// What published ports need, nothing where there are none.
    private var wantedKinds: [SocketKind] {
        let hasTCP = work.ports.contains { $0.transport == .tcp }
        let hasUDP = work.ports.contains { $0.transport == .udp }
        var kinds: [SocketKind] = []
        for isV4 in work.wantsIPv6 ? [true, false] : [true] {
            if hasTCP { kinds.append(SocketKind(isTCP: true, isV4: isV4)) }
            if hasUDP { kinds.append(SocketKind(isTCP: false, isV4: isV4)) }
        }
        return kinds
    }

    /// Makes sockets, as many as there is room for, and hands them over.
    private func offer(_ kind: SocketKind, _ count: Int, keepsSources: Bool) throws(Problem) {
        var sockets: [SharedDescriptor] = []
        while sockets.count < min(count, AgentMessage.descriptors) {
            do {
                sockets.append(SharedDescriptor(try make(kind, keepsSources: keepsSources)))
            } catch {
                break
            }
        }
        try say(.sockets(kind), sockets.map { $0.descriptor.number })
    }

    private func make(_ kind: SocketKind, keepsSources: Bool) throws(KernelFault) -> Descriptor {
        let socket = try InternetSockets.make(kind.transport, v4: kind.isV4)
        if keepsSources {
            try InternetSockets.set(.transparent(v4: kind.isV4), on: socket)
            try InternetSockets.set(.reuseAddress, on: socket)
            try InternetSockets.set(.mark(SourceKeeping.mark), on: socket)
        }
        if kind.isTCP { try InternetSockets.set(.noDelay, on: socket) }
        return socket
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
            try offer(kind, Int(count), keepsSources: keepsSources)
        }
    }
}
