import Base
import Kernel
import Specs

/// The loop of `martlet-net network`: one named network's way out, its name server, and the
/// containers on it.
///
/// A connection stands for a container: what it leased and joined goes when it closes, however that
/// comes about. With the last connection the process ends, and the bridge with it.
final class NetworkServer {
    private let loop: Loop
    private let plan: NetworkServerPlan
    private let bridge: BridgeAgent.Bridge
    private let stack: SlirpStack?
    private let listener: Descriptor
    private let names: NameServer
    private var pool: AddressPool
    private var members: [UInt64: Member] = [:]
    private var next: UInt64 = 0
    private var isOver = false
    private var isSettled = false
    /// Read before the filter forbids to.
    private let user = Processes.user
    /// When a network that nobody is on ends, and when addresses are no longer withheld.
    private var nobodyUntil = Clock.monotonic() + NetworkServer.patience
    private var keepingUntil = Clock.monotonic() + NetworkServer.patience

    private static let patience: Int64 = 20_000_000_000
    private static let calmMilliseconds = 1000

    private final class Member {
        let socket: Descriptor
        var addresses: [IPAddress] = []
        init(_ socket: consuming Descriptor) { self.socket = socket }
    }

    init(
        _ plan: NetworkServerPlan, _ bridge: BridgeAgent.Bridge, stack: SlirpStack?,
        listener: consuming Descriptor
    ) throws(Problem) {
        self.plan = plan
        self.bridge = bridge
        self.stack = stack
        self.listener = listener
        pool = AddressPool(plan.network.subnets)
        for kept in plan.kept { pool.keep(kept.addresses, for: kept.container) }
        names = NameServer(plan, doors: bridge.doors)
        loop = try explaining("cannot wait for the network") { () throws(KernelFault) in try Loop()
        }
        try explaining("cannot wait for the network") { () throws(KernelFault) in
            try loop.add(self.listener, for: .readable, token: Token.listener.raw)
            try names.watch(in: loop)
        }
    }

    /// Serves until nobody is on the network any more.
    func run() throws(Problem) {
        while !isOver {
            let now = Clock.monotonic()
            let isSilent = try wait(patience(now))
            if isSilent, !isSettled { ResidentMemory.settle() }
            isSettled = isSilent
            tidy(Clock.monotonic())
        }
        // Whoever comes from now on is to start a successor.
        try? Sockets.endListening(listener)
    }

    /// Waits for what comes and handles it; true where nothing came.
    private func wait(_ milliseconds: Int?) throws(Problem) -> Bool {
        guard let stack else {
            let count = try count(upTo: milliseconds)
            handle(count)
            return count == 0
        }
        let came = try explaining("the network's link has gone") { () throws(KernelFault) in
            try stack.serve(beside: loop, upTo: milliseconds)
        }
        if came == .events { handle(try count(upTo: 0)) }
        return came == .silence
    }

    private func count(upTo milliseconds: Int?) throws(Problem) -> Int {
        try explaining("cannot wait for the network") { () throws(KernelFault) in
            try loop.wait(upTo: milliseconds)
        }
    }

    private func patience(_ now: Int64) -> Int? {
        var least: Int? = isSettled ? nil : Self.calmMilliseconds
        func atMost(_ milliseconds: Int?) {
            if let milliseconds { least = min(least ?? milliseconds, milliseconds) }
        }
        atMost(names.patience(now))
        if members.isEmpty { atMost(Int(max(0, nobodyUntil - now) / 1_000_000 + 1)) }
        if keepingUntil > now { atMost(Int((keepingUntil - now) / 1_000_000 + 1)) }
        return least
    }

    private func tidy(_ now: Int64) {
        names.tidy(now, loop)
        if keepingUntil <= now { pool.endKeeping() }
        if members.isEmpty, nobodyUntil <= now { isOver = true }
    }

    private func handle(_ count: Int) {
        for index in 0..<count {
            switch Token(raw: loop[index].token) {
            case .listener: accept()
            case .member(let id): hear(id)
            case .nameDoor(let number): names.open(number, loop)
            case .asked(let id): names.wake(id, loop)
            case .stream(let id): names.wakeStream(id, loop)
            case .upstream(let id): names.wakeUpstream(id, loop)
            case .kin(let id): names.wakeKin(id, loop)
            default: break
            }
        }
    }

    // MARK: Containers

    private func accept() {
        do throws(KernelFault) {
            let socket = try Sockets.accept(listener)
            // The socket's mode says the same; a peer's identity cannot be argued with.
            guard try Sockets.peer(of: socket).uid == user,
                members.count < Limits.networkMembers
            else { return }
            next += 1
            let member = Member(socket)
            try loop.add(member.socket, for: .readable, token: Token.member(next).raw)
            members[next] = member
        } catch {
            // Whoever it was sees the connection close, or stays in the queue.
            return
        }
    }

    private func hear(_ id: UInt64) {
        guard let member = members[id] else { return }
        var sockets: [SharedDescriptor] = []
        do throws(Problem) {
            let bytes: [UInt8]
            do throws(KernelFault) {
                let message = try Sockets.receive(
                    from: member.socket, limit: Limits.messageBytes, waiting: false)
                sockets = message.descriptors.map { SharedDescriptor(owning: $0) }
                bytes = message.bytes
            } catch {
                if !error.isWaiting { dismiss(id) }
                return
            }
            if bytes.isEmpty { return dismiss(id) }
            let request = try JSON(parsing: bytes, name: "the request")
                .decode(NetworkRequest.self, name: "the request")
            try serve(id, member, request, sockets)
        } catch {
            answer(member, .refused(error))
        }
    }

    private func serve(
        _ id: UInt64, _ member: Member, _ request: NetworkRequest, _ sockets: [SharedDescriptor]
    ) throws(Problem) {
        switch request {
        case .lease(let lease):
            if !lease.hostServers.isEmpty { names.hostServers = lease.hostServers }
            pool.giveBack(id)
            member.addresses = try pool.lease(
                to: id, container: lease.container, wishes: lease.wishes)
            answer(member, .leased(member.addresses))
        case .join(let join):
            names.add(id, join, addresses: member.addresses, kin: sockets, loop)
            answer(member, .joined, [bridge.namespace.descriptor.number])
        case .leave: names.remove(id)
        case .farewell:
            let isLast = members.count == 1
            if isLast {
                isOver = true
                // Whoever hears that it is the last may remove the socket at once.
                try? Sockets.endListening(listener)
            }
            answer(member, .parted(isLast: isLast))
            dismiss(id)
        }
    }

    private func answer(_ member: Member, _ reply: NetworkReply, _ descriptors: [CInt] = []) {
        // One that does not listen is noticed by its end.
        try? Sockets.send(
            JSON(encoding: reply).bytes(), descriptors: descriptors, to: member.socket,
            waiting: false)
    }

    private func dismiss(_ id: UInt64) {
        names.remove(id)
        pool.giveBack(id)
        members[id] = nil
        if members.isEmpty { isOver = true }
    }
}
