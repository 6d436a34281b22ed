import Base
import Kernel
import Records
import Specs

/// Gathers what a start needs and makes the monitor's plan of it.
///
/// What it makes on disk (run-time files, writable layer, volumes) is pushed onto the undo list of
/// the transaction it serves.
struct Preparation {
    let house: House
    let ledger: Ledger
    var record: ContainerRecord
    let image: ImageConfig?
    /// The ids that exist in the standing namespace, and where to find it; nil as root.
    let ids: (uid: [IDRange], gid: [IDRange])
    let userNamespace: String?
    /// What has to be done to files of other ids before the start.
    var work = StoreWork()
    /// Whether `martlet-fuse` serves the root file system.
    var isServed = false
    /// Whether layers of another store have owners that do not exist here.
    var hasForeignLayers = false
    /// The directories of the image's layers, the uppermost first, once the work is done.
    var lower: [String] = []
    /// Parts of volumes, by the destination.
    var parts: [String: String] = [:]
    /// Its places on named networks, held by their connections until the monitor has them.
    var named: NamedNetworks?

    var runPath: String { house.runDirectory(of: record.id) }
    var dataPath: String { house.dataDirectory(of: record.id) }

    /// Makes the plan, and updates the record with the volumes it uses.
    mutating func plan() throws(Problem) -> MonitorPlan {
        let spec = record.spec
        try refuseWhatIsNotBuilt(spec)
        var situation = Situation(id: record.id)
        situation.image = image?.config
        situation.callerEnvironment = house.caller.environment
        situation.uidMap = ids.uid
        situation.gidMap = ids.gid
        situation.openFilesLimit = try explaining("cannot read the limit on open files") {
            () throws(KernelFault) in try ResourceLimits.openFiles()
        }
        let maps = try nestedMaps(spec, &situation)
        let below = spec.rootDirectory.map { [$0.path] } ?? layerDirectories
        let files = ImageFiles(of: dataPath, above: below)
        situation.accounts = Accounts(
            passwd: files.text("/etc/passwd"), group: files.text("/etc/group"))
        let accounts = try accountFiles(spec, &situation)
        let infra = try podInfra()
        situation.mounts =
            try userMounts(spec) + secretMounts(spec) + sharedMemory(spec)
        situation.podHostname = try house.podHostname(of: record, ledger: ledger)
        situation.secretVariables = try house.secretVariables(spec, ledger: ledger)
        try joinNamespaces(spec, &situation)
        let network = try networkHelper(spec)
        let extra = try accounts + timeZoneFile(spec)
        situation.files = try generatedFiles(spec, network, extra, infra)
        let passed = try preservedDescriptors(spec)
        var config = try RuntimeConfigPlan.make(spec, situation)
        config.process?.env? += passed.variables
        try describedDevices(spec, &config)
        if let limits = try blockLimits(spec) {
            var resources = config.linux?.resources ?? .init()
            resources.blockIO = limits
            config.linux?.resources = resources
        }
        if let maps {
            config.linux?.namespaces?.append(.init(.user))
            config.linux?.uidMappings = maps.uid
            config.linux?.gidMappings = maps.gid
        }
        if let path = try joinedUserNamespace(spec) {
            config.linux?.namespaces?.append(.init(.user, path: path))
            work.maps = (situation.uidMap, situation.gidMap)
        }
        if maps != nil { work.maps = (situation.uidMap, situation.gidMap) }
        let overlay = try overlay(spec)
        isServed = overlay?.driver == .fuse
        work.copiesForMaps = !isServed
        if work.maps != nil { work.own = try ownDirectories() }
        if let user = config.process?.user { advise(user, spec) }
        let outcome = try work.run(house, layers: record.layers, owner: config.process?.user)
        lower = outcome.lower
        completeImages(outcome.images, &config)
        var plan = try monitorPlan(spec, config, network)
        plan.preserved = passed.numbers
        plan.parts = parts
        try joinPod(infra, &plan)
        return plan
    }

    /// Says which binds the container's user will not be able to write to.
    private func advise(_ user: RuntimeConfig.User, _ spec: ContainerSpec) {
        if house.caller.uid == 0 { return }
        let advice = MountAdvice(user: user, nested: work.maps, standing: ids)
        for choice in spec.storage.mounts {
            if let text = advice.warning(for: choice, access: { try? Files.status($0) }) {
                house.warn(text)
            }
        }
    }

