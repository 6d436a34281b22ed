import Base
import Engine
import Specs

/// Everything about a container, as `inspect` shows it in podman's words.
struct ContainerDocument {
    let row: ContainerRow
    let image: ImageConfig?
    let house: House

    private var container: ContainerRecord { row.container }
    private var spec: ContainerSpec { row.container.spec }

    var json: JSON {
        let words = command
        let sizes: [(String, JSON)] =
            row.size.map {
                [("SizeRw", .integer($0.written)), ("SizeRootFs", .integer($0.whole))]
            } ?? []
        return .record(
            sizes + [
                ("Id", .string(container.id)),
                ("Created", .time(container.created)),
                ("Path", .text(words.first)),
                ("Args", .texts(Array(words.dropFirst()))),
                ("State", state),
                ("Image", .text(container.imageID)),
                ("ImageName", .text(container.imageName ?? spec.image)),
                ("Rootfs", .text(spec.rootDirectory?.path)),
                ("Pod", .text(spec.pod)),
                ("OCIRuntime", .text(spec.life.runtime ?? "martlet-runtime")),
                ("ConmonPidFile", .text(spec.life.monitorPidFile)),
                ("PidFile", .text(spec.life.pidFile)),
                ("Name", .string(container.name)),
                ("RestartCount", .integer(row.condition.record?.restarts ?? 0)),
                ("Driver", .string("overlay")),
                ("Mounts", .array(spec.storage.mounts.map(mount))),
                ("Dependencies", .texts(spec.requires)),
                ("NetworkSettings", network),
                ("IsInfra", .boolean(container.isInfra)),
                ("Config", config(words)),
                ("HostConfig", hostConfig),
            ])
    }

    /// Entry point and command, the container's own before the image's.
    private var command: [String] {
        let entry = spec.entrypoint ?? image?.config?.entrypoint ?? []
        let own = spec.command.isEmpty && spec.entrypoint == nil
        return entry + (own ? image?.config?.command ?? [] : spec.command)
    }

    private var state: JSON {
        let record = row.condition.record
        let word = row.condition.word
        let isRunning = row.condition.isRunning
        return .record([
            ("Status", .string(word)),
            ("Running", .boolean(isRunning)),
            ("Paused", .boolean(word == "paused")),
            ("Restarting", .boolean(false)),
            ("OOMKilled", .boolean(record?.oomKilled ?? false)),
            ("Dead", .boolean(false)),
            ("Pid", .integer(isRunning ? record?.process?.pid ?? 0 : 0)),
            ("ConmonPid", .integer(isRunning ? record?.monitor.pid ?? 0 : 0)),
            ("ExitCode", .integer(record?.exitCode ?? 0)),
            ("Error", .text(record?.problem?.what)),
            ("StartedAt", .time(record?.startedAt)),
            ("FinishedAt", .time(record?.finishedAt)),
            ("CgroupPath", .text(record?.cgroup)),
            ("Health", HealthDocument.state(record?.health)),
        ])
    }

    private func mount(_ mount: MountChoice) -> JSON {
        let isVolume = mount.kind == .volume
        return .record([
            ("Type", .string(mount.kind == .overlay ? "bind" : mount.kind.rawValue)),
            ("Name", .string(isVolume ? mount.source : "")),
            (
                "Source",
                .string(
                    isVolume && !mount.source.isEmpty
                        ? house.volumeDirectory(mount.source) : mount.source)
            ),
            ("Destination", .string(mount.destination)),
            ("Driver", .string(isVolume ? "local" : "")),
            ("Mode", .string("")),
            ("Options", .texts(mount.options)),
            ("RW", .boolean(!mount.readOnly)),
            (
                "Propagation",
                .text(mount.options.first { $0.hasSuffix("private") || $0.hasSuffix("slave") })
            ),
        ])
    }

    private var network: JSON {
        .record([
            ("Ports", portMap),
            ("SandboxKey", .text(networkNamespace)),
            ("Networks", networks),
        ])
    }

    /// Its places on named networks; while it does not run, what is to be its places.
    private var networks: JSON {
        let isRunning = row.condition.isRunning
        if isRunning, let states = row.condition.record?.networks {
            return .record(states.map { ($0.name, Self.place($0)) })
        }
        guard case .named(let attachments)? = spec.network.mode else { return .object([]) }
        return .record(
            attachments.map {
                ($0.network, .record([("NetworkID", .string($0.network))]))
            })
    }

