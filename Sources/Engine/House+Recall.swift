import Base
import Kernel
import Specs

extension House {
    /// The word by which monitors, and the keeper of the user namespace, tell their directory.
    static let toldRun = "--run="

    /// Finds the keeper of the user namespace again, and has the monitors of containers that run make
    /// their directories anew, where the run-time directory was removed under them: by hand, or by
    /// who cleans /tmp (F-21).
    ///
    /// Asked once, by who finds the directory bare, which is usual after a boot.
    func recallProcesses() {
        let found = tellers()
        if let keeper = found.first(where: { $0.told == runPath && $0.program == "martlet-pause" }),
            let run = try? run()
        {
            // Another command may have made a new one.
            try? Files.link(at: run, "userns.pid", to: "\(keeper.pid)")
        }
        var awaited = found.filter { monitor in
            guard monitor.program == "martlet-monitor",
                monitor.told.hasPrefix("\(runPath)/containers/"),
                !Files.exists(monitor.told + "/state.json"),
                let process = try? ProcessHandle(pid: monitor.pid)
            else { return false }
            return (try? process.send(signal: Signal.hangUp.number)) != nil
        }
        if awaited.isEmpty { return }
        warn(
            "the run-time directory \"\(runPath)\" was removed while containers ran; "
                + "their monitors make it anew")
        let end = Clock.monotonic() + House.recallNanoseconds
        while !awaited.isEmpty, Clock.monotonic() < end {
            Clock.pause(milliseconds: 5)
            awaited = awaited.filter { !Files.exists($0.told + "/state.json") }
        }
    }

    private static let recallNanoseconds: Int64 = 2_000_000_000

    /// A process whose command line tells a run-time directory.
    private struct Teller {
        var pid: Int32
        var program: String
        var told: String
    }

    /// Finds them all. See proc_pid_cmdline(5).
    private func tellers() -> [Teller] {
        guard let names = try? Files.names(in: Files.open("/proc", [.read, .directory])) else {
            return []
        }
        return names.compactMap { name in
            guard let pid = Int32(name),
                let text = try? Files.readText("/proc/\(name)/cmdline", limit: 65536),
                text.hasPrefix("martlet-")
            else { return nil }
            let words = text.split(separator: "\0")
            guard let word = words.first(where: { $0.hasPrefix(House.toldRun) }) else { return nil }
            return Teller(
                pid: pid, program: String(words[0]),
                told: String(word.dropFirst(House.toldRun.count)))
        }
    }
}
