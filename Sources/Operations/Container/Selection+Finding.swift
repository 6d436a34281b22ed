package import Base
package import Engine
import Kernel
package import Records
package import Specs

extension Selection {
    /// Does `body` with each container selected; a failure does not stop the others.
    ///
    /// - Parameters:
    ///   - running: whether `--all` means those that run alone.
    ///   - mayGo: whether a container may go with another before its turn.
    package func batch(
        in house: House, running: Bool = false, mayGo: Bool = false,
        _ body: (ContainerRecord, Ledger) throws(Problem) -> String?
    ) throws(Problem) -> Batch {
        let ledger = try house.ledger()
        try house.sweep(ledger)
        var batch = Batch()
        let wanted = try wanted(in: house, ledger, running: running)
        let here = mayGo ? Set(wanted.filter { (try? ledger.find($0)) != nil }) : []
        for name in wanted {
            do throws(Problem) {
                let container = try ledger.find(name)
                if let line = try body(container, ledger) {
                    batch.done.append(line == container.id ? name : line)
                }
            } catch {
                let isGone = ignoresMissing || here.contains(name)
                if error.code == .noSuchContainer, isGone { continue }
                batch.problems.append(error)
            }
        }
        return batch
    }

    /// Returns the one container selected.
    package func one(in house: House, _ ledger: Ledger) throws(Problem) -> ContainerRecord {
        let names = try wanted(in: house, ledger, running: false)
        guard let name = names.first, names.count == 1 else {
            throw Problem(
                .badUsage,
                names.isEmpty ? "no container is named" : "more than one container is named",
                next: "name one container")
        }
        return try ledger.find(name)
    }

    /// The names as the user gave them, or ids where a rule selects.
    private func wanted(in house: House, _ ledger: Ledger, running: Bool) throws(Problem)
        -> [String]
    {
        var wanted = names
        for path in idFiles {
            do throws(KernelFault) {
                let text = try Files.readText(path, limit: 4096)
                wanted.append(text.split(separator: "\n").first.map(String.init) ?? "")
            } catch {
                if error.name == "ENOENT", ignoresMissing { continue }
                throw error.problem("cannot read the id in \"\(path)\"")
            }
        }
        guard all || latest || !filters.isEmpty else { return wanted }
        var rows: [ContainerRow] = []
        for row in try ContainerRows.all(in: house, ledger)
        where try row.matches(filters, find: ledger.find) { rows.append(row) }
        if latest { return wanted + rows.suffix(1).map(\.container.id) }
        return wanted + rows.filter { !running || $0.condition.isRunning }.map(\.container.id)
    }
}

