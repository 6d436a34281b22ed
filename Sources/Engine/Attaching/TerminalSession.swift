package import Base
package import Kernel
package import Specs

/// A person's terminal joined to a container's: keys go in, output comes out, sizes follow.
///
/// The person's terminal is raw while the session lasts, and is put back however it ends.
package struct TerminalSession: ~Copyable {
    /// How a session ended.
    package enum Outcome: Equatable, Sendable {
        case ended(code: Int?)
        case detached
    }

    private let keyboard: Descriptor
    private let screen: Descriptor
    private var keys: DetachKeys
    private let settings: Terminals.Settings?

    /// - Throws: where standard input is no terminal that can be made raw.
    package static func begin(detachKeys: DetachKeys) throws(Problem) -> TerminalSession {
        try explaining("cannot use the terminal") { () throws(KernelFault) in
            let keyboard = try Standard.duplicate(0)
            let screen = try Standard.duplicate(1)
            let settings =
                Terminals.isTerminal(keyboard) ? try Terminals.makeRaw(keyboard) : nil
            return TerminalSession(
                keyboard: keyboard, screen: screen, keys: detachKeys, settings: settings)
        }
    }

    private init(
        keyboard: consuming Descriptor, screen: consuming Descriptor, keys: DetachKeys,
        settings: Terminals.Settings?
    ) {
        self.keyboard = keyboard
        self.screen = screen
        self.keys = keys
        self.settings = settings
    }

    deinit {
        // There is nobody to tell when a terminal that has gone cannot be put back.
        if let settings { try? Terminals.restore(settings, of: keyboard) }
    }

    /// Returns the size of the person's terminal, or nil where it is none.
    package static func size() -> TerminalSize? {
        guard let output = try? Standard.duplicate(1), let size = try? Terminals.size(of: output)
        else { return nil }
        return TerminalSize(columns: size.columns, rows: size.rows)
    }

    private enum Token {
        static let keyboard: UInt64 = 1
        static let output: UInt64 = 2
        static let signals: UInt64 = 3
        static let channel: UInt64 = 4
    }

    /// Carries bytes until the container's process ends or the person leaves.
    ///
    /// - Parameters:
    ///   - input: where keys go; `output`: where the container's output comes from.
    ///   - resize: called with each new size.
    package mutating func run(
        _ connection: borrowing MonitorConnection, input: borrowing Descriptor,
        output: borrowing Descriptor, resize: (TerminalSize) throws(Problem) -> Void
    ) throws(Problem) -> Outcome {
        let signals = try explaining("cannot watch for signals") { () throws(KernelFault) in
            try Signals.descriptor(for: [Signal.windowChange.number])
        }
        let loop = try explaining("cannot wait for the terminal") { () throws(KernelFault) in
            let loop = try Loop()
            do throws(KernelFault) {
                try loop.add(keyboard, for: .readable, token: Token.keyboard)
            } catch  where error.isRefusal {
                // A file as standard input cannot be waited for, but is always ready: it is read as
                // the container takes what was read before.
                try loop.add(input, for: .writable, token: Token.keyboard)
            }
            try loop.add(output, for: .readable, token: Token.output)
            try loop.add(signals, for: .readable, token: Token.signals)
            try loop.add(connection.channel, for: .readable, token: Token.channel)
            return loop
        }
        if let size = TerminalSession.size() { try resize(size) }
        var outputEnded = false
        var code: Int??
        while true {
            if outputEnded, let code { return .ended(code: code) }
            let count = try explaining("cannot wait for the terminal") { () throws(KernelFault) in
                try loop.wait(upTo: code == nil ? nil : 200)
            }
            // After the end, what is still on its way comes at once or not at all.
            if count == 0, let code { return .ended(code: code) }
            for index in 0..<count {
                switch loop[index].token {
                case Token.keyboard: if try typed(into: input, loop) { return .detached }
                case Token.output:
                    if try !shown(from: output) {
                        outputEnded = true
                        try? loop.remove(output)
                    }
                case Token.signals:
                    _ = try? Signals.next(from: signals)
                    if let size = TerminalSession.size() { try resize(size) }
                default:
                    guard let answer = try connection.answer() else {
                        code = .some(nil)
                        try? loop.remove(connection.channel)
                        continue
                    }
                    if case .ended(let number) = answer.reply {
                        code = number
                        try? loop.remove(connection.channel)
                    }
                }
            }
        }
    }

    /// Passes keys on; true where they were those to leave.
    private mutating func typed(into input: borrowing Descriptor, _ loop: borrowing Loop)
        throws(Problem) -> Bool
    {
        guard let bytes = try? keyboard.read(upTo: 4096), !bytes.isEmpty else {
            try? loop.remove(keyboard)
            try? loop.remove(input)
            return false
        }
        let (passed, detach) = keys.filter(bytes)
        // A container that no longer reads is about to end; the end is what is waited for.
        try? input.writeAll(passed)
        return detach
    }

    /// Shows what the container wrote; false at the end of it.
    private func shown(from output: borrowing Descriptor) throws(Problem) -> Bool {
        do throws(KernelFault) {
            let bytes = try output.read(upTo: 64 << 10)
            if bytes.isEmpty { return false }
            try screen.writeAll(bytes)
            return true
        } catch {
            // A pseudo-terminal's end is EIO; a screen that is gone ends the session as well.
            return error.name == "EAGAIN"
        }
    }
}
