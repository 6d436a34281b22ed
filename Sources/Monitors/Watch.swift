import Base
import Kernel

/// What the monitor waits for: the kind of a descriptor and which of that kind it is.
struct Watched: Equatable {
    enum Kind: UInt8 {
        /// Signals to the monitor, also the ends of its children.
        case signals
        /// A Tap, by the kind of its output.
        case tap
        /// The container's standard input can take more.
        case input
        /// The log can take more.
        case log
        /// A listener's pipe, to it: output and error; and from it: its input.
        case listenerOutput, listenerError, listenerInput
        case graceTimer, limitTimer, restTimer, stallTimer
        /// The pause between two health checks, the bound on one, and what one says.
        case healthTimer, probeTimer, probeOutput
        /// The listening control socket, and its connections.
        case door, client
        /// The payload's notify socket.
        case notice
        /// What the network helper says.
        case network
        /// A connection to the process of a named network.
        case place
    }
    let kind: Kind
    /// Counts up and is never used again, so that an event of something gone meets nothing.
    let number: UInt32

    init(_ kind: Kind, _ number: UInt32 = 0) {
        self.kind = kind
        self.number = number
    }

    var token: UInt64 { UInt64(kind.rawValue) << 32 | UInt64(number) }

    init?(token: UInt64) {
        guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: token >> 32)) else { return nil }
        self.kind = kind
        number = UInt32(truncatingIfNeeded: token)
    }
}

/// The one loop of a monitor, shared by its parts.
final class Watch {
    let loop: Loop
    /// What stands in the loop for files that cannot be waited for, as they are ready at any time: an
    /// end of a pipe that nobody writes to, which is as ready.
    private var substitutes: [ObjectIdentifier: SharedDescriptor] = [:]

    init() throws(Problem) {
        loop = try explaining("cannot wait for events") { () throws(KernelFault) in try Loop() }
    }

    /// Begins to wait. A descriptor that cannot be waited for is a fault of ours, save where the
    /// kernel is short of memory; the part then never hears of it, and the container goes on.
    func add(_ shared: SharedDescriptor, for readiness: Loop.Readiness, _ watched: Watched) {
        do {
            try loop.add(shared.descriptor, for: readiness, token: watched.token)
        } catch  where error.isAlwaysReady && readiness.contains(.readable) {
            guard let ends = try? Descriptor.pipe().ends() else { return }
            Descriptor.drop(ends.writing)
            let substitute = SharedDescriptor(owning: ends.reading)
            try? loop.add(substitute.descriptor, for: .readable, token: watched.token)
            substitutes[ObjectIdentifier(shared)] = substitute
        } catch {}
    }

    func change(_ shared: SharedDescriptor, to readiness: Loop.Readiness, _ watched: Watched) {
        try? loop.change(shared.descriptor, to: readiness, token: watched.token)
    }

    /// Stops waiting; one that was not waited for is left alone.
    func remove(_ shared: SharedDescriptor) {
        let substitute = substitutes.removeValue(forKey: ObjectIdentifier(shared))
        try? loop.remove((substitute ?? shared).descriptor)
    }
}
