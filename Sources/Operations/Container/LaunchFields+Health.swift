import Base
import Specs

extension LaunchRequest {
    /// The health check, made where the first of its options is given.
    fileprivate var health: HealthChoices {
        get { spec.health ?? HealthChoices() }
        set { spec.health = newValue }
    }
}

extension Field where Request == LaunchRequest {
    /// The health check.
    static var healthFields: [Field] {
        [
            .flag("no-healthcheck", "Leave the image's health check out") {
                $0.health.disabled = $1
            } write: {
                $0.health.disabled
            },
            .value(
                "health-cmd", "COMMAND", "Check health by this command", HealthCommandOption.parse
            ) {
                ($0.health.command, $0.health.shell) = $1
                $0.health.disabled = $1.words.isEmpty
            } write: {
                $0.health.command.isEmpty
                    ? nil : HealthCommandOption.text(of: $0.health.command, shell: $0.health.shell)
            }.alias("healthcheck-command"),
            span("health-interval", "Check this often; disable switches the timer off", "30s") {
                $0.interval = $1
            } write: {
                $0.interval
            }.alias("healthcheck-interval"),
            span("health-timeout", "Take a check that lasts longer for failed", "30s") {
                $0.timeout = $1
            } write: {
                $0.timeout
            }.alias("healthcheck-timeout"),
            span("health-start-period", "Forgive failures this long after the start", "0s") {
                $0.startPeriod = $1
            } write: {
                $0.startPeriod
            }.alias("healthcheck-start-period"),
            count("health-retries", "This many failures in a row are unhealthy", "3") {
                $0.retries = $1
            } write: {
                $0.retries
            }.alias("healthcheck-retries"),
            .value(
                "health-on-failure", "ACTION", "What an unhealthy container meets",
                Choice.of(["none", "kill", "restart", "stop"])
            ) {
                $0.health.onFailure = $1
            } write: {
                $0.health.onFailure
            }.standard("none").completing(.words(["none", "kill", "restart", "stop"])),
            .value(
                "health-startup-cmd", "COMMAND", "Check by this command until it succeeds",
                HealthCommandOption.parse
            ) {
                ($0.health.startupCommand, $0.health.startupShell) = $1
            } write: {
                $0.health.startupCommand.isEmpty
                    ? nil
                    : HealthCommandOption.text(
                        of: $0.health.startupCommand, shell: $0.health.startupShell)
            },
            span("health-startup-interval", "Check this often during start-up", "30s") {
                $0.startupInterval = $1
            } write: {
                $0.startupInterval
            },
            span(
                "health-startup-timeout", "Take a start-up check that lasts longer for failed",
                "30s"
            ) {
                $0.startupTimeout = $1
            } write: {
                $0.startupTimeout
            },
            count("health-startup-retries", "Restart after this many failures; 0 is never", "0") {
                $0.startupRetries = $1
            } write: {
                $0.startupRetries
            },
            count("health-startup-success", "This many successes end start-up", "0") {
                $0.startupSuccesses = $1
            } write: {
                $0.startupSuccesses
            },
            .value("health-log-destination", "PLACE", "Where results are kept") {
                $0.health.logDestination = $1
            } write: {
                $0.health.logDestination
            }.standard("local"),
            count("health-max-log-count", "Keep this many results; 0 is no limit", "5") {
                $0.maxLogCount = $1
            } write: {
                $0.maxLogCount
            },
            count("health-max-log-size", "Keep this many characters of each; 0 is no limit", "500")
            {
                $0.maxLogCharacters = $1
            } write: {
                $0.maxLogCharacters
            },
        ]
    }

    private static func span(
        _ name: String, _ summary: String, _ standard: String,
        read: @escaping @Sendable (inout HealthChoices, Int64) -> Void,
        write: @escaping @Sendable (HealthChoices) -> Int64?
    ) -> Field {
        .value(name, "SPAN", summary, SpanOption.parse) {
            read(&$0.health, $1)
        } write: {
            write($0.health).map(SpanOption.text)
        }.standard(standard)
    }

    private static func count(
        _ name: String, _ summary: String, _ standard: String,
        read: @escaping @Sendable (inout HealthChoices, UInt32) -> Void,
        write: @escaping @Sendable (HealthChoices) -> UInt32?
    ) -> Field {
        .value(name, "COUNT", summary, Whole<UInt32>.parse) {
            read(&$0.health, $1)
        } write: {
            write($0.health).map { "\($0)" }
        }.standard(standard)
    }
}
