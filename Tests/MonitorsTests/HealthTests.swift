import Specs
import Testing

@testable import Monitors

/// The health check's state machine, without any container; its times are monotonic (F-22).
@Suite struct HealthTests {
    /// What happens at a second, and what follows.
    struct Step {
        let second: Int64
        let happening: HealthHappening
        let deeds: String

        init(_ second: Int64, _ happening: HealthHappening, _ deeds: String) {
            self.second = second
            self.happening = happening
            self.deeds = deeds
        }
    }

    private static let second: Int64 = 1_000_000_000

    private func check(_ change: (inout HealthCheck) -> Void = { _ in }) -> HealthCheck {
        var check = HealthCheck(command: ["ask"], log: .init(path: "/health.json"))
        check.probe.interval = 10 * HealthTests.second
        check.probe.timeout = 3 * HealthTests.second
        check.retries = 2
        change(&check)
        return check
    }

    /// Deeds as short words; spans in seconds.
    private func words(_ deeds: [HealthDeed]) -> String {
        deeds.map { deed in
            switch deed {
            case .probe(let command, let timeout):
                "run \(command.joined(separator: " ")) for \(timeout / HealthTests.second)"
            case .endProbe: "kill it"
            case .record(let exitCode): "note \(exitCode)"
            case .wait(let span): "wait \(span / HealthTests.second)"
            case .askForTime(let span): "ask for \(span / HealthTests.second)"
            case .tell(let status): "\(status)"
            case .act(let action): "then \(action)"
            }
        }.joined(separator: ", ")
    }

    private func run(_ check: HealthCheck, _ steps: [Step]) -> Health {
        var health = Health(check)
        for step in steps {
            let deeds = health.after(step.happening, at: step.second * HealthTests.second)
            #expect(words(deeds) == step.deeds, "at \(step.second) s: \(step.happening)")
        }
        return health
    }

    @Test func theFirstCheckComesAtOnceAndTheNextAfterThePause() {
        let health = run(
            check(),
            [
                Step(0, .started, "wait 0, run ask for 3"),
                Step(1, .probeEnded(exitCode: 0), "note 0, healthy, wait 10"),
                Step(11, .waited, "wait 0, run ask for 3"),
                Step(12, .probeEnded(exitCode: 0), "note 0, wait 10"),
            ])
        #expect(health.status == .healthy)
    }

    @Test func failuresInARowMakeItUnhealthyAndASuccessHealsIt() {
        let health = run(
            check(),
            [
                Step(0, .started, "wait 0, run ask for 3"),
                Step(0, .probeEnded(exitCode: 1), "note 1, wait 10"),
                Step(10, .waited, "wait 0, run ask for 3"),
                Step(10, .probeEnded(exitCode: 1), "note 1, unhealthy, wait 10"),
                Step(20, .waited, "wait 0, run ask for 3"),
                Step(20, .probeEnded(exitCode: 1), "note 1, wait 10"),
                Step(30, .waited, "wait 0, run ask for 3"),
                Step(30, .probeEnded(exitCode: 0), "note 0, healthy, wait 10"),
                Step(40, .waited, "wait 0, run ask for 3"),
                Step(40, .probeEnded(exitCode: 1), "note 1, wait 10"),
            ])
        #expect(health.status == .healthy)
        #expect(health.failingStreak == 1)
    }

    @Test func failuresOfTheStartPeriodDoNotCountUntilTheFirstSuccess() {
        let slow = check { $0.startPeriod = 30 * HealthTests.second }
        _ = run(
            slow,
            [
                Step(0, .started, "wait 0, run ask for 3, ask for 8"),
                Step(0, .probeEnded(exitCode: 1), "note 1, wait 10, ask for 18"),
                Step(10, .waited, "wait 0, run ask for 3, ask for 8"),
                Step(10, .probeEnded(exitCode: 1), "note 1, wait 10, ask for 18"),
                Step(20, .waited, "wait 0, run ask for 3, ask for 8"),
                Step(21, .probeEnded(exitCode: 0), "note 0, healthy, wait 10"),
                Step(22, .asked, "wait 0, run ask for 3"),
                Step(22, .probeEnded(exitCode: 1), "note 1, wait 10"),
                Step(23, .asked, "wait 0, run ask for 3"),
                Step(23, .probeEnded(exitCode: 1), "note 1, unhealthy, wait 10"),
            ])
        let late = run(
            slow,
            [
                Step(0, .started, "wait 0, run ask for 3, ask for 8"),
                Step(31, .probeEnded(exitCode: 1), "note 1, wait 10"),
            ])
        #expect(late.failingStreak == 1)
    }

