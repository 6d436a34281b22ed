/// How a monitor asks for its container's health. Spans are nanoseconds.
///
/// See podman-run(1), `--health-cmd` and its kin, and image-spec's `Healthcheck`.
package struct HealthCheck: Codable, Equatable, Sendable {
    package var probe: Probe
    /// What is asked until it has succeeded, before `probe` is asked at all.
    package var startup: Startup?
    /// Failures that soon after the start do not count, until the first success.
    package var startPeriod: Int64 = 0
    /// The pause between probes in the start period; nil is the usual one.
    package var startInterval: Int64?
    /// Failures in a row that make the container unhealthy.
    package var retries: Int = 3
    package var onFailure = OnFailure.none
    package var log: Log

    package init(command: [String], log: Log) {
        probe = Probe(command: command)
        self.log = log
    }

    /// A command run inside the container again and again.
    package struct Probe: Codable, Equatable, Sendable {
        package var command: [String]
        /// The pause after one before the next; 0 asks only when somebody wants to know.
        package var interval: Int64 = 30_000_000_000
        /// What lasts longer has failed.
        package var timeout: Int64 = 30_000_000_000

        package init(command: [String]) { self.command = command }
    }

    /// The check that comes before the usual one.
    package struct Startup: Codable, Equatable, Sendable {
        package var probe: Probe
        /// Failures after which the container is started anew; 0 is never.
        package var retries = 0
        /// Successes that end it.
        package var successes = 1

        package init(probe: Probe) { self.probe = probe }
    }

    /// What an unhealthy container meets.
    package enum OnFailure: String, Codable, Sendable, CaseIterable {
        case none, kill, restart, stop
    }

    /// Where the newest results are kept, and how much of them.
    package struct Log: Codable, Equatable, Sendable {
        /// The file's absolute path.
        package var path: String
        /// Whether each result goes to the journal as well.
        package var tellsJournal = false
        /// 0 is no limit of the user's.
        package var results = 5
        package var characters = 500

        package init(path: String) { self.path = path }
    }
}

/// The word for a container's health.
package enum HealthStatus: String, Codable, Sendable, CaseIterable {
    /// Nothing is known yet.
    case starting
    case healthy, unhealthy
}

/// The newest results of a health check, in the form podman keeps and shows them.
package struct HealthLog: Codable, Equatable, Sendable {
    package var status: HealthStatus
    package var failingStreak: Int
    package var results: [Result]

    package init(status: HealthStatus = .starting) {
        self.status = status
        failingStreak = 0
        results = []
    }

    /// What came of one probe.
    package struct Result: Codable, Equatable, Sendable {
        /// Moments as RFC 3339 has them.
        package var start: String
        package var end: String
        /// The command's exit code; -1 where it could not be run, or did not end in time.
        package var exitCode: Int
        package var output: String

        package init(start: String, end: String, exitCode: Int, output: String) {
            self.start = start
            self.end = end
            self.exitCode = exitCode
            self.output = output
        }

        private enum CodingKeys: String, CodingKey {
            case start = "Start"
            case end = "End"
            case exitCode = "ExitCode"
            case output = "Output"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case failingStreak = "FailingStreak"
        case results = "Log"
    }
}
