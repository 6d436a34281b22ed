import Base
import Kernel

/// A connection to systemd without libsystemd: for the static program, which loads no library.
///
/// See the D-Bus specification, "Authentication Protocol".
final class WireConnection {
    private let socket: Descriptor
    private var buffer: [UInt8] = []
    private var serial: UInt32 = 0
    private let hasBroker: Bool

    /// - Parameter broker: whether a bus daemon listens at `path`, rather than systemd itself.
    init(path: String, broker: Bool) throws(Problem) {
        hasBroker = broker
        socket = try explaining("cannot connect to systemd at \"\(path)\"") {
            () throws(KernelFault) in try Sockets.connect(path, .stream)
        }
        // An empty identity lets the other side believe the kernel: inside a user namespace our
        // own number is not the one it sees.
        // In one piece: systemd overlooks a message that arrives together with the last word.
        try send(Array("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n".utf8))
        guard try line().hasPrefix("DATA") else { throw Self.unfriendly(path) }
        guard try line().hasPrefix("OK") else { throw Self.unfriendly(path) }
        if broker {
            _ = try call(Self.daemon, "org.freedesktop.DBus", "Hello", [])
            _ = try call(
                Self.daemon, "org.freedesktop.DBus", "AddMatch",
                [.string("type='signal',sender='\(Self.manager)',member='JobRemoved'")])
            _ = try call(Self.systemd, Self.manager + ".Manager", "Subscribe", [])
        }
    }

    private static let manager = "org.freedesktop.systemd1"
    private static let daemon = "/org/freedesktop/DBus"
    private static let systemd = "/org/freedesktop/systemd1"

    private static func unfriendly(_ path: String) -> Problem {
        Problem(
            .noPermission, "cannot talk to systemd at \"\(path)\"",
            why: "it does not accept this user")
    }

    /// Calls a method of the manager and returns its answer.
    func manager(_ member: String, _ arguments: [BusValue]) throws(Problem) -> [BusValue] {
        try call(Self.systemd, Self.manager + ".Manager", member, arguments)
    }

    private func call(
        _ path: String, _ interface: String, _ member: String, _ arguments: [BusValue]
    ) throws(Problem) -> [BusValue] {
        serial += 1
        var message = WireMessage(.call, serial: serial)
        message.path = path
        message.interface = interface
        message.member = member
        message.body = arguments
        if hasBroker {
            message.destination = path == Self.daemon ? "org.freedesktop.DBus" : Self.manager
        }
        try send(message.bytes)
        while true {
            let answer = try next()
            guard answer.replyTo == serial else { continue }
            if answer.kind == .answer { return answer.body }
            throw Problem(
                .helper, "systemd refused \(member)",
                why: answer.body.first?.text ?? answer.errorName,
                next: answer.errorName == "org.freedesktop.systemd1.UnitExists"
                    ? "the unit is there already; stop it, or choose another name" : nil)
        }
    }

    /// Waits for a signal of that name and returns its values.
    func signal(_ member: String) throws(Problem) -> [BusValue] {
        while true {
            let message = try next()
            if message.kind == .signal, message.member == member { return message.body }
        }
    }

    private func next() throws(Problem) -> WireMessage {
        while true {
            if let length = try WireMessage.length(of: buffer), buffer.count >= length {
                let message = try WireMessage(Array(buffer.prefix(length)))
                buffer.removeFirst(length)
                return message
            }
            try fill()
        }
    }

    private func line() throws(Problem) -> String {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let text = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 1)
                return text
            }
            guard buffer.count < 4096 else { throw WireMessage.malformed }
            try fill()
        }
    }

    private func fill() throws(Problem) {
        let more = try explaining("cannot hear from systemd") { () throws(KernelFault) in
            let loop = try Loop()
            try loop.add(socket, for: .readable, token: 0)
            // The time a method call of sd-bus has, too.
            guard try loop.wait(upTo: 25_000) > 0 else {
                throw KernelFault(call: "epoll_wait", subject: "systemd", number: 110)
            }
            return try socket.read(upTo: 64 << 10)
        }
        guard !more.isEmpty else {
            throw Problem(.helper, "systemd closed the connection")
        }
        buffer += more
    }

    private func send(_ bytes: [UInt8]) throws(Problem) {
        try explaining("cannot talk to systemd") { () throws(KernelFault) in
            try socket.writeAll(bytes)
        }
    }
}
