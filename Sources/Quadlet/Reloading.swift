import Base
import Kernel
import Systemd

/// Letting the service manager read its units anew.
enum Reloading {
    /// Returns what went wrong: the files are in place all the same.
    static func reload(_ circumstances: SearchPath.Circumstances) -> [Problem] {
        do throws(Problem) {
            try UserManager().reload()
            return []
        } catch {
            let word =
                circumstances.isUser ? "systemctl --user daemon-reload" : "systemctl daemon-reload"
            return [error.during("reloading systemd").advising("run \"\(word)\"")]
        }
    }
}
