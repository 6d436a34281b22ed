import CKernel
import Glibc

/// Pseudo-terminals and the modes of a person's own. See pty(7), termios(3).
package enum Terminals {
    /// A new pseudo-terminal's two ends; the lower end is what a program in it sees.
    package struct Pair: ~Copyable {
        package let master: Descriptor
        package let terminal: Descriptor

        /// Gives both ends to their new owners.
        package consuming func ends() -> (master: CInt, terminal: CInt) {
            (master.release(), terminal.release())
        }
    }

    /// TIOCSPTLCK and TIOCGPTPEER of ioctl_tty(2), which are macros that Swift does not see.
    private static let unlockPair: UInt = 0x4004_5431
    private static let openPeer: UInt = 0x5441

    /// Makes a pseudo-terminal in this mount namespace's devpts. See openpty(3).
    package static func pair() throws(KernelFault) -> Pair {
        try pair(of: Files.open("/dev/ptmx", [.readWrite, .noTerminal]))
    }

    /// Opens the lower end of a pseudo-terminal whose upper end was just opened from some devpts.
    package static func pair(of master: consuming Descriptor) throws(KernelFault) -> Pair {
        var unlocked: CInt = 0
        let number = master.number
        _ = try Gate.call("ioctl", on: "TIOCSPTLCK") {
            unsafe ck_ioctl(number, unlockPair, &unlocked)
        }
        // TIOCGPTPEER opens the other end without a path, so nobody can put another in its place.
        let peer = try Gate.call("ioctl", on: "TIOCGPTPEER") {
            ck_ioctl_number(number, openPeer, Int(O_RDWR | O_NOCTTY | O_CLOEXEC))
        }
        return Pair(master: master, terminal: Descriptor(owning: peer))
    }

    /// Makes the terminal that of this session. See ioctl_tty(2), TIOCSCTTY.
    ///
    /// - Requires: the caller leads a session that has no terminal yet.
    package static func control(_ terminal: borrowing Descriptor) throws(KernelFault) {
        let number = terminal.number
        _ = try Gate.call("ioctl", on: "TIOCSCTTY") { ck_ioctl_number(number, 0x540E, 0) }
    }

    /// Returns columns and rows.
    package static func size(of terminal: borrowing Descriptor) throws(KernelFault)
        -> (columns: UInt16, rows: UInt16)
    {
        var size = winsize()
        let number = terminal.number
        _ = try Gate.call("ioctl", on: "TIOCGWINSZ") {
            unsafe ck_ioctl(number, UInt(TIOCGWINSZ), &size)
        }
        return (size.ws_col, size.ws_row)
    }

    /// Sets columns and rows, which sends SIGWINCH to the foreground processes.
    package static func resize(_ terminal: borrowing Descriptor, columns: UInt16, rows: UInt16)
        throws(KernelFault)
    {
        var size = winsize()
        size.ws_col = columns
        size.ws_row = rows
        let number = terminal.number
        _ = try Gate.call("ioctl", on: "TIOCSWINSZ") {
            unsafe ck_ioctl(number, UInt(TIOCSWINSZ), &size)
        }
    }

    /// Whether the descriptor is a terminal.
    package static func isTerminal(_ descriptor: borrowing Descriptor) -> Bool {
        isTerminal(standard: descriptor.number)
    }

    /// Whether our own standard stream of that number is a terminal.
    package static func isTerminal(standard number: CInt) -> Bool { isatty(number) == 1 }

    /// The settings of a terminal, kept to be put back.
    package struct Settings: Sendable {
        let raw: termios
    }

    /// Lets every key through as it is typed, and returns the settings before that. See
    /// cfmakeraw(3).
    package static func makeRaw(_ terminal: borrowing Descriptor) throws(KernelFault) -> Settings {
        let number = terminal.number
        var before = termios()
        _ = try Gate.call("tcgetattr") { unsafe tcgetattr(number, &before) }
        var now = before
        unsafe cfmakeraw(&now)
        // TCSADRAIN keeps what was typed ahead: it is for the program that is being started.
        _ = try Gate.call("tcsetattr") { unsafe tcsetattr(number, TCSADRAIN, &now) }
        return Settings(raw: before)
    }

    /// Puts earlier settings back.
    package static func restore(_ settings: Settings, of terminal: borrowing Descriptor)
        throws(KernelFault)
    {
        let number = terminal.number
        var before = settings.raw
        _ = try Gate.call("tcsetattr") { unsafe tcsetattr(number, TCSADRAIN, &before) }
    }
}
