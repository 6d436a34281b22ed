import CKernel
import Glibc

extension Terminals {
    /// Asks on this process's terminal and returns the line that is typed, without showing it.
    ///
    /// The terminal shows what is typed again afterwards, whatever happens. See termios(3), ECHO.
    ///
    /// - Throws: ENXIO where there is no terminal.
    package static func readSecret(_ prompt: String, limit: Int = 4096) throws(KernelFault)
        -> String
    {
        let terminal = try Files.open("/dev/tty", [.readWrite, .noTerminal])
        let number = terminal.number
        var before = termios()
        _ = try Gate.call("tcgetattr") { unsafe tcgetattr(number, &before) }
        var now = before
        now.c_lflag &= ~tcflag_t(ECHO)
        now.c_lflag |= tcflag_t(ECHONL)
        _ = try Gate.call("tcsetattr") { unsafe tcsetattr(number, TCSAFLUSH, &now) }
        defer {
            // There is nobody left to tell that the terminal stays silent.
            _ = unsafe tcsetattr(number, TCSAFLUSH, &before)
        }
        return try ask(prompt, terminal, limit)
    }

    /// Asks on this process's terminal and returns the line that is typed.
    ///
    /// - Throws: ENXIO where there is no terminal.
    package static func readLine(_ prompt: String, limit: Int = 4096) throws(KernelFault) -> String
    {
        try ask(prompt, Files.open("/dev/tty", [.readWrite, .noTerminal]), limit)
    }

    private static func ask(_ prompt: String, _ terminal: borrowing Descriptor, _ limit: Int)
        throws(KernelFault) -> String
    {
        try terminal.writeAll(prompt)
        var line: [UInt8] = []
        while line.count < limit {
            let more = try terminal.read(upTo: limit - line.count)
            line += more.prefix { $0 != 0x0A }
            if more.isEmpty || more.contains(0x0A) { break }
        }
        return String(decoding: line, as: UTF8.self)
    }
}
