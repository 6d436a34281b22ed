import Base
import Kernel
import Specs

/// The name server of a named network, at its gateway's address.
///
/// It answers for containers by itself (`NameTable`). Everything else is passed on to the servers
/// of the container, the network or the host, whose answers go back as they are. A container on
/// several networks is told the names of all of them: their servers are asked by sockets that the
/// container's monitor has put between them.
final class NameServer {
    private(set) var table: NameTable
    private let isInternal: Bool
    private let ownServers: [IPAddress]
    /// The servers of the host, renewed with each container that starts.
    var hostServers: [IPAddress]
    private let doors: [Door]
    private var buffer = DatagramBuffer()
    private var asked: [UInt64: Asked] = [:]
    private var kin: [UInt64: Kin] = [:]
    private var next: UInt64 = 0
    private lazy var streams = NameStreams(self)

    /// One socket that questions arrive at.
    final class Door {
        let socket: Descriptor
        let isTCP: Bool
        init(_ socket: consuming Descriptor, isTCP: Bool) {
            self.socket = socket
            self.isTCP = isTCP
        }
    }

    /// A question that was passed on.
    private final class Asked {
        let door: Int
        let client: Endpoint
        let question: DNSQuestion
        let message: [UInt8]
        /// Answers of the container's other networks that are still to come.
        var kinLeft = 0
        var servers: [IPAddress]
        var attempts = 0
        var socket: Descriptor?
        /// The number the question has on its way.
        var number: UInt16 = 0
        var deadline: Int64 = 0

        init(
            door: Int, client: Endpoint, question: DNSQuestion, message: [UInt8],
            servers: [IPAddress]
        ) {
            self.door = door
            self.client = client
            self.question = question
            self.message = message
            self.servers = servers
        }
    }

    /// The way to another network that a container is on.
    private final class Kin {
        let holder: UInt64
        let socket: SharedDescriptor
        init(holder: UInt64, socket: SharedDescriptor) {
            self.holder = holder
            self.socket = socket
        }
    }

    private static let port: UInt16 = 53
    private static let burst = 64
    /// How long one server has, and how often they are asked in all.
    private static let patience: Int64 = 2_000_000_000
    private static let attempts = 3

    init(_ plan: NetworkServerPlan, doors: [Door]) {
        table = NameTable(plan.network)
        isInternal = plan.network.isInternal
        ownServers = plan.network.nameServers
        hostServers = plan.hostServers
        self.doors = doors
    }

    func watch(in loop: borrowing Loop) throws(KernelFault) {
        for (index, door) in doors.enumerated() {
            try loop.add(door.socket, for: .readable, token: Token.nameDoor(index).raw)
        }
    }

    // MARK: Containers

    func add(
        _ holder: UInt64, _ join: NetworkRequest.Join, addresses: [IPAddress],
        kin sockets: [SharedDescriptor], _ loop: borrowing Loop
    ) {
        remove(holder)
        table.add(holder, join, addresses: addresses)
        for socket in sockets {
            next += 1
            kin[next] = Kin(holder: holder, socket: socket)
            // Without room for it the container knows the names of this network alone.
            try? loop.add(socket.descriptor, for: .readable, token: Token.kin(next).raw)
        }
    }

    func remove(_ holder: UInt64) {
        table.remove(holder)
        kin = kin.filter { $0.value.holder != holder }
    }

    /// The servers to be asked for a client, best first.
    func servers(for client: IPAddress) -> [IPAddress] {
        let chosen = table.nameServers(of: client)
        if !chosen.isEmpty { return chosen }
        if !ownServers.isEmpty { return ownServers }
        // As the C library does where resolv.conf names none.
        return hostServers.isEmpty ? [.v4(0x7F00_0001)] : hostServers
    }

    // MARK: Questions

    /// Something waits at a door.
    func open(_ number: Int, _ loop: borrowing Loop) {
        let door = doors[number]
        if door.isTCP { return streams.accept(at: door.socket, loop) }
        for _ in 0..<Self.burst {
            do throws(KernelFault) {
                guard try buffer.receive(from: door.socket) else { return }
            } catch {
                continue
            }
            take(buffer.content, from: buffer.peer, number, loop)
        }
    }

    private func take(
        _ message: [UInt8], from client: Endpoint, _ door: Int, _ loop: borrowing Loop
    ) {
        guard let question = DNSQuestion(message) else { return }
        let own = table.answer(question)
        if let own, own.outcome != .noSuchName {
            return answer(own.bytes(to: question, limit: question.limit), client, door)
        }
        let entry = Asked(
            door: door, client: client, question: question, message: message,
            servers: own == nil ? servers(for: client.address) : [])
        guard asked.count < Limits.forwardedQuestions else { return fail(entry) }
        next += 1
        asked[next] = entry
        askKin(next, entry)
        if entry.kinLeft == 0 { askNext(next, entry, loop) }
    }

    private func answer(_ message: [UInt8], _ client: Endpoint, _ door: Int) {
        buffer.fill(message)
        // An answer that cannot be sent is lost, as on any network; the client asks again.
        try? buffer.send(to: client, from: nil, mapped: false, over: doors[door].socket)
    }

    private func fail(_ entry: Asked) {
        // Where nobody was to be asked, the name is nobody's.
        let outcome: DNSAnswer.Outcome =
            entry.attempts == 0 && entry.servers.isEmpty ? .noSuchName : .failed
        answer(
            DNSAnswer(outcome).bytes(to: entry.question, limit: 512), entry.client, entry.door)
    }

