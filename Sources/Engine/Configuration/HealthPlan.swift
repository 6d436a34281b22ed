import Base
import Specs

/// Joins what a user says of a health check with what the image says.
enum HealthPlan {
    /// What the health check of one container is made from.
    struct Source {
        var choices: HealthChoices?
        var image: ImageConfig.Execution?
        var notify: LifeChoices.Notify
        var id: String
        /// The container's run-time directory.
        var run: String
    }

    /// Returns the health check, or nil where there is none; `warn` is told of options in vain.
    static func make(_ source: Source, warn: (String) -> Void) throws(Problem) -> HealthCheck? {
        let choices = source.choices ?? HealthChoices()
        guard let command = command(choices, source.image) else {
            if source.notify == .healthy {
                throw Problem(
                    .badUsage, "--sdnotify=healthy needs a health check", why: "there is none",
                    next: "add --health-cmd")
            }
            if choices != HealthChoices(), !choices.disabled {
                warn("neither --health-cmd nor the image has a health check, ignoring its options")
            }
            return nil
        }
        let image = source.image?.healthcheck
        var check = HealthCheck(command: command, log: try log(choices, source))
        func positive(_ span: Int64?) -> Int64? { span.flatMap { $0 > 0 ? $0 : nil } }
        check.probe.interval =
            choices.interval ?? positive(image?.interval) ?? check.probe.interval
        check.probe.timeout = choices.timeout ?? positive(image?.timeout) ?? check.probe.timeout
        check.startPeriod = choices.startPeriod ?? image?.startPeriod ?? 0
        check.startInterval = positive(image?.startInterval)
        check.retries = choices.retries.map(Int.init) ?? image?.retries ?? 0
        // 0 stands for what is usual.
        if check.retries == 0 { check.retries = 3 }
        check.onFailure = HealthCheck.OnFailure(rawValue: choices.onFailure) ?? .none
        check.startup = startup(choices)
        return check
    }

    /// The user's command goes before the image's; either may be `none`.
    private static func command(_ choices: HealthChoices, _ image: ImageConfig.Execution?)
        -> [String]?
    {
        if choices.disabled { return nil }
        if !choices.command.isEmpty { return words(choices.command, shell: choices.shell) }
        guard let image, let test = image.healthcheck?.test, let kind = test.first else {
            return nil
        }
        let rest = Array(test.dropFirst())
        if rest.isEmpty { return nil }
        switch kind {
        case "NONE": return nil
        case "CMD": return rest
        case "CMD-SHELL": return (image.shell ?? shell) + rest
        default: return test
        }
    }

    private static let shell = ["/bin/sh", "-c"]

    private static func words(_ command: [String], shell isLine: Bool) -> [String] {
        isLine ? shell + command : command
    }

    private static func startup(_ choices: HealthChoices) -> HealthCheck.Startup? {
        guard !choices.startupCommand.isEmpty else { return nil }
        var probe = HealthCheck.Probe(
            command: words(choices.startupCommand, shell: choices.startupShell))
        probe.interval = choices.startupInterval ?? probe.interval
        probe.timeout = choices.startupTimeout ?? probe.timeout
        var startup = HealthCheck.Startup(probe: probe)
        startup.retries = Int(choices.startupRetries ?? 0)
        startup.successes = max(1, Int(choices.startupSuccesses ?? 1))
        return startup
    }

    private static func log(_ choices: HealthChoices, _ source: Source) throws(Problem)
        -> HealthCheck.Log
    {
        var log = HealthCheck.Log(path: source.run + "/health.json")
        switch choices.logDestination {
        case nil, "", "local": break
        case "events_logger": log.tellsJournal = true
        case .some(let path):
            guard path.hasPrefix("/") else {
                throw Problem(
                    .badValue, "\"\(path.printable)\" is no place for --health-log-destination",
                    next: "use local, events_logger or the absolute path of a directory")
            }
            log.path = (path.hasSuffix("/") ? path : path + "/") + "\(source.id)-healthcheck.log"
        }
        log.results = Int(choices.maxLogCount ?? 5)
        log.characters = Int(choices.maxLogCharacters ?? 500)
        return log
    }
}
