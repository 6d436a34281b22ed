import Base
import Kernel
import Specs

/// Stays with a program until it ends: passes signals on, and its terminal where it has one.
enum Foreground {
    private enum Token: UInt64 {
        case process, signals, input, terminal, notice
    }

    /// Returns the program's exit code, 128 and the number for a signal.
    static func follow(_ pid: Int32, terminal: Int32?, notice: ReadyNotice? = nil) throws(Problem)
        -> Int32
    {
        try explaining("cannot follow the container's process") { () throws(KernelFault) in
            try loop(pid, terminal, notice)
        }
    }

    /// Those that end or stop the runtime itself, or are only its own, are not passed on.
    private static let passed: [Int32] = [1, 2, 3, 6, 10, 12, 14, 15, 18, 20, 23, 28, 29]

    private static func loop(_ pid: Int32, _ number: Int32?, _ notice: ReadyNotice?)
        throws(KernelFault) -> Int32
    {
        let process = try ProcessHandle(pid: pid)
        let loop = try Loop()
        try loop.add(process.descriptor, for: .readable, token: Token.process.rawValue)
        let signals = try Signals.descriptor(for: passed)
        try loop.add(signals, for: .readable, token: Token.signals.rawValue)
        if let notice {
            try loop.add(notice.socket, for: .readable, token: Token.notice.rawValue)
        }
        var relay: TerminalRelay?
        if let number {
            let made = try TerminalRelay(Descriptor(owning: number))
            try loop.add(made.terminal, for: .readable, token: Token.terminal.rawValue)
            // A file as standard input cannot be waited for; it is read whenever there is time.
            try? loop.add(made.input, for: .readable, token: Token.input.rawValue)
            relay = made
        }
        while true {
            let count = try loop.wait()
            for index in 0..<count {
                switch Token(rawValue: loop[index].token) {
                case .process:
                    relay?.drain()
                    relay?.end()
                    return Int32(try process.wait().exitCode)
                case .signals:
                    while let signal = try Signals.next(from: signals) {
                        if signal.number == 28 { relay?.resize() }
                        // It may have ended just now.
                        try? process.send(signal: signal.number)
                    }
                case .terminal:
                    if relay?.output() == false, let made = relay { try loop.remove(made.terminal) }
                case .input:
                    if relay?.type() == false, let made = relay { try loop.remove(made.input) }
                case .notice:
                    if let notice, try notice.take(from: pid) { try loop.remove(notice.socket) }
                case nil: break
                }
            }
        }
    }
}

/// Our own terminal on one side, the container's on the other.
final class TerminalRelay {
    let terminal: Descriptor
    let input: Descriptor
    private let output_: Descriptor
    private var settings: Terminals.Settings?

    init(_ terminal: consuming Descriptor) throws(KernelFault) {
        self.terminal = terminal
        input = Descriptor(owning: try Descriptor.copy(of: 0))
        output_ = Descriptor(owning: try Descriptor.copy(of: 1))
        settings = Terminals.isTerminal(input) ? try Terminals.makeRaw(input) : nil
        resize()
    }

    /// Gives the container's terminal the size of ours.
    func resize() {
        guard let size = try? Terminals.size(of: input) else { return }
        try? Terminals.resize(terminal, columns: size.columns, rows: size.rows)
    }

    /// Copies what the container printed; false once nothing more can come.
    func output() -> Bool {
        // The upper end answers EIO once nobody holds the lower one.
        guard let bytes = try? terminal.read(upTo: 64 << 10), !bytes.isEmpty else { return false }
        try? output_.writeAll(bytes)
        return true
    }

    /// Copies what was typed; false at its end.
    func type() -> Bool {
        guard let bytes = try? input.read(upTo: 4096), !bytes.isEmpty else {
            // The end of a file is typed as the key that means it.
            try? terminal.writeAll([4])
            return false
        }
        try? terminal.writeAll(bytes)
        return true
    }

    /// Copies what is left when the program has ended.
    func drain() {
        try? terminal.setBlocking(false)
        while output() {}
    }

    /// Puts our own terminal back as it was.
    func end() {
        if let settings { try? Terminals.restore(settings, of: input) }
    }
}