    /// Puts the directories of images into the mounts that stand for them.
    private func completeImages(_ found: [[String]], _ config: inout RuntimeConfig) {
        for (image, directories) in zip(work.images, found) {
            let index = config.mounts?.firstIndex { $0.destination == image.destination }
            guard let index, var mount = config.mounts?[index] else { continue }
            image.complete(&mount, with: directories)
            config.mounts?[index] = mount
        }
    }

    var layerDirectories: [String] { house.layerDirectories(record.layers) }

    /// An option that is accepted and then does nothing would be a lie.
    private func refuseWhatIsNotBuilt(_ spec: ContainerSpec) throws(Problem) {
        func refuse(_ what: String) -> Problem {
            Problem(
                .notBuilt, "cannot start container \"\(record.name)\"", why: "\(what) not built yet"
            )
        }
        if spec.rootDirectory?.idMapped == true { throw refuse("--rootfs with :idmap is") }
        if !spec.storage.deviceRules.isEmpty { throw refuse("--device-cgroup-rule is") }
    }

    // MARK: Mounts and files

    private mutating func userMounts(_ spec: ContainerSpec) throws(Problem) -> [RuntimeConfig.Mount]
    {
        var sources = MountSources(house: house, ledger: ledger, containerPath: dataPath)
        sources.hasOwnIDs = spec.spaces.hasOwnIDs
        var mounts: [RuntimeConfig.Mount] = []
        var taken: Set<String> = []
        for choice in try MountSources.expanded(spec.storage.mounts, in: house).reversed()
        where taken.insert(choice.destination).inserted {
            let mount = try sources.mount(choice, known: record.anonymousVolumes)
            mounts.insert(mount, at: 0)
            if choice.chown, let source = mount.source { work.gifts.append(source) }
        }
        for choice in try borrowedMounts(spec, &taken) {
            mounts.append(try sources.mount(choice, known: record.anonymousVolumes))
        }
        if spec.storage.imageVolumes != "ignore" {
            for destination in (image?.config?.volumes ?? [:]).keys.sorted()
            where taken.insert(destination).inserted {
                let kind: MountChoice.Kind = spec.storage.imageVolumes == "tmpfs" ? .tmpfs : .volume
                let choice = MountChoice(kind, source: "", destination: destination)
                mounts.append(try sources.mount(choice, known: record.anonymousVolumes))
            }
        }
        for device in spec.storage.devices where !device.isDescribed {
            mounts.append(try Self.mount(device))
        }
        work.fillings = try sources.fillings(of: spec, image: image)
        work.images = sources.images
        parts = sources.parts
        record.mountedImages = sources.images.isEmpty ? nil : sources.images.map(\.id)
        record.volumes = sources.named
        record.anonymousVolumes = sources.anonymous
        return mounts
    }

    private func generatedFiles(
        _ spec: ContainerSpec, _ network: NetworkHelp?, _ extra: [GeneratedFiles.File],
        _ infra: ContainerRecord?
    ) throws(Problem) -> [RuntimeConfig.Mount] {
        var surroundings = GeneratedFiles.Surroundings()
        surroundings.hostHosts =
            (try? Files.readText(
                spec.network.hostsFile.flatMap {
                    $0.hasPrefix("/") ? $0 : nil
                } ?? "/etc/hosts")) ?? ""
        surroundings.hostResolver = (try? Files.readText("/etc/resolv.conf")) ?? ""
        if case .stack(let network)? = network {
            surroundings.addresses = [network.ipv4] + (network.ipv6.map { [$0] } ?? [])
            surroundings.nameServers = surroundings.addresses.map(\.dns)
            surroundings.hostLoopback = network.hostLoopback
        }
        if let infra { try self.surroundings(&surroundings, in: infra) }
        if let named {
            surroundings.addresses = named.addresses
            surroundings.nameServers = named.nameServers
            surroundings.hasNames = named.hasNames
        }
        surroundings.hostAddress = InternetSockets.outward()
        let own = spec.spaces.uts == .own
        let hostname =
            try house.podHostname(of: record, ledger: ledger)
            ?? (own ? spec.spaces.hostname ?? String(record.id.prefix(12)) : nil)
        let files = try GeneratedFiles(
            spec, id: record.id, imageName: record.imageName, hostname: hostname, surroundings)
        let shared = infra == nil ? try sharedFiles(spec) : [:]
        return try explaining("cannot write the files of container \"\(record.name)\"") {
            () throws(KernelFault) in
            let directory = try Files.ensureDirectory(runPath + "/files", permissions: 0o700)
            var mounts: [RuntimeConfig.Mount] = []
            for file in files.files + extra {
                let name = file.destination.split(separator: "/").joined(separator: "-")
                if let path = shared[file.destination] {
                    mounts.append(Self.mount(path, at: file.destination))
                    continue
                }
                let written = try Files.open(
                    at: directory, name, [.write, .create, .truncate, .noFollow], permissions: 0o644
                )
                try written.writeAll(file.bytes)
                try written.setPermissions(0o644)
                mounts.append(Self.mount("\(runPath)/files/\(name)", at: file.destination))
            }
            return mounts
        }
    }

