import Base
import Specs
import Testing

@testable import Engine

@Suite struct HealthPlanTests {
    private func make(
        _ choices: HealthChoices?, image: ImageConfig.Healthcheck? = nil,
        notify: LifeChoices.Notify = .conmon, warnings: Warnings = Warnings()
    ) throws(Problem) -> HealthCheck? {
        var execution = ImageConfig.Execution()
        execution.healthcheck = image
        return try HealthPlan.make(
            HealthPlan.Source(
                choices: choices, image: execution, notify: notify, id: "abc", run: "/run/c")
        ) { warnings.texts.append($0) }
    }

    private final class Warnings {
        var texts: [String] = []
    }

    private func image(_ test: String...) -> ImageConfig.Healthcheck {
        var check = ImageConfig.Healthcheck()
        check.test = test
        check.interval = 5_000_000_000
        check.retries = 7
        return check
    }

    @Test func theImagesCheckIsTheContainersUnlessItHasItsOwn() throws {
        let ofImage = try #require(try make(nil, image: image("CMD-SHELL", "ask me")))
        #expect(ofImage.probe.command == ["/bin/sh", "-c", "ask me"])
        #expect(ofImage.probe.interval == 5_000_000_000)
        #expect(ofImage.probe.timeout == 30_000_000_000)
        #expect(ofImage.retries == 7)
        var choices = HealthChoices()
        choices.interval = 1_000_000_000
        #expect(
            try make(choices, image: image("CMD", "ask"))?.probe.interval == 1_000_000_000)
        choices.command = ["/ask", "now"]
        choices.retries = 1
        let own = try #require(try make(choices, image: image("CMD", "ask")))
        #expect(own.probe.command == ["/ask", "now"])
        #expect(own.retries == 1)
    }

    @Test func noCheckIsNoCheck() throws {
        var disabled = HealthChoices()
        disabled.disabled = true
        #expect(try make(disabled, image: image("CMD", "ask")) == nil)
        #expect(try make(nil, image: image("NONE")) == nil)
        #expect(try make(nil) == nil)
    }

    @Test func optionsInVainAreSaid() throws {
        var choices = HealthChoices()
        choices.retries = 2
        let warnings = Warnings()
        #expect(try make(choices, warnings: warnings) == nil)
        #expect(
            warnings.texts == [
                "neither --health-cmd nor the image has a health check, ignoring its options"
            ])
    }

    @Test func readinessByHealthNeedsAHealthCheck() {
        #expect {
            _ = try make(nil, notify: .healthy)
        } throws: { error in
            "\(error)".contains("--sdnotify=healthy needs a health check")
        }
    }

    @Test func resultsGoWhereTheUserWantsThem() throws {
        var choices = HealthChoices()
        choices.command = ["ask"]
        #expect(try make(choices)?.log.path == "/run/c/health.json")
        choices.logDestination = "/var/log/health"
        #expect(try make(choices)?.log.path == "/var/log/health/abc-healthcheck.log")
        choices.logDestination = "events_logger"
        #expect(try make(choices)?.log.tellsJournal == true)
        choices.logDestination = "nowhere"
        #expect {
            _ = try make(choices)
        } throws: { error in
            "\(error)".contains("\"nowhere\" is no place for --health-log-destination")
        }
    }
}
