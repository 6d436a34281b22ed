import Base
import Operations
import Testing

import Quadlet

/// What the engine would refuse is known before anything starts.
struct RehearsalTests {
    private func refusals(_ name: String, _ text: String) -> [String] {
        let bench = Bench(name, text)
        return bench.plan.services.flatMap {
            Rehearsal.of($0, from: bench.plan.library.units[$0.unit])
        }.map { finding in
            let place = finding.problem.place
            return
                "\(place?.line ?? 0):\(place?.column ?? 0) \(finding.rule) \(finding.problem.what)"
        }
    }

    @Test func anOptionThatIsNoneIsFoundAtItsPlace() {
        #expect(
            refusals(
                "a.container", "[Container]\nImage=localhost/i\nPodmanArgs=--tty --frobnicate x\n")
                == [
                    "3:18 refused-value \"run\" refuses this: unknown option \"--frobnicate\""
                ])
    }

    @Test func allRefusalsOfALineAreFound() {
        let found = refusals(
            "a.container",
            "[Container]\nImage=localhost/i\nPublishPort=abc\nPodmanArgs=--seccomp-policy=default\n"
                + "LogOpt=colour=yes\n")
        #expect(found.count == 3, "\(found)")
        for (line, rule) in [(3, "refused-value"), (4, "not-built"), (5, "refused-value")] {
            #expect(found.contains { $0.hasPrefix("\(line):") && $0.contains(rule) }, "\(found)")
        }
    }

    @Test func whatSystemdPutsInIsNotJudged() {
        #expect(
            refusals(
                "a@.container",
                "[Container]\nImage=localhost/i\nPublishPort=%i:80\nHealthCmd=true\n")
                == [])
    }

    @Test(
        arguments: [
            ("a.kube", "[Kube]\nYaml=a.yml\n", "kube play"),
            ("a.build", "[Build]\nImageTag=localhost/a\nSetWorkingDirectory=unit\n", "build"),
            ("a.artifact", "[Artifact]\nArtifact=quay.io/a/b:1\n", "artifact pull"),
        ])
    func aVerbThatIsNotThereIsNamed(_ name: String, _ text: String, _ verb: String) {
        let isThere = Verbs.all.contains { $0.spellings.contains(verb) }
        let told = refusals(name, text).contains { $0.contains("has no \"\(verb)\" yet") }
        #expect(told == !isThere)
    }

    @Test func theExamplesAreAccepted() {
        for files in MutationTests.examples {
            let bench = Bench(files)
            for service in bench.plan.services {
                #expect(Rehearsal.of(service, from: bench.plan.library.units[service.unit]) == [])
            }
        }
    }
}