/// The containers there are, each with what is known of its run.
package enum ContainerRows {
    /// Returns them all, the oldest first.
    package static func all(in house: House, _ ledger: Ledger) throws(Problem) -> [ContainerRow] {
        var rows: [ContainerRow] = []
        for container in try ledger.containers() {
            rows.append(
                ContainerRow(container: container, condition: try house.condition(of: container.id))
            )
        }
        guard rows.contains(where: { $0.container.spec.pod != nil }) else { return rows }
        let pods = Dictionary(
            try ledger.pods().map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        let infra = rows.filter(\.container.isInfra)
        for index in rows.indices {
            let spec = rows[index].container.spec
            rows[index].podName = spec.pod.flatMap { pods[$0] }
            rows[index].shared =
                infra.first { spec.network.mode == .container($0.container.id) }?
                .ports
        }
        return rows
    }
}

extension ContainerRows {
    /// Measures what containers take on the disk, in their order.
    static func sizes(of rows: [ContainerRow], in house: House, _ ledger: Ledger)
        throws(Problem) -> [ContainerRow.DiskSize]
    {
        let written = try house.treeSizes(
            rows.map { house.dataDirectory(of: $0.container.id) + "/upper" })
        let images = Dictionary(
            try ledger.images(withDocuments: false).map { ($0.id, $0.size) },
            uniquingKeysWith: { first, _ in first })
        return zip(rows, written).map { row, written in
            ContainerRow.DiskSize(
                written: written,
                whole: written + (row.container.imageID.flatMap { images[$0] } ?? 0))
        }
    }
}

/// One container as listings see it.
package struct ContainerRow {
    /// Bytes on the disk.
    struct DiskSize {
        /// What the container has written.
        let written: Int64
        /// That and its image.
        let whole: Int64

        /// `12kB (virtual 4.3MB)`
        var text: String { "\(Human.compact(written)) (virtual \(Human.compact(whole)))" }
    }

    package let container: ContainerRecord
    package let condition: ContainerCondition
    package var podName: String?
    /// What it takes on the disk, where that was asked for.
    var size: DiskSize?
    /// The published ports of the pod, where the container shares its network.
    var shared: [PortMapping]?

    package init(container: ContainerRecord, condition: ContainerCondition) {
        self.container = container
        self.condition = condition
    }

    /// The published ports: those that are open, else those that will be.
    var ports: [PortMapping] {
        if let shared { return shared }
        return condition.isRunning
            ? condition.record?.ports ?? container.spec.network.ports : container.spec.network.ports
    }

    /// Whether every filter holds: values of one key are alternatives, keys are not.
    ///
    /// - Throws: `badUsage` for a key there is not.
    ///
    /// - Parameter find: looks the container up that a filter compares with.
    package func matches(
        _ filters: [String], find: (String) throws(Problem) -> ContainerRecord
    ) throws(Problem) -> Bool {
        var byKey: [String: [String]] = [:]
        for filter in filters {
            let parts = filter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            byKey[String(parts[0]), default: []].append(parts.count > 1 ? String(parts[1]) : "")
        }
        for (key, values) in byKey {
            var holds = false
            for value in values where try matches(key, value, find) { holds = true }
            // Labels are conditions each, not alternatives.
            if key == "label" || key == "label!" {
                for value in values where try !matches(key, value, find) { holds = false }
            }
            if !holds { return false }
        }
        return true
    }

    private func matches(
        _ key: String, _ value: String, _ find: (String) throws(Problem) -> ContainerRecord
    ) throws(Problem) -> Bool {
        let spec = container.spec
        switch key {
        case "id": return container.id.hasPrefix(value)
        case "name": return try Filter.isNamed(container.name, value)
        case "status":
            return condition.word == value || (value == "stopped" && condition.word == "exited")
        case "exited": return condition.word == "exited" && condition.record?.exitCode == Int(value)
        case "ancestor":
            return container.imageID?.hasPrefix(value) ?? false || spec.image == value
                || container.imageName == value
        case "label!": return try !matches("label", value, find)
        case "label":
            let parts = value.split(separator: "=", maxSplits: 1).map(String.init)
            guard let name = parts.first, let found = spec.labels[name] else { return false }
            return parts.count == 1 || found == parts[1]
        case "volume":
            return container.volumes.contains(value)
                || spec.storage.mounts.contains { $0.destination == value }
        case "restart-policy":
            return RestartWords.text(spec.life.restart).hasPrefix(value)
        case "pod":
            return podName == value || (!value.isEmpty && spec.pod?.hasPrefix(value) ?? false)
        case "network":
            guard case .named(let attachments)? = spec.network.mode else { return false }
            return attachments.contains { $0.network == value }
        case "command": return spec.command.first?.contains(value) ?? false
        case "until":
            let border = try TimeOption.parse(value, for: "--filter until", now: Clock.wall())
            return container.created < border
        case "before", "since":
            let other = try find(value)
            return key == "before"
                ? container.created < other.created : container.created > other.created
        case "health": return condition.record?.health?.status.rawValue == value
        default:
            throw Problem(
                .badUsage, "containers cannot be filtered by \"\(key.printable)\"",
                next: "filter by \(Filter.containerKeys.joined(separator: ", "))"
            )
        }
    }
}

/// Restart policies as podman writes them.
package enum RestartWords {
    package static func text(_ restart: LifeChoices.Restart) -> String {
        switch restart {
        case .never: "no"
        case .onFailure(let limit): limit.map { "on-failure:\($0)" } ?? "on-failure"
        case .always: "always"
        case .unlessStopped: "unless-stopped"
        }
    }
}
