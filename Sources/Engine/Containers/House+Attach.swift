package import Base
import Kernel
package import Specs

extension House {
    /// Joins a running container's streams.
    ///
    /// - Parameter withInput: whether standard input goes to the container, where it takes any.
    package func attach(_ container: ContainerRecord, withInput: Bool, options: StartOptions)
        throws(Problem) -> StartOutcome
    {
        do throws(Problem) {
            let terminal = container.spec.process.terminal
            let connection = try MonitorConnection(
                house: self, id: container.id, name: container.name)
            var request = ControlRequest.Attach(
                input: withInput && container.spec.process.standardInput, output: true,
                error: !terminal)
            guard terminal else {
                let streams = [(request.input, Int32(0)), (true, 1), (true, 2)]
                let relay = options.proxiesSignals ? try SignalRelay() : nil
                try connection.send(.attach(request), streams.filter(\.0).map(\.1))
                guard let relay else {
                    return .ended(id: container.id, code: try connection.end())
                }
                let code = try relay.end(of: connection) { [self] (signal) throws(Problem) in
                    try ask(container, .kill(signal: signal))
                }
                return .ended(id: container.id, code: code)
            }
            request.size = TerminalSession.size()
            let pipes = try TerminalPipes.make()
            try connection.send(.attach(request), pipes.theirs(withInput: request.input))
            return try follow(
                connection, pipes.ours(), keys: try DetachKeys(options.detachKeys),
                id: container.id, name: container.name)
        } catch {
            throw error.during("attaching to container \"\(container.name)\"")
        }
    }
}