    private static func place(_ state: NetworkState) -> JSON {
        let v4 = state.addresses.first { $0.address.isV4 }
        let v6 = state.addresses.first { !$0.address.isV4 }
        return .record([
            ("EndpointID", .string("")),
            ("Gateway", .text(v4?.gateway.description)),
            ("IPAddress", .text(v4?.address.description)),
            ("IPPrefixLen", .integer(v4?.network.length ?? 0)),
            ("IPv6Gateway", .text(v6?.gateway.description)),
            ("GlobalIPv6Address", .text(v6?.address.description)),
            ("GlobalIPv6PrefixLen", .integer(v6?.network.length ?? 0)),
            ("MacAddress", .string(state.mac)),
            ("NetworkID", .string(state.name)),
            ("DriverOpts", .null),
            ("IPAMConfig", .null),
            ("Links", .null),
            ("Aliases", .texts(state.aliases)),
        ])
    }

    private var networkNamespace: String? {
        guard row.condition.isRunning, let pid = row.condition.record?.process?.pid else {
            return nil
        }
        return "/proc/\(pid)/ns/net"
    }

    private var portMap: JSON {
        var members: [JSON.Member] = []
        for mapping in row.ports {
            for offset in 0..<mapping.count {
                let name = "\(mapping.containerPort + offset)/\(mapping.transport.rawValue)"
                let host = JSON.record([
                    ("HostIp", .text(mapping.hostAddress)),
                    ("HostPort", .string(mapping.hostPort.map { "\($0 + offset)" } ?? "")),
                ])
                if let index = members.firstIndex(where: { $0.name == name }) {
                    members[index].value = .array((members[index].value.elements ?? []) + [host])
                } else {
                    members.append(JSON.Member(name, .array([host])))
                }
            }
        }
        return .object(members)
    }

    private func config(_ words: [String]) -> JSON {
        let process = spec.process
        let variables = process.environment.compactMap { variable in
            variable.value.map { "\(variable.name)=\($0)" }
        }
        let members: [(String, JSON)] = [
            ("Hostname", .text(spec.spaces.hostname ?? String(container.id.prefix(12)))),
            ("Domainname", .string("")),
            ("User", .text(process.user ?? image?.config?.user)),
            ("AttachStdin", .boolean(false)),
            ("AttachStdout", .boolean(false)),
            ("AttachStderr", .boolean(false)),
            ("Tty", .boolean(process.terminal)),
            ("OpenStdin", .boolean(process.standardInput)),
            ("StdinOnce", .boolean(false)),
            ("Env", .texts((image?.config?.environment ?? []) + variables)),
            ("Cmd", .texts(spec.command.isEmpty ? image?.config?.command ?? [] : spec.command)),
            ("Image", .text(container.imageName ?? spec.image)),
            (
                "WorkingDir",
                .text(process.workingDirectory ?? image?.config?.workingDirectory ?? "/")
            ),
            ("Entrypoint", .texts(spec.entrypoint ?? image?.config?.entrypoint ?? [])),
            (
                "Labels",
                .map((image?.config?.labels ?? [:]).merging(spec.labels) { $1 })
            ),
            ("Annotations", .map(spec.annotations)),
            (
                "Secrets",
                .array(
                    spec.secrets.map {
                        .record([
                            ("Name", .string($0.name)), ("UID", .integer($0.uid)),
                            ("GID", .integer($0.gid)), ("Mode", .integer($0.mode)),
                        ])
                    })
            ),
            ("StopSignal", .text(spec.life.stopSignal ?? image?.config?.stopSignal ?? "SIGTERM")),
            ("StopTimeout", .integer(spec.life.stopSeconds)),
            ("Timeout", .integer(spec.life.timeoutSeconds)),
            ("SystemdMode", .boolean(process.systemd == "always")),
            ("Umask", .string(OctalOption.text(of: process.umask ?? 0o022))),
            (
                "CreateCommand",
                .texts(["martlet", "run"] + ContainerRun.card.arguments(for: request))
            ),
        ]
        let health: [(String, JSON)] = [
            ("Healthcheck", HealthDocument.check(spec.health, image?.config?.healthcheck)),
            ("HealthcheckOnFailureAction", .text(spec.health?.onFailure)),
        ]
        return .record(members + health)
    }

