package import Specs

/// A pod with what its containers do right now.
package struct PodCondition: Sendable {
    package let pod: PodRecord
    /// The containers, the oldest first, each with what is known of its run.
    package let members: [(container: ContainerRecord, condition: ContainerCondition)]

    package init(
        pod: PodRecord,
        members: [(container: ContainerRecord, condition: ContainerCondition)]
    ) {
        self.pod = pod
        self.members = members
    }

    /// The word that `pod ps` and `pod inspect` show, by the rules of podman-pod-ps(1).
    package var word: String {
        var counts: [String: Int] = [:]
        for (_, condition) in members {
            let word =
                switch condition.word {
                case "exited", "stopping": "Stopped"
                case "running", "starting": "Running"
                case "paused": "Paused"
                default: "Created"
                }
            counts[word, default: 0] += 1
        }
        switch members.count {
        case 0: return "Created"
        case counts["Running"]: return "Running"
        case _ where counts["Running"] != nil: return "Degraded"
        case counts["Paused"]: return "Paused"
        case counts["Stopped"]: return "Exited"
        case _ where counts["Stopped"] != nil: return "Stopped"
        default: return "Created"
        }
    }

    /// The container that owns what the pod shares.
    package var infra: ContainerRecord? { members.first { $0.container.isInfra }?.container }

    /// Whether anything of the pod runs.
    package var isRunning: Bool { members.contains { $0.condition.isRunning } }
}
