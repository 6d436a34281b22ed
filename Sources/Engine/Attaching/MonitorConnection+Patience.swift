import Base
import Kernel
import Specs

/// Waits that end: a monitor does what it is asked at once, unless something keeps it from running.
extension MonitorConnection {
    /// How long a monitor may take for what needs no waiting, in seconds.
    static let patience = 30

    /// Waits so many seconds for the next answer; nil where the monitor has closed the connection.
    ///
    /// - Throws: the Problem of a refusal; `timedOut`.
    func answer(within seconds: Int) throws(Problem) -> Answer? {
        try awaitAnswer(until: MonitorConnection.end(in: seconds))
        return try answer()
    }

    /// Waits so many seconds for the end of the process; nil where the monitor ended without telling.
    ///
    /// - Throws: `timedOut`.
    func end(within seconds: Int) throws(Problem) -> Int? {
        let end = MonitorConnection.end(in: seconds)
        while true {
            try awaitAnswer(until: end)
            guard let answer = try answer() else { return nil }
            if case .ended(let code) = answer.reply { return code }
        }
    }

    private static func end(in seconds: Int) -> Int64 {
        Clock.monotonic() + Int64(seconds) * 1_000_000_000
    }

    /// Waits until there is something to read.
    ///
    /// A monitor that was stopped by SIGSTOP is continued: its container would be out of everybody's
    /// reach as long as it stands (F-12).
    private func awaitAnswer(until end: Int64) throws(Problem) {
        let what = "cannot hear from the monitor of container \"\(name)\""
        var ready = PollSet()
        _ = ready.add(channel, for: .readable)
        while true {
            let left = max(0, (end - Clock.monotonic()) / 1_000_000)
            let count = try explaining(what) { () throws(KernelFault) in
                try ready.wait(upTo: Int(min(left, 500)))
            }
            if count > 0 { return }
            let monitor = try explaining(what) { () throws(KernelFault) in
                try Sockets.peer(of: channel).pid
            }
            if Processes.state(of: monitor) == "T" {
                try explaining(what) { () throws(KernelFault) in
                    try Signals.send(Signal.continue.number, to: monitor)
                }
            }
            if left == 0 { throw silence(of: monitor) }
        }
    }

    private func silence(of monitor: Int32) -> Problem {
        let what = "the monitor of container \"\(name)\" (process \(monitor)) does not answer"
        if let group = try? ControlGroup.of(pid: monitor),
            group.value("frozen", in: "cgroup.events") == 1
        {
            let unit = group.path.split(separator: "/").last { $0.contains(".") } ?? ""
            return Problem(
                .timedOut, what, why: "its control group \"\(group.path)\" is frozen",
                next: "thaw it with \"systemctl --user thaw \(unit)\"")
        }
        return Problem(
            .timedOut, what,
            next: "\"kill -KILL \(monitor)\" ends it; the next command then sees to the container")
    }
}
