import Base
import Kernel

/// The clients of a name server that speak TCP, one question of each at a time. See RFC 7766.
final class NameStreams {
    private unowned let server: NameServer
    private var all: [UInt64: Stream] = [:]
    private var next: UInt64 = 0

    private static let port: UInt16 = 53
    private static let patience: Int64 = 10_000_000_000
    private static let longest = 65_537

    init(_ server: NameServer) { self.server = server }

    private final class Stream {
        let peer: Endpoint
        var client: Line
        var upstream: Line?
        var question: DNSQuestion?
        var message: [UInt8] = []
        var servers: [IPAddress] = []
        var deadline: Int64

        init(_ client: Line, peer: Endpoint, deadline: Int64) {
            self.client = client
            self.peer = peer
            self.deadline = deadline
        }
    }

    /// One connection: what has come and what is still to go.
    private final class Line {
        let socket: Descriptor
        private var incoming: [UInt8] = []
        private var outgoing: [UInt8] = []

        init(_ socket: consuming Descriptor) { self.socket = socket }

        var hasMore: Bool { !outgoing.isEmpty }

        /// Takes in what has come; false at the end of the connection.
        func draw() -> Bool {
            while true {
                do throws(KernelFault) {
                    let bytes = try socket.read(upTo: 4096)
                    if bytes.isEmpty { return false }
                    incoming += bytes
                    if incoming.count > NameStreams.longest { return false }
                } catch {
                    return error.isWaiting
                }
            }
        }

        /// The next whole message, if there is one.
        func message() -> [UInt8]? {
            guard incoming.count >= 2 else { return nil }
            let count = Int(incoming[0]) << 8 | Int(incoming[1])
            guard incoming.count >= 2 + count else { return nil }
            let message = Array(incoming[2..<2 + count])
            incoming.removeFirst(2 + count)
            return message
        }

        func put(_ message: [UInt8]) {
            let count = message.count
            outgoing += [UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)] + message
        }

        /// Sends what goes; false where the connection has failed.
        func flush() -> Bool {
            while !outgoing.isEmpty {
                do throws(KernelFault) {
                    outgoing.removeFirst(try socket.write(outgoing[...]))
                } catch {
                    return error.isWaiting
                }
            }
            return true
        }
    }

    /// When the first of them has been silent for too long.
    var deadline: Int64 { all.values.map(\.deadline).min() ?? .max }

    func tidy(_ now: Int64) { all = all.filter { $0.value.deadline > now } }

    /// Takes the connections that wait at a door; those too many are closed at once.
    func accept(at door: borrowing Descriptor, _ loop: borrowing Loop) {
        for _ in 0..<16 {
            do throws(KernelFault) {
                guard let arrival = try InternetSockets.accept(door) else { return }
                guard all.count < Limits.nameStreams else { continue }
                next += 1
                let peer = arrival.peer
                let line = Line(arrival.taken())
                try loop.add(line.socket, for: .readable, token: Token.stream(next).raw)
                all[next] = Stream(
                    line, peer: peer, deadline: Clock.monotonic() + Self.patience)
            } catch {
                return
            }
        }
    }

    /// Something has happened to a client's connection.
    func wake(_ id: UInt64, _ loop: borrowing Loop) {
        guard let stream = all[id] else { return }
        guard stream.client.flush(), stream.client.draw() else {
            all[id] = nil
            return
        }
        serve(id, stream, loop)
    }

    private func serve(_ id: UInt64, _ stream: Stream, _ loop: borrowing Loop) {
        while stream.question == nil, let message = stream.client.message() {
            guard let question = DNSQuestion(message) else {
                all[id] = nil
                return
            }
            if let own = server.table.answer(question) {
                stream.client.put(own.bytes(to: question, limit: 65_535))
                continue
            }
            stream.question = question
            stream.message = message
            stream.servers = server.servers(for: stream.peer.address)
            askNext(id, stream, loop)
        }
        settle(id, stream, loop)
    }

    /// Sends, and waits for room where there is none.
    private func settle(_ id: UInt64, _ stream: Stream, _ loop: borrowing Loop) {
        guard stream.client.flush() else {
            all[id] = nil
            return
        }
        stream.deadline = Clock.monotonic() + Self.patience
        let wanted: Loop.Readiness =
            stream.client.hasMore ? [.readable, .writable] : .readable
        try? loop.change(stream.client.socket, to: wanted, token: Token.stream(id).raw)
    }

    private func askNext(_ id: UInt64, _ stream: Stream, _ loop: borrowing Loop) {
        stream.upstream = nil
        while !stream.servers.isEmpty {
            let server = stream.servers.removeFirst()
            do throws(KernelFault) {
                let socket = try InternetSockets.make(.tcp, v4: server.isV4)
                _ = try InternetSockets.connect(socket, to: Endpoint(server, port: Self.port))
                let line = Line(socket)
                line.put(stream.message)
                try loop.add(line.socket, for: .writable, token: Token.upstream(id).raw)
                stream.upstream = line
                return
            } catch {
                continue
            }
        }
        finish(stream, nil)
    }

    private func finish(_ stream: Stream, _ answer: [UInt8]?) {
        guard let question = stream.question else { return }
        stream.client.put(answer ?? DNSAnswer(.failed).bytes(to: question, limit: 512))
        stream.question = nil
        stream.upstream = nil
    }

    /// Something has happened to the connection to a server.
    func wakeUpstream(_ id: UInt64, _ loop: borrowing Loop) {
        guard let stream = all[id], let upstream = stream.upstream,
            let question = stream.question
        else { return }
        let lives = upstream.flush() && (upstream.hasMore || upstream.draw())
        // A server may close at once behind its answer.
        if let message = upstream.message() {
            let isOurs = NameServer.isAnswer(message, to: question, number: question.id)
            finish(stream, isOurs ? message : nil)
            return serve(id, stream, loop)
        }
        guard lives else {
            askNext(id, stream, loop)
            return settle(id, stream, loop)
        }
        let wanted: Loop.Readiness = upstream.hasMore ? .writable : .readable
        try? loop.change(upstream.socket, to: wanted, token: Token.upstream(id).raw)
    }
}
