/// What is kept of a pod: what its containers share, and the container that holds that for them.
package struct PodRecord: Codable, Equatable, Sendable {
    /// 64 hexadecimal digits.
    package var id: String
    package var name: String
    /// Nanoseconds since 1970.
    package var created: Int64
    package var labels: [String: String] = [:]
    /// The container that owns the shared namespaces; nil with `--infra=false`.
    package var infraID: String?
    /// Namespaces that containers share unless they ask for others, in podman's words.
    package var shared: [Space] = []
    package var exitPolicy = ExitPolicy.goOn
    /// The policy of containers that have none of their own.
    package var restart = LifeChoices.Restart.never
    /// Whether its containers live in the pod's control group.
    package var sharesParent = true
    /// The slice that the pod's own lies in, as the user chose it: `NAME.slice`.
    package var parent: String?
    /// What holds for the pod as a whole.
    package var limits = ResourceChoices()
    /// The words after `pod create` that make it again.
    package var words: [String] = []

    package init(id: String, name: String, created: Int64) {
        self.id = id
        self.name = name
        self.created = created
    }

    /// A namespace that a pod can share (`--share`).
    package enum Space: String, Codable, Sendable, CaseIterable {
        case cgroup, ipc, net, pid, uts
    }

    /// What happens when the last of its containers has ended (`--exit-policy`).
    package enum ExitPolicy: String, Codable, Sendable, CaseIterable {
        case goOn = "continue"
        case stop
    }
}