    private static func mount(_ path: String, at destination: String) -> RuntimeConfig.Mount {
        .init(
            destination: destination, type: "bind", source: path,
            options: ["bind", "rprivate", "nosuid", "nodev", "noexec"])
    }

    /// The files of the container whose network is shared: names and servers belong to the network.
    private func sharedFiles(_ spec: ContainerSpec) throws(Problem) -> [String: String] {
        guard case .container(let name)? = spec.network.mode else { return [:] }
        let directory = house.runDirectory(of: try ledger.identify(name)) + "/files"
        let all = [
            "/etc/hosts": "\(directory)/etc-hosts",
            "/etc/resolv.conf": "\(directory)/etc-resolv.conf",
        ]
        return all.filter { Files.exists($0.value) }
    }

    // MARK: Namespaces

    private func joinNamespaces(_ spec: ContainerSpec, _ situation: inout Situation) throws(Problem)
    {
        let spaces = spec.spaces
        let choices: [(RuntimeConfig.Linux.Namespace.Kind, String, NamespaceChoices.Choice)] = [
            (.pid, "pid", spaces.pid), (.ipc, "ipc", spaces.ipc), (.uts, "uts", spaces.uts),
            (.cgroup, "cgroup", spaces.cgroup),
        ]
        for (kind, file, choice) in choices {
            switch choice {
            case .path(let path): situation.joined[kind] = path
            case .container(let name):
                situation.joined[kind] =
                    "/proc/\(try house.payload(of: name, ledger: ledger))/ns/\(file)"
            case .own, .host, .none, .shareable: break
            }
        }
        switch spec.network.mode {
        case .path(let path): situation.joined[.network] = path
        case .container(let name):
            situation.joined[.network] =
                "/proc/\(try house.payload(of: name, ledger: ledger))/ns/net"
        default: break
        }
    }

    /// The maps of a namespace below the standing one, for a container that wants other ids.
    private func nestedMaps(_ spec: ContainerSpec, _ situation: inout Situation)
        throws(Problem) -> (uid: [RuntimeConfig.IDMapping], gid: [RuntimeConfig.IDMapping])?
    {
        var spaces = spec.spaces
        var own = record.ownIDs
        if case .container(let name) = spaces.user {
            let other = try ledger.find(name)
            (spaces, own) = (other.spec.spaces, other.ownIDs)
        }
        guard spaces.hasOwnIDs else { return nil }
        try house.checkSubordinateNames(spaces)
        let nested = try NestedMaps(
            spaces, caller: (house.caller.uid, house.caller.gid), standing: ids, own: own)
        situation.uidMap = nested.uid
        situation.gidMap = nested.gid
        situation.keptUser = nested.kept
        if spaces.user != spec.spaces.user { return nil }
        func mappings(_ map: [IDRange]) -> [RuntimeConfig.IDMapping] {
            map.map { .init(containerID: $0.inside, hostID: $0.outside, size: $0.count) }
        }
        return (mappings(nested.uid), mappings(nested.gid))
    }

