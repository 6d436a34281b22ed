import Base
import Engine
import Specs

/// One pod as listings and `inspect` see it.
struct PodRow {
    private let condition: PodCondition

    init(_ condition: PodCondition) { self.condition = condition }

    var pod: PodRecord { condition.pod }
    var word: String { condition.word }
    var count: Int { condition.members.count }

    /// The container that holds the pod together comes first, as podman shows it.
    private var members: [(container: ContainerRecord, condition: ContainerCondition)] {
        condition.members
    }

    private func short(_ id: String, _ whole: Bool) -> String {
        whole ? id : String(id.prefix(12))
    }

    /// What a template of `ps` sees.
    func fields(now: Int64, whole: Bool) -> JSON {
        .record([
            ("Id", .string(short(pod.id, whole))),
            ("ID", .string(short(pod.id, whole))),
            ("Name", .string(pod.name)),
            ("Status", .string(word)),
            ("Created", .string(Human.ago(pod.created, now: now))),
            ("InfraId", .text(pod.infraID.map { short($0, whole) })),
            ("InfraID", .text(pod.infraID.map { short($0, whole) })),
            ("NumberOfContainers", .integer(count)),
            ("ContainerIds", .string(joined { short($0.container.id, whole) })),
            ("ContainerNames", .string(joined { $0.container.name })),
            ("ContainerStatuses", .string(joined { $0.condition.word })),
            ("Labels", .map(pod.labels)),
            ("Networks", .string(networks.joined(separator: ","))),
            ("Restarts", .integer(restarts)),
        ])
    }

    private func joined(
        _ text: ((container: ContainerRecord, condition: ContainerCondition)) -> String
    ) -> String {
        members.map(text).joined(separator: ",")
    }

    private var restarts: Int {
        members.reduce(0) { $0 + ($1.condition.record?.restarts ?? 0) }
    }

    private var networks: [String] {
        guard case .named(let attachments)? = condition.infra?.spec.network.mode else { return [] }
        return attachments.map(\.network)
    }

    /// What `ps --format json` shows.
    var listed: JSON {
        .record([
            (
                "Containers",
                .array(
                    members.map { container, condition in
                        .record([
                            ("Id", .string(container.id)), ("Names", .string(container.name)),
                            ("Status", .string(condition.word)),
                            ("RestartCount", .integer(condition.record?.restarts ?? 0)),
                        ])
                    })
            ),
            ("Created", .time(pod.created)),
            ("Id", .string(pod.id)),
            ("InfraId", .text(pod.infraID)),
            ("Name", .string(pod.name)),
            ("Networks", .texts(networks)),
            ("Status", .string(word)),
            ("Labels", .map(pod.labels)),
        ])
    }

    /// What `inspect` shows, in podman's words.
    var document: JSON {
        .record([
            ("Id", .string(pod.id)),
            ("Name", .string(pod.name)),
            ("Created", .time(pod.created)),
            ("CreateCommand", .texts(["martlet", "pod", "create"] + pod.words)),
            ("ExitPolicy", .string(pod.exitPolicy.rawValue)),
            ("State", .string(word)),
            ("Hostname", .text(condition.infra?.spec.spaces.hostname)),
            ("Labels", .map(pod.labels)),
            ("CreateCgroup", .boolean(pod.sharesParent)),
            ("CreateInfra", .boolean(pod.infraID != nil)),
            ("InfraContainerID", .text(pod.infraID)),
            ("InfraConfig", infra),
            ("SharedNamespaces", .texts(pod.shared.map(\.rawValue))),
            ("NumContainers", .integer(count)),
            (
                "Containers",
                .array(
                    members.map { container, condition in
                        .record([
                            ("Id", .string(container.id)), ("Name", .string(container.name)),
                            ("State", .string(condition.word)),
                        ])
                    })
            ),
            ("RestartPolicy", .string(RestartOption.text(of: pod.restart))),
            ("cpu_quota", .integer((pod.limits.milliCPUs ?? 0) * 100)),
            ("cpu_shares", .integer(pod.limits.cpuShares ?? 0)),
            ("memory_limit", .integer(pod.limits.memoryBytes ?? 0)),
            ("memory_swap", .integer(pod.limits.memorySwapBytes ?? 0)),
        ])
    }

    private var infra: JSON {
        guard let spec = condition.infra?.spec else { return .null }
        let network = spec.network
        return .record([
            ("PortBindings", .texts(network.ports.map(\.argument))),
            ("HostNetwork", .boolean(network.mode == .host)),
            ("StaticIP", .text(network.ip)),
            ("StaticMAC", .text(network.macAddress)),
            ("NoManageResolvConf", .boolean(network.dns == ["none"])),
            ("DNSServer", .texts(network.dns)),
            ("DNSSearch", .texts(network.dnsSearch)),
            ("DNSOption", .texts(network.dnsOptions)),
            ("NoManageHosts", .boolean(network.noHosts)),
            ("HostAdd", .texts(network.hosts)),
            ("Networks", .texts(networks)),
            ("pid_ns", .string(NamespaceOption.text(of: spec.spaces.pid))),
            ("userns", .text(UserNamespaceOption.text(of: spec.spaces.user) ?? "host")),
            ("uts_ns", .string(NamespaceOption.text(of: spec.spaces.uts))),
        ])
    }

    static let filterKeys = [
        "ctr-ids", "ctr-names", "ctr-number", "ctr-status", "id", "label", "name", "network",
        "status",
    ]

    /// Whether every filter holds: values of one key are alternatives, labels are conditions each.
    func matches(_ filters: [String]) throws(Problem) -> Bool {
        var byKey: [String: Bool] = [:]
        for filter in filters {
            let (key, value) = Assignments.parted(filter)
            let holds = try matches(key, value ?? "")
            byKey[key] = key == "label" ? holds && byKey[key] ?? true : holds || byKey[key] ?? false
        }
        return byKey.values.allSatisfy { $0 }
    }

    private func matches(_ key: String, _ value: String) throws(Problem) -> Bool {
        switch key {
        case "id": return pod.id.hasPrefix(value)
        case "name": return try Filter.isNamed(pod.name, value)
        case "status": return word.lowercased() == value.lowercased()
        case "ctr-ids": return members.contains { $0.container.id.hasPrefix(value) }
        case "ctr-names": return members.contains { $0.container.name.contains(value) }
        case "ctr-number": return count == Int(value)
        case "ctr-status": return members.contains { $0.condition.word == value }
        case "network": return networks.contains(value)
        case "label":
            let (name, wanted) = Assignments.parted(value)
            return pod.labels[name].map { wanted == nil || $0 == wanted } ?? false
        default:
            throw Problem(
                .notBuilt, "pods cannot be filtered by \"\(key.printable)\" yet",
                next: "filter by \(PodRow.filterKeys.joined(separator: ", "))")
        }
    }
}
