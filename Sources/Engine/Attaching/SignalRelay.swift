import Base
import Kernel
import Specs

/// Passes the signals this command gets on to the container, until the container has ended.
struct SignalRelay: ~Copyable {
    private let signals: Descriptor

    /// What podman-run(1) passes on with --sig-proxy: all but those a command needs itself.
    private static let passed: [Int32] = [1, 2, 3, 10, 12, 15]

    /// Begins to hold signals back; from now on none is lost.
    init() throws(Problem) {
        signals = try explaining("cannot watch for signals") { () throws(KernelFault) in
            try Signals.descriptor(for: SignalRelay.passed)
        }
    }

    /// Waits for the end and returns the exit code; nil where the monitor ended without telling.
    func end(
        of connection: borrowing MonitorConnection, pass: (Signal) throws(Problem) -> Void
    ) throws(Problem) -> Int? {
        let loop = try explaining("cannot wait for the container") { () throws(KernelFault) in
            let loop = try Loop()
            try loop.add(signals, for: .readable, token: 0)
            try loop.add(connection.channel, for: .readable, token: 1)
            return loop
        }
        while true {
            let count = try explaining("cannot wait for the container") {
                () throws(KernelFault) in try loop.wait()
            }
            for index in 0..<count {
                if loop[index].token == 1 {
                    guard let answer = try connection.answer() else { return nil }
                    if case .ended(let code) = answer.reply { return code }
                } else if let arrival = try? Signals.next(from: signals),
                    let signal = Signal(number: arrival.number)
                {
                    // A container that has just ended cannot get it, and its end comes next.
                    try? pass(signal)
                }
            }
        }
    }
}
