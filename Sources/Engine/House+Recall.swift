import Base
import Kernel
import Specs

extension House {
    /// The word by which monitors, networks and the keeper of the user namespace tell their directory.
    static let toldRun = "--run="

    /// Finds the keeper of the user namespace again, has the monitors of containers that run make
    /// their directories anew, and ends networks that nobody can reach any more, where the run-time
    /// directory was removed under them: by hand, or by who cleans /tmp (F-21).
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
        let monitors = found.filter { monitor in
            guard monitor.program == "martlet-monitor",
                monitor.told.hasPrefix("\(runPath)/containers/"),
                !Files.exists(monitor.told + "/state.json"),
                let process = try? ProcessHandle(pid: monitor.pid)
            else { return false }
            return (try? process.send(signal: Signal.hangUp.number)) != nil
        }
        if monitors.isEmpty { return }
        warn(
            "the run-time directory \"\(runPath)\" was removed while containers ran; "
                + "their monitors make it anew")
        waitFor(monitors) { Files.exists($0.told + "/state.json") }
        renewNetworks(found.filter { $0.told == runPath && $0.program == "martlet-net" }, monitors)
    }

    /// Ends networks that nobody can reach any more. Their containers' monitors notice, and join a new
    /// one (`network reload`); until they have, nobody else may take their addresses.
    private func renewNetworks(_ networks: [Teller], _ monitors: [Teller]) {
        if networks.isEmpty { return }
        var joined: [Int32: [String]] = [:]
        for monitor in monitors { joined[monitor.pid] = self.networks(of: monitor) }
        for network in networks {
            try? ProcessHandle(pid: network.pid).send(signal: Signal.kill.number)
        }
        waitFor(monitors) { monitor in
            let now = self.networks(of: monitor)
            return (joined[monitor.pid] ?? []).allSatisfy { id in
                now.contains(id) && Files.exists("\(networksPath)/\(socketName(ofNetwork: id))")
            }
        }
    }

    private func networks(of monitor: Teller) -> [String] {
        let id = String(monitor.told.dropFirst("\(runPath)/containers/".count))
        return ((try? condition(of: id))?.record?.networks ?? []).map(\.id)
    }

    /// Waits until all of them are so far, some seconds at most.
    private func waitFor(_ monitors: [Teller], until isDone: (Teller) -> Bool) {
        let end = Clock.monotonic() + House.recallNanoseconds
        while !monitors.allSatisfy(isDone), Clock.monotonic() < end {
            Clock.pause(milliseconds: 5)
        }
    }

    private static let recallNanoseconds: Int64 = 3_000_000_000

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