    /// The request that would make this container again.
    private var request: LaunchRequest {
        var request = LaunchRequest()
        request.spec = spec
        request.spec.name = container.name
        if let root = spec.rootDirectory {
            request.isRootDirectory = true
            request.spec.image = root.path + (root.overlay ? ":O" : root.idMapped ? ":idmap" : "")
            request.spec.rootDirectory = nil
        }
        return request
    }

    private var hostConfig: JSON {
        let (security, resources) = (spec.security, spec.resources)
        return .record(
            [
                ("Binds", .texts(spec.storage.mounts.compactMap(VolumeOption.text))),
                ("CgroupMode", .string(NamespaceOption.text(of: spec.spaces.cgroup))),
                (
                    "NetworkMode",
                    .text(NetworkOption.texts(of: spec.network.mode).first ?? "private")
                ),
                ("PortBindings", portMap),
                ("RestartPolicy", restart),
                ("AutoRemove", .boolean(spec.life.remove)),
                ("Annotations", .map(spec.annotations)),
                ("CapAdd", .texts(security.addCapabilities)),
                ("CapDrop", .texts(security.dropCapabilities)),
                ("Dns", .texts(spec.network.dns)),
                ("DnsOptions", .texts(spec.network.dnsOptions)),
                ("DnsSearch", .texts(spec.network.dnsSearch)),
                ("ExtraHosts", .texts(spec.network.hosts)),
                ("GroupAdd", .texts(spec.process.supplementaryGroups)),
                ("IpcMode", .string(NamespaceOption.text(of: spec.spaces.ipc))),
                ("PidMode", .string(NamespaceOption.text(of: spec.spaces.pid))),
                ("UTSMode", .string(NamespaceOption.text(of: spec.spaces.uts))),
                ("UsernsMode", .text(UserNamespaceOption.text(of: spec.spaces.user))),
                ("Privileged", .boolean(security.privileged)),
                ("ReadonlyRootfs", .boolean(security.readOnlyRoot)),
                ("SecurityOpt", .texts(SecurityOption.texts(of: security))),
                ("Init", .boolean(spec.process.initProcess)),
                ("Cgroups", .string(spec.life.cgroups.rawValue)),
                ("CgroupParent", .text(spec.life.cgroupParent)),
                ("ShmSize", .integer(spec.storage.sharedMemoryBytes ?? 64 << 20)),
                ("Runtime", .text(spec.life.runtime ?? "martlet-runtime")),
                ("LogConfig", .record([("Type", .text(spec.log.driver?.rawValue))])),
            ] + limits(resources))
    }

    private func limits(_ resources: ResourceChoices) -> [(String, JSON)] {
        [
            ("Memory", .integer(resources.memoryBytes ?? 0)),
            ("MemoryReservation", .integer(resources.memoryReservationBytes ?? 0)),
            ("MemorySwap", .integer(resources.memorySwapBytes ?? 0)),
            ("NanoCpus", .integer((resources.milliCPUs ?? 0) * 1_000_000)),
            ("CpuPeriod", .integer(resources.cpuPeriodMicroseconds ?? 0)),
            ("CpuQuota", .integer(resources.cpuQuotaMicroseconds ?? 0)),
            ("CpuShares", .integer(resources.cpuShares ?? 0)),
            ("CpusetCpus", .text(resources.cpusetCPUs)),
            ("PidsLimit", .integer(resources.pidsLimit ?? 0)),
            ("OomScoreAdj", .integer(resources.oomScoreAdjustment ?? 0)),
            (
                "Ulimits",
                .array(
                    resources.limits.map {
                        .record([
                            ("Name", .string("RLIMIT_" + $0.name.uppercased())),
                            ("Soft", .integer($0.soft)), ("Hard", .integer($0.hard)),
                        ])
                    })
            ),
        ]
    }

    private var restart: JSON {
        var count: UInt32 = 0
        if case .onFailure(let limit?) = spec.life.restart { count = limit }
        let word = RestartOption.text(of: spec.life.restart).split(separator: ":").first ?? "no"
        return .record([("Name", .string(String(word))), ("MaximumRetryCount", .integer(count))])
    }
}
