import Base
import Kernel

/// The TCP connections that came in by published ports.
///
/// Each is two sockets and the bytes between them; they never pass libslirp. A half that is closed
/// is closed on the other side too, once all before it has been passed on; a connection that fails
/// is reset on both sides.
final class ForwardedConnections {
    private let pool: SocketPool
    private let side: InnerSide
    private let pipes = PipePool()
    private var all: [UInt64: Connection] = [:]
    private var next: UInt64 = 0
    /// Connections that wait for a socket of a kind.
    private var waiting: [SocketKind: [UInt64]] = [:]
    /// Connections that have more to move without any event to come.
    private var unfinished: [UInt64] = []

    init(pool: SocketPool, side: InnerSide) {
        self.pool = pool
        self.side = side
    }

    /// A socket that several places may refer to.
    private final class Socket {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    private final class Connection {
        let id: UInt64
        let outside: Socket
        var inside: Socket?
        var isOpen = false
        /// The ways not tried yet, and the one under trial.
        var ways: [InnerSide.Way]
        var tried: InnerSide.Way?
        var up = Transfer()
        var down = Transfer()

        init(id: UInt64, outside: consuming Descriptor, ways: [InnerSide.Way]) {
            self.id = id
            self.outside = Socket(outside)
            self.ways = ways
        }
    }

    /// Whether further connections must stay in the host's queue for now.
    var isFull: Bool { all.count >= Limits.forwardedConnections }
    /// Whether `resume` has something to do.
    var hasUnfinished: Bool { !unfinished.isEmpty }

    /// Takes the connections that wait at a door, as many as there is room for.
    ///
    /// - Returns: false where descriptors have run out and the door must rest.
    func accept(at door: PublishedPorts.Door, _ loop: borrowing Loop) -> Bool {
        for _ in 0..<64 where !isFull {
            do throws(KernelFault) {
                guard let arrival = try InternetSockets.accept(door.socket) else { return true }
                try begin(arrival, door, loop)
            } catch  where error.isShortage {
                return false
            } catch {
                // That connection failed before it was taken; the next may be well. See accept(2).
                continue
            }
        }
        return true
    }

    private func begin(
        _ arrival: consuming InternetSockets.Arrival, _ door: PublishedPorts.Door,
        _ loop: borrowing Loop
    ) throws(KernelFault) {
        next += 1
        let ways = side.ways(for: arrival.peer, isTCP: true, port: door.containerPort)
        let connection = Connection(id: next, outside: arrival.taken(), ways: ways)
        try InternetSockets.set(.noDelay, on: connection.outside.descriptor)
        try InternetSockets.set(.keepAlive, on: connection.outside.descriptor)
        try loop.add(
            connection.outside.descriptor, for: .changes, token: Token.outside(next).raw)
        all[next] = connection
        tryNextWay(connection, loop)
    }

    /// Something has happened to the client's socket.
    func wake(_ id: UInt64) {
        // Before the inner side is open its bytes wait where they are.
        if let connection = all[id], connection.isOpen { pump(connection) }
    }

    /// Something has happened to the socket inside.
    func wakeInside(_ id: UInt64, _ loop: borrowing Loop) {
        guard let connection = all[id], let inside = connection.inside else { return }
        if connection.isOpen { return pump(connection) }
        // Not open yet: what woke us is the end of an attempt to connect.
        let failure = (try? InternetSockets.failure(of: inside.descriptor)) ?? 1
        if failure == 0 { return open(connection) }
        connection.inside = nil
        if let tried = connection.tried { connection.ways.removeAll { $0.to == tried.to } }
        tryNextWay(connection, loop)
    }

    /// Goes on with those that had more to move than their share.
    func resume() {
        let again = unfinished
        unfinished = []
        for id in again {
            if let connection = all[id] { pump(connection) }
        }
    }

    /// Goes on with those that waited for a socket; ends them where none could be made.
    func resume(_ kind: SocketKind, made: Int, _ loop: borrowing Loop) {
        for id in waiting.removeValue(forKey: kind) ?? [] {
            guard let connection = all[id] else { continue }
            if made == 0 { abort(connection) } else { tryNextWay(connection, loop) }
        }
    }

    private func tryNextWay(_ connection: Connection, _ loop: borrowing Loop) {
        while let way = connection.ways.first {
            guard let socket = pool.take(way.kind) else {
                waiting[way.kind, default: []].append(connection.id)
                return
            }
            connection.tried = connection.ways.removeFirst()
            do throws(KernelFault) {
                let isConnected = try way.connect(socket)
                let inside = Socket(socket)
                connection.inside = inside
                try loop.add(
                    inside.descriptor, for: .changes, token: Token.inside(connection.id).raw)
                if isConnected { open(connection) }
                return
            } catch {
                connection.inside = nil
            }
        }
        abort(connection)
    }

    private func open(_ connection: Connection) {
        connection.isOpen = true
        connection.ways = []
        pump(connection)
    }

    private func pump(_ connection: Connection) {
        guard let inside = connection.inside else { return }
        do throws(KernelFault) {
            let outside = connection.outside
            let up = try connection.up.pump(
                from: outside.descriptor, to: inside.descriptor, pipes: pipes)
            let down = try connection.down.pump(
                from: inside.descriptor, to: outside.descriptor, pipes: pipes)
            switch (up, down) {
            case (.finished, .finished): all[connection.id] = nil
            case (.hasMore, _), (_, .hasMore): unfinished.append(connection.id)
            case (.waits, _), (_, .waits): break
            }
        } catch {
            abort(connection)
        }
    }

    private func abort(_ connection: Connection) {
        // A socket that cannot be told to reset is closed in the ordinary way.
        try? InternetSockets.set(.resetOnClose, on: connection.outside.descriptor)
        if let inside = connection.inside {
            try? InternetSockets.set(.resetOnClose, on: inside.descriptor)
        }
        all[connection.id] = nil
    }
}

extension InnerSide.Way {
    /// Begins to connect a fresh socket this way; see `InternetSockets.connect`.
    func connect(_ socket: borrowing Descriptor) throws(KernelFault) -> Bool {
        if let from {
            if from.port == 0 { try InternetSockets.set(.lateSourcePort, on: socket) }
            try InternetSockets.bind(socket, to: from)
        }
        return try InternetSockets.connect(socket, to: to)
    }
}