    @Test func theImagesStartIntervalHoldsInTheStartPeriod() {
        let quick = check {
            $0.startPeriod = 30 * HealthTests.second
            $0.startInterval = 2 * HealthTests.second
        }
        _ = run(
            quick,
            [
                Step(0, .started, "wait 0, run ask for 3, ask for 8"),
                Step(0, .probeEnded(exitCode: 1), "note 1, wait 2, ask for 10"),
                Step(2, .waited, "wait 0, run ask for 3, ask for 8"),
                Step(2, .probeEnded(exitCode: 0), "note 0, healthy, wait 10"),
            ])
    }

    @Test func theStartupCheckComesBeforeTheOther() {
        var startup = HealthCheck.Startup(probe: .init(command: ["up"]))
        startup.probe.interval = 2 * HealthTests.second
        startup.probe.timeout = HealthTests.second
        startup.retries = 3
        startup.successes = 2
        let health = run(
            check { $0.startup = startup },
            [
                Step(0, .started, "wait 0, run up for 1"),
                Step(0, .probeEnded(exitCode: 1), "note 1, wait 2"),
                Step(2, .waited, "wait 0, run up for 1"),
                Step(2, .probeEnded(exitCode: 0), "note 0, wait 2"),
                Step(4, .waited, "wait 0, run up for 1"),
                Step(4, .probeEnded(exitCode: 0), "note 0, wait 0, run ask for 3"),
                Step(5, .probeEnded(exitCode: 0), "note 0, healthy, wait 10"),
            ])
        #expect(health.isStartedUp)
        let failing = run(
            check { $0.startup = startup },
            [
                Step(0, .started, "wait 0, run up for 1"),
                Step(0, .probeEnded(exitCode: 1), "note 1, wait 2"),
                Step(2, .waited, "wait 0, run up for 1"),
                Step(2, .probeEnded(exitCode: 1), "note 1, wait 2"),
                Step(4, .waited, "wait 0, run up for 1"),
                Step(4, .probeEnded(exitCode: 1), "note 1, then restart"),
            ])
        #expect(failing.status == .starting)
    }

    @Test(arguments: HealthCheck.OnFailure.allCases)
    func anUnhealthyContainerMeetsWhatItsUserSaid(_ action: HealthCheck.OnFailure) {
        _ = run(
            check {
                $0.retries = 1
                $0.onFailure = action
            },
            [
                Step(0, .started, "wait 0, run ask for 3"),
                Step(
                    0, .probeEnded(exitCode: 7),
                    "note 7, unhealthy, " + (action == .none ? "wait 10" : "then \(action)")),
            ])
    }

    @Test func aCheckThatHangsIsKilledAndHasFailed() {
        let health = run(
            check { $0.retries = 1 },
            [
                Step(0, .started, "wait 0, run ask for 3"),
                Step(3, .probeIsLate, "kill it, note -1, unhealthy, wait 10"),
                // Its end comes when nobody waits for it any more.
                Step(3, .probeEnded(exitCode: 137), ""),
            ])
        #expect(!health.isProbing)
    }

    @Test func withoutAPauseOnlyWhoAsksStartsACheck() {
        _ = run(
            check { $0.probe.interval = 0 },
            [
                Step(0, .started, "wait 0"),
                Step(9, .asked, "wait 0, run ask for 3"),
                Step(9, .asked, ""),
                Step(10, .probeEnded(exitCode: 0), "note 0, healthy, wait 0"),
            ])
    }

    @Test func aPausedContainerIsNotChecked() {
        _ = run(
            check(),
            [
                Step(0, .started, "wait 0, run ask for 3"),
                Step(1, .paused, "kill it, wait 0"),
                Step(4, .probeIsLate, ""),
                Step(5, .waited, ""),
                Step(60, .resumed, "wait 0, run ask for 3"),
            ])
    }

    @Test func aContainerStartedAgainBeginsAnew() {
        let health = run(
            check { $0.retries = 1 },
            [
                Step(0, .started, "wait 0, run ask for 3"),
                Step(0, .probeEnded(exitCode: 1), "note 1, unhealthy, wait 10"),
                Step(5, .started, "wait 0, run ask for 3"),
            ])
        #expect(health.status == .starting)
        #expect(health.failingStreak == 0)
    }
}
