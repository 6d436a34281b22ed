import Base
import Kernel
import Specs

/// The loop of `martlet-net`: the stack, the published ports, and the end of the one who started
/// us.
final class NetworkService {
    private let loop: Loop
    private let parts: Parts
    private let connections: ForwardedConnections
    private let datagrams: ForwardedDatagrams
    /// Whether doors of TCP are out of the loop until there is room again.
    private var isResting = false
    private var nextSweep: Int64 = 0
    private var isOver = false
    /// Whether what the last activity needed of memory has been let go.
    private var isSettled = false

    /// What a service is made of.
    struct Parts {
        let channel: NetworkChannel
        /// nil where the container's way out is elsewhere.
        let stack: SlirpStack?
        let pool: SocketPool
        let ports: PublishedPorts
        let side: InnerSide
        let agent: NamespaceAgent.Running
    }

    /// Milliseconds after which doors that rest for want of descriptors are tried again.
    private static let restMilliseconds = 100
    /// Milliseconds of silence after which memory is let go.
    private static let calmMilliseconds = 1000

    init(_ parts: Parts) throws(Problem) {
        self.parts = parts
        connections = ForwardedConnections(pool: parts.pool, side: parts.side)
        datagrams = ForwardedDatagrams(pool: parts.pool, side: parts.side)
        loop = try explaining("cannot wait for the network") { () throws(KernelFault) in try Loop()
        }
        try explaining("cannot wait for the network") { () throws(KernelFault) in
            try loop.add(parts.channel.socket, for: .readable, token: Token.channel.raw)
            for (index, door) in parts.ports.doors.enumerated() {
                try loop.add(door.socket, for: .readable, token: Token.door(index).raw)
            }
        }
    }

    /// The published ports with the numbers that the kernel chose.
    var mappings: [PortMapping] { parts.ports.mappings }

    /// Listens to the socket maker from now on, and ends when it ends.
    func watchAgent() throws(Problem) {
        try explaining("cannot wait for the socket maker") { () throws(KernelFault) in
            try parts.pool.watch(in: loop, token: Token.maker.raw)
            try loop.add(
                parts.agent.process.descriptor, for: .readable, token: Token.makerEnd.raw)
        }
    }

    /// Serves until the channel closes.
    func run() throws(Problem) {
        while !isOver {
            let came: SlirpStack.Coming
            do {
                came = try wait()
            } catch {
                throw error.problem("the container's network link has gone")
            }
            switch came {
            case .silence where !isSettled:
                ResidentMemory.settle()
                isSettled = true
            case .silence: break
            case .frames: isSettled = false
            case .events:
                isSettled = false
                try handleEvents()
            }
            if connections.hasUnfinished { connections.resume() }
            try tidy()
        }
    }

    private func wait() throws(KernelFault) -> SlirpStack.Coming {
        if let stack = parts.stack { return try stack.serve(beside: loop, upTo: patience()) }
        return try loop.isReady(within: patience()) ? .events : .silence
    }

    /// Milliseconds until something is to be done without an event; nil for never.
    private func patience() -> Int? {
        if connections.hasUnfinished { return 0 }
        if isResting { return Self.restMilliseconds }
        if !isSettled { return Self.calmMilliseconds }
        return datagrams.isEmpty ? nil : ForwardedDatagrams.sweepMilliseconds
    }

    private func handleEvents() throws(Problem) {
        let count = try explaining("cannot wait for the network") { () throws(KernelFault) in
            try loop.wait(upTo: 0)
        }
        for index in 0..<count {
            switch Token(raw: loop[index].token) {
            case .channel: try hear()
            case .maker:
                if let (kind, made) = try parts.pool.refill() {
                    connections.resume(kind, made: made, loop)
                }
            case .makerEnd:
                throw Problem(.helper, "the socket maker of the container's network has ended")
            case .door(let number): try open(number)
            case .outside(let id): connections.wake(id)
            case .inside(let id): connections.wakeInside(id, loop)
            case .flow(let id): datagrams.wake(id)
            // What named networks wait for.
            default: break
            }
        }
    }

    /// Nobody says anything here; what is heard is the end.
    private func hear() throws(Problem) {
        do {
            let message = try Sockets.receive(from: parts.channel.socket, waiting: false)
            for number in message.descriptors { _ = Descriptor(owning: number) }
            isOver = message.bytes.isEmpty
        } catch  where error.isWaiting {
            return
        } catch {
            isOver = true
        }
    }

    private func open(_ number: Int) throws(Problem) {
        let door = parts.ports.doors[number]
        guard door.isTCP else { return datagrams.accept(at: door, number: number, loop) }
        if !connections.accept(at: door, loop) || connections.isFull { try rest(true) }
    }

    /// Leaves further connections in the host's queues for a while, or takes them again.
    private func rest(_ resting: Bool) throws(Problem) {
        if isResting == resting { return }
        isResting = resting
        try explaining("cannot wait for the network") { () throws(KernelFault) in
            for (index, door) in parts.ports.doors.enumerated() where door.isTCP {
                try loop.change(
                    door.socket, to: resting ? [] : .readable, token: Token.door(index).raw)
            }
        }
    }

    private func tidy() throws(Problem) {
        if isResting, !connections.isFull { try rest(false) }
        if datagrams.isEmpty { return }
        let now = Clock.monotonic()
        if now >= nextSweep {
            datagrams.sweep()
            nextSweep = now + Int64(ForwardedDatagrams.sweepMilliseconds) * 1_000_000
        }
    }
}
