import CKernel
import Glibc

/// The first process of a pid namespace whose program does not know how to be one.
///
/// Such a process must take in orphans and reap them, and the kernel drops signals it has no
/// handler for. See pid_namespaces(7).
package enum Reaper {
    /// Splits this process in two: the call returns in the child, which goes on to be the program;
    /// the caller stays behind, reaps whatever ends, passes signals on, and ends as the child does.
    ///
    /// - Requires: a process with one thread that is about to execute a program.
    package static func begin() throws(KernelFault) {
        var all = sigset_t()
        unsafe sigfillset(&all)
        // Blocked before there is a child: a signal that comes in between is kept for it.
        _ = try Gate.call("sigprocmask") { unsafe sigprocmask(SIG_SETMASK, &all, nil) }
        let child = try Gate.call("fork", retrying: false) { ck_fork() }
        if child == 0 { return try Signals.restore() }
        // Nothing but the standard streams: whoever waits for the exec sees the child's end alone.
        _ = ck_close_range(3, .max, 0)
        while true { serve(child, &all) }
    }

    private static func serve(_ child: pid_t, _ all: inout sigset_t) {
        var info = unsafe siginfo_t()
        let number = unsafe sigwaitinfo(&all, &info)
        switch number {
        case SIGCHLD: reap(child)
        // What a terminal sends reaches the child by itself: it is in the same group.
        case SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGWINCH:
            if unsafe info.si_code != fromKernel { _ = kill(child, number) }
        case SIGTTIN, SIGTTOU, -1: break
        default: _ = kill(child, number)
        }
    }

    /// SI_KERNEL of sigaction(2).
    private static let fromKernel: CInt = 0x80

    private static func reap(_ child: pid_t) {
        var status: CInt = 0
        while true {
            let pid = unsafe waitpid(-1, &status, WNOHANG)
            if pid <= 0 { return }
            if pid != child { continue }
            _exit(ck_wifexited(status) != 0 ? ck_wexitstatus(status) : 128 + ck_wtermsig(status))
        }
    }
}
