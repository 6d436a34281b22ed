import Engine
import Specs
import Testing

private func condition(_ words: String...) -> PodCondition {
    var members: [(container: ContainerRecord, condition: ContainerCondition)] = []
    for (index, word) in words.enumerated() {
        let container = ContainerRecord(
            id: "\(index)", name: word, created: 0, ephemeral: false, spec: ContainerSpec())
        guard let status = MonitorRecord.Status(rawValue: word) else {
            members.append((container, .created))
            continue
        }
        var record = MonitorRecord(
            id: container.id, name: word, bootID: "", monitor: .init(pid: 1, startTicks: 1))
        record.status = status
        members.append((container, status == .exited ? .ended(record) : .monitored(record)))
    }
    return PodCondition(pod: PodRecord(id: "p", name: "shop", created: 0), members: members)
}

@Suite struct PodTests {
    /// The rules of podman-pod-ps(1).
    @Test func aPodHasTheWordOfItsContainers() {
        #expect(condition().word == "Created")
        #expect(condition("created", "created").word == "Created")
        #expect(condition("running", "running").word == "Running")
        #expect(condition("running", "starting").word == "Running")
        #expect(condition("running", "exited").word == "Degraded")
        #expect(condition("running", "created").word == "Degraded")
        #expect(condition("paused", "paused").word == "Paused")
        #expect(condition("exited", "exited").word == "Exited")
        #expect(condition("exited", "created").word == "Stopped")
    }

    @Test func aPodRunsWhileAnythingOfItDoes() {
        #expect(condition("running", "exited").isRunning)
        #expect(condition("paused", "exited").isRunning)
        #expect(!condition("exited", "created").isRunning)
    }
}
