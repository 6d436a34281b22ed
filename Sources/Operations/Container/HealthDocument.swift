import Base
import Kernel
import Specs

/// A container's health as `inspect` shows it, in podman's words.
enum HealthDocument {
    /// The state, with the newest results.
    static func state(_ health: MonitorRecord.Health?) -> JSON {
        guard let health else { return .record([("Status", .string(""))]) }
        // A file that is gone, or in the middle of nothing, leaves the results out.
        let bytes = try? Files.read(health.log, limit: Limits.documentBytes)
        let log = bytes.flatMap { try? JSON(parsing: $0, name: health.log) }
        return .record([
            ("Status", .string(health.status.rawValue)),
            ("FailingStreak", .integer(health.failingStreak)),
            ("Log", log?["Log"] ?? .array([])),
        ])
    }

    /// The check as it was asked for, the container's own before the image's.
    static func check(_ choices: HealthChoices?, _ image: ImageConfig.Healthcheck?) -> JSON {
        let choices = choices ?? HealthChoices()
        var test = image?.test ?? []
        if choices.disabled { test = ["NONE"] }
        if !choices.command.isEmpty {
            test = [choices.shell ? "CMD-SHELL" : "CMD"] + choices.command
        }
        if test.isEmpty { return .null }
        return .record([
            ("Test", .texts(test)),
            ("Interval", .integer(choices.interval ?? image?.interval ?? 30_000_000_000)),
            ("Timeout", .integer(choices.timeout ?? image?.timeout ?? 30_000_000_000)),
            ("StartPeriod", .integer(choices.startPeriod ?? image?.startPeriod ?? 0)),
            ("Retries", .integer(choices.retries.map(Int.init) ?? image?.retries ?? 3)),
        ])
    }
}
