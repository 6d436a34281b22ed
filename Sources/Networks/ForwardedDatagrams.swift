import Base
import Kernel

/// The UDP flows that came in by published ports: for each client a socket inside that bears the
/// client's address, kept as long as one side speaks.
final class ForwardedDatagrams {
    private let pool: SocketPool
    private let side: InnerSide
    private var buffer = DatagramBuffer()
    private var byClient: [Client: Flow] = [:]
    private var byID: [UInt64: Flow] = [:]
    private var next: UInt64 = 0

    /// A silent flow ends after this time; then the client's next datagram begins another.
    private static let silence: Int64 = 90_000_000_000
    /// How often silent flows are looked for while there are any.
    static let sweepMilliseconds = 10_000
    private static let burst = 64

    init(pool: SocketPool, side: InnerSide) {
        self.pool = pool
        self.side = side
    }

    private struct Client: Hashable {
        let door: Int
        let end: Endpoint
    }

    private final class Flow {
        let id: UInt64
        let client: Client
        let door: PublishedPorts.Door
        let inside: Descriptor
        /// The address of ours that the client speaks to.
        var local: DatagramBuffer.Local?
        var lastUse: Int64

        init(
            id: UInt64, client: Client, door: PublishedPorts.Door, inside: consuming Descriptor,
            now: Int64
        ) {
            self.id = id
            self.client = client
            self.door = door
            self.inside = inside
            lastUse = now
        }
    }

    var isEmpty: Bool { byID.isEmpty }

    /// Passes on what waits at a door.
    func accept(at door: PublishedPorts.Door, number: Int, _ loop: borrowing Loop) {
        let now = Clock.monotonic()
        for _ in 0..<Self.burst {
            do throws(KernelFault) {
                guard try buffer.receive(from: door.socket) else { return }
                let client = Client(door: number, end: buffer.peer)
                let found =
                    if let flow = byClient[client] { flow } else {
                        try begin(client, door, now, loop)
                    }
                guard let flow = found else { continue }
                flow.lastUse = now
                flow.local = buffer.local
                try buffer.send(over: flow.inside)
            } catch {
                // A datagram that cannot be passed on is lost, as on any network: nobody listens
                // inside, a queue is full, an answer of the network's to an earlier one arrived.
                continue
            }
        }
    }

    private func begin(
        _ client: Client, _ door: PublishedPorts.Door, _ now: Int64, _ loop: borrowing Loop
    ) throws(KernelFault) -> Flow? {
        if byID.count >= Limits.forwardedFlows { endOldest() }
        for way in side.ways(for: client.end, isTCP: false, port: door.containerPort) {
            guard let socket = pool.take(way.kind) else { return nil }
            do throws(KernelFault) {
                _ = try way.connect(socket)
            } catch {
                continue
            }
            next += 1
            let flow = Flow(id: next, client: client, door: door, inside: socket, now: now)
            try loop.add(flow.inside, for: .readable, token: Token.flow(next).raw)
            byClient[client] = flow
            byID[next] = flow
            return flow
        }
        return nil
    }

    /// Passes answers back to the client of a flow.
    func wake(_ id: UInt64) {
        guard let flow = byID[id] else { return }
        flow.lastUse = Clock.monotonic()
        for _ in 0..<Self.burst {
            do throws(KernelFault) {
                guard try buffer.receive(from: flow.inside) else { return }
                try buffer.send(
                    to: flow.client.end, from: flow.local, mapped: flow.door.isDual,
                    over: flow.door.socket)
            } catch {
                continue
            }
        }
    }

    /// Ends the flows that have been silent for long.
    func sweep() {
        let limit = Clock.monotonic() - Self.silence
        for flow in byID.values where flow.lastUse < limit { end(flow) }
    }

    private func endOldest() {
        if let oldest = byID.values.min(by: { $0.lastUse < $1.lastUse }) { end(oldest) }
    }

    private func end(_ flow: Flow) {
        byID[flow.id] = nil
        byClient[flow.client] = nil
    }
}
