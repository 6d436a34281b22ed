import Base
import Kernel
import Specs

/// What `martlet events` hears of a container's life.
extension Monitor {
    /// Tells the change from one status to the present one; nothing where there was none.
    func tellEvent(after before: MonitorRecord.Status) {
        let record = state.record
        guard record.status != before, let action = Monitor.action(from: before, to: record.status)
        else { return }
        var event = EventRecord(
            time: Clock.wall(), kind: "container", action: action, id: plan.id, name: plan.name)
        if action == "died", let code = record.exitCode {
            event.attributes["containerExitCode"] = "\(code)"
        }
        write(event)
    }

    /// Tells that the container's health is another one now.
    func tellEvent(of health: HealthStatus, failures: Int) {
        var event = EventRecord(
            time: Clock.wall(), kind: "container", action: "health_status", id: plan.id,
            name: plan.name)
        event.attributes["health_status"] = health.rawValue
        event.attributes["health_failing_streak"] = "\(failures)"
        write(event)
    }

    private func write(_ event: EventRecord) {
        // The file stands beside the directory of the containers; who cannot write there goes on.
        let own = plan.directories.run.split(separator: "/").dropLast(2)
        let path = "/" + own.joined(separator: "/") + "/" + EventRecord.fileName
        try? Files.open(path, [.write, .create, .append, .noFollow]).writeAll(event.line)
    }

    private static func action(from before: MonitorRecord.Status, to now: MonitorRecord.Status)
        -> String?
    {
        switch (before, now) {
        case (.paused, .running): "unpause"
        case (_, .running): "start"
        case (_, .paused): "pause"
        case (_, .exited): "died"
        default: nil
        }
    }
}
