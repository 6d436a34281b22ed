package import Specs

/// A container's health: what is known of it, and what is to be done next.
///
/// Pure: the monitor tells what happened and when, and does what follows. Times are nanoseconds of
/// the monotonic clock, so that a clock that is set causes no storm of checks (F-22).
package struct Health: Equatable, Sendable {
    package let check: HealthCheck
    package private(set) var status = HealthStatus.starting
    /// Failures in a row that counted.
    package private(set) var failingStreak = 0
    /// Whether the start-up check is over, or there is none.
    package private(set) var isStartedUp: Bool
    /// Whether a probe runs.
    package private(set) var isProbing = false
    private var isPaused = false
    private var startupSuccesses = 0
    private var startupFailures = 0
    private var startedAt: Int64 = 0

    package init(_ check: HealthCheck) {
        self.check = check
        isStartedUp = check.startup == nil
    }
}

/// What can happen to a container's health.
package enum HealthHappening: Equatable, Sendable {
    /// The container's program runs.
    case started
    /// The pause between two probes is over.
    case waited
    /// Somebody wants to know now.
    case asked
    case probeEnded(exitCode: Int)
    /// The probe lasts longer than it may.
    case probeIsLate
    case paused
    case resumed
}

/// What a monitor then does for its container's health, in order.
package enum HealthDeed: Equatable, Sendable {
    /// Runs the command inside; it may take that long.
    case probe([String], timeout: Int64)
    /// Kills the probe with all it started.
    case endProbe
    /// Keeps the result, tells whoever asked.
    case record(exitCode: Int)
    /// Waits that long for the next probe; 0 waits for nothing.
    case wait(Int64)
    /// Asks the service manager for that much time: the container may still be starting.
    case askForTime(Int64)
    /// The status has changed.
    case tell(HealthStatus)
    /// The container is unhealthy, and its user said what it then meets.
    case act(HealthCheck.OnFailure)
}

extension Health {
    /// Takes note of what happened at `now`, and returns what follows.
    package mutating func after(_ happening: HealthHappening, at now: Int64) -> [HealthDeed] {
        switch happening {
        case .started:
            self = Health(check)
            startedAt = now
            // The first probe comes at once, as podman's does, so that what is up at once is ready
            // at once.
            return stage.interval == 0 ? [.wait(0)] : begin(at: now)
        case .waited, .asked:
            return isProbing || isPaused ? [] : begin(at: now)
        case .probeEnded(let exitCode):
            guard isProbing else { return [] }
            return end(exitCode, at: now)
        case .probeIsLate:
            guard isProbing, !isPaused else { return [] }
            return [.endProbe] + end(-1, at: now)
        case .paused:
            isPaused = true
            // What is frozen in the middle of its work says nothing about anybody's health.
            guard isProbing else { return [.wait(0)] }
            isProbing = false
            return [.endProbe, .wait(0)]
        case .resumed:
            isPaused = false
            return stage.interval == 0 ? [] : begin(at: now)
        }
    }

    /// The probe that is asked now.
    private var stage: HealthCheck.Probe {
        isStartedUp ? check.probe : check.startup?.probe ?? check.probe
    }

    private func isForgiven(at now: Int64) -> Bool {
        status == .starting && now - startedAt < check.startPeriod
    }

    private mutating func begin(at now: Int64) -> [HealthDeed] {
        isProbing = true
        return [.wait(0), .probe(stage.command, timeout: stage.timeout)]
            + timeAsked(stage.timeout, at: now)
    }

    private mutating func end(_ exitCode: Int, at now: Int64) -> [HealthDeed] {
        isProbing = false
        let before = status
        let wasStartedUp = isStartedUp
        let forgiven = isForgiven(at: now)
        var action: HealthCheck.OnFailure?
        if !isStartedUp {
            action = takeStartup(exitCode == 0)
        } else if exitCode == 0 {
            failingStreak = 0
            status = .healthy
        } else if !forgiven {
            failingStreak += 1
            if failingStreak >= max(1, check.retries) {
                status = .unhealthy
                action = check.onFailure
            }
        }
        var deeds: [HealthDeed] = [.record(exitCode: exitCode)]
        if status != before { deeds.append(.tell(status)) }
        if let action, action != .none { return deeds + [.act(action)] }
        // What has started up is asked for its health at once.
        if isStartedUp, !wasStartedUp { return deeds + begin(at: now) }
        var pause = stage.interval
        if isForgiven(at: now), isStartedUp, let quicker = check.startInterval { pause = quicker }
        deeds.append(.wait(pause))
        return deeds + (pause == 0 ? [] : timeAsked(pause + stage.timeout, at: now))
    }

    /// Counts a result of the start-up check; the status stays what it is.
    private mutating func takeStartup(_ succeeded: Bool) -> HealthCheck.OnFailure? {
        guard let startup = check.startup else { return nil }
        if succeeded {
            startupSuccesses += 1
            isStartedUp = startupSuccesses >= max(1, startup.successes)
            return nil
        }
        startupFailures += 1
        return startup.retries > 0 && startupFailures >= startup.retries ? .restart : nil
    }

    /// Systemd's own patience may be shorter than the start period its user chose.
    private func timeAsked(_ span: Int64, at now: Int64) -> [HealthDeed] {
        isForgiven(at: now) ? [.askForTime(span + Health.leeway)] : []
    }

    /// Nanoseconds a machine under load may need on top.
    private static let leeway: Int64 = 5_000_000_000
}