    /// The writable layer's directories that the container's root has to have; none where it got
    /// them at an earlier start.
    private func ownDirectories() throws(Problem) -> [String] {
        let upper = dataPath + "/upper"
        if !isServed {
            try refuseUnreachable()
            return [upper, dataPath + "/work"]
        }
        let status = try explaining("cannot look at \"\(upper)\"") { () throws(KernelFault) in
            try Files.status(upper)
        }
        return status.uid == house.caller.uid ? [upper] : []
    }

    /// The kernel's overlay is mounted by the container's root, from which the layers are hidden by
    /// the user's own directories where she does not exist in its namespace.
    private func refuseUnreachable() throws(Problem) {
        let isKept = work.maps?.uid.contains { $0.outside == 0 && $0.count > 0 } ?? true
        if isKept || house.caller.uid == 0 { return }
        throw Problem(
            .missingOnMachine, "cannot start container \"\(record.name)\"",
            why:
                "your own id is not among its ids, so that only the FUSE overlay can serve its files",
            next:
                "leave --storage-driver overlay out, or see what FUSE lacks with \"martlet doctor\""
        )
    }

    /// Another container's user namespace, where it has one of its own.
    private func joinedUserNamespace(_ spec: ContainerSpec) throws(Problem) -> String? {
        guard case .container(let name) = spec.spaces.user,
            ![.standing, .host].contains(try ledger.find(name).spec.spaces.user)
        else { return nil }
        return "/proc/\(try house.payload(of: name, ledger: ledger))/ns/user"
    }

    /// What the network's helper is to do for the container.
    private enum NetworkHelp {
        case stack(NetworkPlan)
        case member(MemberPlan)
    }

    private mutating func networkHelper(_ spec: ContainerSpec) throws(Problem) -> NetworkHelp? {
        var ports = spec.network.ports
        if spec.network.publishAll {
            for exposed in (image?.config?.exposedPorts ?? [:]).keys.sorted() + spec.network.exposed
            {
                let parts = exposed.split(separator: "/")
                guard let number = parts.first.flatMap({ UInt16($0) }) else { continue }
                let transport = PortMapping.Transport(
                    rawValue: parts.dropFirst().first.map(String.init) ?? "tcp")
                ports.append(
                    PortMapping(hostPort: nil, containerPort: number, transport: transport ?? .tcp))
            }
        }
        try refuseStrayAddresses(spec.network)
        switch spec.network.mode {
        case nil: return .stack(NetworkPlan(ports: ports))
        case .stack(let options):
            return .stack(try NetworkPlan(options: options, ports: ports))
        case .named(let attachments):
            let places = try house.places(of: record, attachments, ports: ports, ledger: ledger)
            named = places
            return .member(places.member)
        case .some(.none), .host, .container, .path:
            guard ports.isEmpty else {
                throw Problem(
                    .badUsage, "container \"\(record.name)\" cannot publish ports",
                    why: "it has no network of its own for them to lead into",
                    next: "leave --publish out, or leave --network out")
            }
            return nil
        }
    }

    private func refuseStrayAddresses(_ choices: NetworkChoices) throws(Problem) {
        if case .named? = choices.mode { return }
        let stray: [(String, Bool)] = [
            ("--ip", choices.ip != nil), ("--ip6", choices.ip6 != nil),
            ("--mac-address", choices.macAddress != nil),
            ("--network-alias", !choices.aliases.isEmpty),
        ]
        guard let option = stray.first(where: \.1)?.0 else { return }
        throw Problem(
            .badUsage, "\(option) needs a network with a name",
            why: "in a network of the container's own nobody else would see it",
            next: "make one with \"martlet network create NAME\", and use --network NAME")
    }

    // MARK: The plan

