import Base
package import Kernel
package import Specs

/// The way back to the engine: one message for each event.
package final class EventChannel: Sendable {
    private let socket: Descriptor

    /// Takes over the connected socket.
    package init(_ socket: consuming Descriptor) { self.socket = socket }

    /// Sends an event; a program that nobody listens to any more ends at once.
    package func send(_ event: RegistryEvent) {
        do {
            try Sockets.send(JSON(encoding: event).bytes(), to: socket)
        } catch {
            // What has arrived so far stays, and the next pull goes on from there.
            Processes.end(code: 1)
        }
    }
}
