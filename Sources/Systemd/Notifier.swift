package import Kernel

/// Tells the service manager how a service fares. See sd_notify(3).
///
/// Spoken without the library: a datagram of lines to the socket that `NOTIFY_SOCKET` names.
package struct Notifier: ~Copyable, Sendable {
    private let socket: Descriptor

    /// Connects to the socket at a path, or to an abstract one written `@name`.
    package init(_ address: String) throws(KernelFault) {
        socket = try Sockets.connect(address, .datagram)
    }

    /// Connects to the manager that started this process; nil where it asked for no word.
    package static func ofThisProcess() -> Notifier? {
        guard let address = Console.variable("NOTIFY_SOCKET"), !address.isEmpty else { return nil }
        // A socket that is gone belongs to a manager that no longer listens.
        return try? Notifier(address)
    }

    /// Sends assignments such as `READY=1`.
    package func send(_ assignments: [String]) throws(KernelFault) {
        // A full queue must not hold up the container: the manager's time-outs are longer than
        // ours.
        try Sockets.send(
            Array(assignments.joined(separator: "\n").utf8), to: socket, waiting: false)
    }
}