    private func monitorPlan(
        _ spec: ContainerSpec, _ config: RuntimeConfig, _ network: NetworkHelp?
    )
        throws(Problem) -> MonitorPlan
    {
        let runtime = try house.helper("martlet-runtime")
        var plan = MonitorPlan(
            id: record.id, name: record.name, config: config, root: try root(spec),
            directories: .init(
                run: runPath, data: dataPath,
                helpers: String(runtime.dropLast("/martlet-runtime".count))))
        plan.userNamespace = userNamespace
        plan.log = try log(spec)
        plan.terminal = spec.process.terminal
        plan.stdinOpen = spec.process.standardInput
        // systemd as the first process wants to be asked its own way. See systemd(1), "Signals".
        let usual = spec.process.isSystemd(config.process?.args ?? []) ? "SIGRTMIN+3" : nil
        let signal = spec.life.stopSignal ?? image?.config?.stopSignal ?? usual
        plan.stop.signal =
            try signal.map { (words) throws(Problem) in try Signal(words) } ?? .terminate
        plan.stop.graceSeconds = Int(spec.life.stopSeconds)
        plan.restart = spec.life.restart
        plan.notify = house.caller.environment["NOTIFY_SOCKET"] == nil ? .ignore : spec.life.notify
        plan.healthCheck = try HealthPlan.make(
            HealthPlan.Source(
                choices: spec.health, image: image?.config, notify: spec.life.notify,
                id: record.id, run: runPath), warn: house.warn)
        plan.pidFile = spec.life.pidFile
        plan.monitorPidFile = spec.life.monitorPidFile
        plan.timeoutSeconds = spec.life.timeoutSeconds == 0 ? nil : Int(spec.life.timeoutSeconds)
        plan.initProcess = spec.process.initProcess
        plan.runtime = try house.foreignRuntime(spec.life.runtime ?? house.usualRuntime)
        try filter(spec, &plan)
        plan.filterCache = try filterCache()
        let program = try network.map { (_) throws(Problem) in try house.helper("martlet-net") }
        switch (network, program) {
        case (.stack(let network)?, let program?):
            plan.network = .init(program: program, plan: JSON(encoding: network))
        case (.member(let member)?, let program?):
            plan.network = .init(program: program, task: .member, plan: JSON(encoding: member))
            plan.network?.isBrief = member.ports.isEmpty
            plan.memberships = named?.memberships ?? []
            plan.reload = try house.reloadCommand(for: record.id)
        default: break
        }
        if record.ephemeral { plan.removedName = "\(house.runPath)/names/\(record.name)" }
        return plan
    }

    /// Where compiled filters are kept, made here so that its mode is ours to choose.
    private func filterCache() throws(Problem) -> String {
        let cache = try house.cache()
        try explaining("cannot make the directory of compiled filters") {
            () throws(KernelFault) in _ = try Files.makeDirectory(at: cache, "seccomp")
        }
        return house.cachePath + "/seccomp"
    }

    private func filter(_ spec: ContainerSpec, _ plan: inout MonitorPlan) throws(Problem) {
        if spec.security.privileged { return }
        switch spec.security.seccomp {
        case nil, "": plan.defaultFilter = true
        case "unconfined": break
        case .some(let path):
            // T-SECCOMP-5: what cannot be read as a profile never becomes no profile.
            let bytes = try explaining("cannot read the seccomp profile \"\(path)\"") {
                () throws(KernelFault) in try Files.read(path, limit: Limits.documentBytes)
            }
            let json = try JSON(parsing: bytes, name: path)
            plan.config.linux?.seccomp = try json.decode(
                RuntimeConfig.Linux.Seccomp.self, name: path)
        }
    }

    private func log(_ spec: ContainerSpec) throws(Problem) -> MonitorPlan.Log {
        let inUnit = house.caller.environment["INVOCATION_ID"] != nil && house.isUnitsMainProcess
        switch spec.log.driver ?? (inUnit ? .journald : .k8sFile) {
        case .none: return .none
        case .passthrough, .passthroughTTY: return .passthrough
        case .journald:
            return .journald(
                tag: spec.log.tag,
                fields: spec.log.labels.sorted { $0.key < $1.key }.map {
                    .init(name: $0.key, value: $0.value)
                })
        case .k8sFile:
            if let path = spec.log.path, let slash = path.lastIndex(of: "/") {
                try explaining("cannot make the directory of the log \"\(path)\"") {
                    () throws(KernelFault) in _ = try Files.ensureDirectory("\(path[..<slash])/")
                }
            }
            let path = spec.log.path ?? dataPath + "/ctr.log"
            return .k8sFile(
                path: path, maxBytes: spec.log.maxBytes, keep: (spec.log.maxFiles ?? 2) - 1)
        }
    }
}