    /// Asks the next server, or gives up.
    private func askNext(_ id: UInt64, _ entry: Asked, _ loop: borrowing Loop) {
        while !entry.servers.isEmpty, entry.attempts < Self.attempts {
            let server = entry.servers[entry.attempts % entry.servers.count]
            entry.attempts += 1
            do throws(KernelFault) {
                entry.number = try Randomness.bytes(2).reduce(0) { $0 << 8 | UInt16($1) }
                let socket = try InternetSockets.make(.udp, v4: server.isV4)
                _ = try InternetSockets.connect(socket, to: Endpoint(server, port: Self.port))
                try loop.add(socket, for: .readable, token: Token.asked(id).raw)
                _ = try socket.write(Self.numbered(entry.message, entry.number)[...])
                entry.socket = consume socket
                entry.deadline = Clock.monotonic() + Self.patience
                return
            } catch {
                continue
            }
        }
        fail(entry)
        asked[id] = nil
    }

    static func numbered(_ message: [UInt8], _ number: UInt16) -> [UInt8] {
        [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)] + message.dropFirst(2)
    }

    /// A server has answered.
    func wake(_ id: UInt64, _ loop: borrowing Loop) {
        guard let entry = asked[id] else { return }
        let received: Bool
        switch entry.socket {
        case .none: return
        case .some(let socket):
            do throws(KernelFault) {
                received = try buffer.receive(from: socket)
            } catch {
                // Nobody listens there; the next one may.
                return askNext(id, entry, loop)
            }
        }
        guard received else { return }
        let message = buffer.content
        guard Self.isAnswer(message, to: entry.question, number: entry.number) else { return }
        answer(Self.numbered(message, entry.question.id), entry.client, entry.door)
        asked[id] = nil
    }

    /// Whether it is an answer to just this question: a guess of somebody else's is not (RFC 5452).
    static func isAnswer(_ message: [UInt8], to question: DNSQuestion, number: UInt16) -> Bool {
        guard message.count >= 12, message[2] & 0x80 != 0,
            UInt16(message[0]) << 8 | UInt16(message[1]) == number
        else { return false }
        // A server that could not read the question may leave it out.
        if message[4] == 0, message[5] == 0 { return message[3] & 0xF != 0 }
        return message.dropFirst(12).starts(with: question.question)
    }

    // MARK: Other networks

    private static let kinQuestion: UInt8 = 0
    private static let kinAnswer: UInt8 = 1

    private func askKin(_ id: UInt64, _ entry: Asked) {
        guard let holder = table.holder(of: entry.client.address) else { return }
        let head = [Self.kinQuestion] + (0..<8).map { UInt8(truncatingIfNeeded: id >> (8 * $0)) }
        for other in kin.values where other.holder == holder {
            let sent: Void? = try? Sockets.send(
                head + entry.message, to: other.socket.descriptor, waiting: false)
            if sent != nil { entry.kinLeft += 1 }
        }
        entry.deadline = Clock.monotonic() + Self.patience / 4
    }

    /// Another network asks, or answers.
    func wakeKin(_ id: UInt64, _ loop: borrowing Loop) {
        guard let other = kin[id] else { return }
        let bytes: [UInt8]
        do throws(KernelFault) {
            let message = try Sockets.receive(from: other.socket.descriptor, waiting: false)
            for number in message.descriptors { Descriptor.drop(number) }
            bytes = message.bytes
        } catch {
            if !error.isWaiting { kin[id] = nil }
            return
        }
        guard bytes.count >= 9 else {
            kin[id] = nil
            return
        }
        let message = Array(bytes[9...])
        if bytes[0] == Self.kinQuestion {
            var found: [UInt8] = []
            if let question = DNSQuestion(message), let own = table.answer(question),
                own.outcome == .good
            {
                found = own.bytes(to: question, limit: question.limit)
            }
            // A network that does not listen hears nothing; it asks the host's servers in time.
            try? Sockets.send(
                [Self.kinAnswer] + bytes[1..<9] + found, to: other.socket.descriptor,
                waiting: false)
            return
        }
        let number = bytes[1..<9].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let entry = asked[number], entry.kinLeft > 0 else { return }
        entry.kinLeft -= 1
        if !message.isEmpty {
            answer(message, entry.client, entry.door)
            asked[number] = nil
        } else if entry.kinLeft == 0 {
            askNext(number, entry, loop)
        }
    }

    // MARK: Streams and time

    func wakeStream(_ id: UInt64, _ loop: borrowing Loop) { streams.wake(id, loop) }
    func wakeUpstream(_ id: UInt64, _ loop: borrowing Loop) { streams.wakeUpstream(id, loop) }

    /// Milliseconds until something is overdue; nil for never.
    func patience(_ now: Int64) -> Int? {
        let first = min(asked.values.map(\.deadline).min() ?? .max, streams.deadline)
        return first == .max ? nil : Int(max(0, (first - now) / 1_000_000 + 1))
    }

    /// Goes on with what is overdue.
    func tidy(_ now: Int64, _ loop: borrowing Loop) {
        for (id, entry) in asked where entry.deadline <= now {
            entry.kinLeft = 0
            askNext(id, entry, loop)
        }
        streams.tidy(now)
    }
}
