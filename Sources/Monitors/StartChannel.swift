import Base
import Kernel
import Specs

/// The line to the engine that started this monitor. In a unit there is none: the engine has become
/// the monitor, and problems go to the unit's status and log.
final class StartChannel {
    private(set) var socket: SharedDescriptor?

    init(_ socket: SharedDescriptor?) { self.socket = socket }

    /// Reports; an engine that has gone is no reason to stop a container that was asked for.
    func report(_ report: StartReport) {
        guard let socket else { return }
        try? Sockets.send(JSON(encoding: report).bytes(), to: socket.descriptor)
    }

    /// The engine's next word and the descriptors it brings.
    ///
    /// - Throws: `helper` where the engine has gone: nobody wants the container any more.
    func order() throws(Problem) -> (StartOrder, [SharedDescriptor]) {
        guard let socket else {
            throw Problem(.helper, "the plan waits for an engine, but there is no channel to one")
        }
        let message: Sockets.Message
        do {
            message = try Sockets.receive(from: socket.descriptor, limit: Limits.messageBytes)
        } catch {
            throw error.problem("cannot hear the engine")
        }
        let descriptors = message.descriptors.map { SharedDescriptor(owning: $0) }
        if message.bytes.isEmpty {
            throw Problem(.helper, "the engine ended before the container was started")
        }
        let order = try JSON(parsing: message.bytes, name: "the engine's order")
            .decode(StartOrder.self, name: "the engine's order")
        return (order, descriptors)
    }

    /// Gives the channel up, to become a client's connection or to be closed.
    func take() -> SharedDescriptor? {
        defer { socket = nil }
        return socket
    }
}
