import Base
import Engine
import Kernel
import Specs

extension ContainerRow {
    /// What `ps --format json` shows.
    func document(now: Int64) -> JSON {
        let record = condition.record
        let spec = container.spec
        let hasEnded = condition.word == "exited"
        return .record([
            ("AutoRemove", .boolean(spec.life.remove)),
            ("Command", .texts(spec.command)),
            ("CreatedAt", .string(Human.ago(container.created, now: now))),
            ("Exited", .boolean(hasEnded)),
            ("ExitedAt", .seconds(record?.finishedAt ?? 0)),
            ("ExitCode", .integer(record?.exitCode ?? 0)),
            ("Id", .string(container.id)),
            ("Image", .string(imageName)),
            ("ImageID", .text(container.imageID)),
            ("IsInfra", .boolean(container.isInfra)),
            ("Labels", .map(spec.labels)),
            ("Mounts", .texts(spec.storage.mounts.map(\.destination))),
            ("Names", .texts([container.name])),
            ("Networks", .texts(networks)),
            ("Pid", .integer(condition.isRunning ? record?.process?.pid ?? 0 : 0)),
            ("Pod", .text(spec.pod)),
            ("PodName", .text(podName)),
            ("Ports", .array(ports.map(ContainerRow.port))),
            ("Restarts", .integer(record?.restarts ?? 0)),
            ("StartedAt", .seconds(record?.startedAt ?? 0)),
            ("State", .string(condition.word)),
            ("Status", .string(status(now: now))),
            ("Created", .seconds(container.created)),
            (
                "Size",
                size.map {
                    .record([
                        ("rootFsSize", .integer($0.whole)), ("rwSize", .integer($0.written)),
                    ])
                } ?? .null
            ),
        ])
    }

    /// What a template of `ps` sees.
    func fields(now: Int64, whole: Bool) -> JSON {
        let record = condition.record
        let spec = container.spec
        let created = Human.ago(container.created, now: now)
        // What an infra container runs is ours, and nobody asked for it.
        let command = container.isInfra ? "" : spec.command.joined(separator: " ")
        return .record([
            ("ID", .string(whole ? container.id : String(container.id.prefix(12)))),
            ("Names", .string(container.name)),
            ("Image", .string(imageName)),
            (
                "ImageID",
                .text(whole ? container.imageID : container.imageID.map { String($0.prefix(12)) })
            ),
            (
                "Command",
                .string(whole || command.count <= 20 ? command : command.prefix(17) + "...")
            ),
            ("Created", .string(created)),
            ("CreatedAt", .time(container.created)),
            ("CreatedHuman", .string(created)),
            ("RunningFor", .string(created)),
            ("Status", .string(status(now: now))),
            ("State", .string(condition.word)),
            ("Ports", .string(ports.map(\.description).joined(separator: ", "))),
            ("Labels", .map(spec.labels)),
            ("Mounts", .string(spec.storage.mounts.map(\.destination).joined(separator: ","))),
            ("Networks", .string(networks.joined(separator: ","))),
            ("Pid", .integer(condition.isRunning ? record?.process?.pid ?? 0 : 0)),
            ("Pod", .text(whole ? spec.pod : spec.pod.map { String($0.prefix(12)) })),
            ("PodName", .text(podName)),
            ("ExitCode", .integer(record?.exitCode ?? 0)),
            ("Exited", .boolean(condition.word == "exited")),
            ("ExitedAt", .seconds(record?.finishedAt ?? 0)),
            ("StartedAt", .seconds(record?.startedAt ?? 0)),
            ("Restarts", .integer(record?.restarts ?? 0)),
            ("AutoRemove", .boolean(spec.life.remove)),
            ("IsInfra", .boolean(container.isInfra)),
            ("Size", .text(size?.text)),
        ])
    }

    /// `Up 2 minutes`, `Exited (1) 5 seconds ago`, `Created`.
    func status(now: Int64) -> String {
        let record = condition.record
        switch condition {
        case .created: return "Created"
        case .ended:
            let code = record?.exitCode.map(String.init) ?? "unknown"
            return "Exited (\(code)) " + Human.ago(record?.finishedAt ?? now, now: now)
        case .monitored, .unsupervised:
            let health = record?.health.map { " (\($0.status.rawValue))" } ?? ""
            let paused = condition.word == "paused" ? " (paused)" : ""
            return "Up " + Human.span(now - (record?.startedAt ?? now)) + paused + health
        }
    }

    private var imageName: String {
        container.imageName ?? container.spec.rootDirectory?.path ?? container.spec.image
    }

    private var networks: [String] {
        guard case .named(let attachments)? = container.spec.network.mode else { return [] }
        return attachments.map(\.network)
    }

    private static func port(_ port: PortMapping) -> JSON {
        .record([
            ("host_ip", .text(port.hostAddress)),
            ("container_port", .integer(port.containerPort)),
            ("host_port", .integer(port.hostPort ?? 0)),
            ("range", .integer(port.count)),
            ("protocol", .string(port.transport.rawValue)),
        ])
    }
}
