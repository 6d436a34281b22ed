import Base
import Kernel
import Specs

extension LaunchPlan {
    /// Appends the mounts, and returns those that must wait for the cgroup.
    mutating func mount(_ mounts: [RuntimeConfig.Mount], launch: Launch) throws(Problem)
        -> [MountPlan]
    {
        guard mounts.count <= Limits.mounts else {
            throw Problem(
                .badValue, "there are \(mounts.count) mounts and \(Limits.mounts) are allowed")
        }
        var late: [MountPlan] = []
        for (index, mount) in mounts.enumerated() {
            var plan = try MountPlan(mount, index: index, bundle: launch.bundle)
            plan.prepared = launch.preparedMounts[index]
            let isCgroup = mount.type == "cgroup" || mount.type == "cgroup2"
            if isCgroup
                || late.contains(where: { plan.destination.hasPrefix($0.destination + "/") })
            {
                late.append(plan)
            } else {
                then(
                    .mount(plan), "in the configuration's order: later ones may lie on earlier ones"
                )
            }
        }
        return late
    }

    /// Appends the device files every container has, and those of the configuration.
    mutating func makeDevices(
        _ launch: Launch, _ surroundings: Surroundings
    ) throws(Problem) {
        let linux = launch.config.linux ?? RuntimeConfig.Linux()
        let mounts = launch.config.mounts ?? []
        let dev = mounts.last { $0.destination == "/dev" || $0.destination == "/dev/" }
        // A /dev of the host's own is shown as it is.
        let isForeign =
            dev?.type == "bind" || dev?.options?.contains { $0 == "bind" || $0 == "rbind" } == true
        var devices: [DevicePlan] = []
        if !isForeign {
            devices = Self.standardDevices.map { name, minor, major in
                DevicePlan(
                    path: "/dev/\(name)", kind: .character, major: major, minor: minor,
                    mode: 0o666, uid: 0, gid: 0, isBound: !surroundings.isInitialUserNamespace)
            }
        }
        for (index, device) in (linux.devices ?? []).enumerated() {
            var plan = try DevicePlan(
                device, index: index, isBound: !surroundings.isInitialUserNamespace)
            plan.prepared = launch.preparedDevices[device.path]
            devices.removeAll { $0.path == plan.path }
            devices.append(plan)
        }
        for device in devices {
            then(
                .device(device),
                "after /dev is mounted; in a user namespace the host's device is bound")
        }
        if isForeign { return }
        for (name, target) in Self.standardLinks {
            then(
                .link(target: target, at: "/dev/\(name)"),
                "as programs expect /dev; see config-linux.md")
        }
    }

    /// See runtime-spec config-linux.md, "Default Devices".
    private static let standardDevices: [(String, minor: UInt32, major: UInt32)] = [
        ("null", 3, 1), ("zero", 5, 1), ("full", 7, 1), ("random", 8, 1), ("urandom", 9, 1),
        ("tty", 0, 5),
    ]

    /// See runtime-spec runtime-linux.md, "Dev symbolic links".
    private static let standardLinks = [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"), ("core", "/proc/kcore"), ("ptmx", "pts/ptmx"),
    ]
}

extension LaunchPlan.MountPlan {
    init(_ mount: RuntimeConfig.Mount, index: Int, bundle: String) throws(Problem) {
        let place = "mounts[\(index)]"
        guard !mount.destination.isEmpty, !mount.destination.utf8.contains(0) else {
            throw Problem(.badValue, "\(place).destination is empty")
        }
        let words = mount.options ?? []
        var fileSystemWords: [String] = []
        var attributes: Mounts.Attributes = []
        var bind: Bool? = mount.type == "bind" ? false : nil
        var change = Mounts.Change()
        var deep = Mounts.Change(recursive: true)
        var propagations: [Mounts.Change] = []
        self.init(.bind(recursive: false), name: mount.source ?? "", at: mount.destination)
        for word in words {
            switch MountOption.words[word] {
            case .set(let bits):
                attributes.insert(bits)
                change.clearing.remove(bits)
            case .clear(let bits):
                attributes.remove(bits)
                change.clearing.insert(bits)
            case .setAll(let bits): deep.setting.insert(bits)
            case .clearAll(let bits): deep.clearing.insert(bits)
            case .accessTime(let bits, recursive: false):
                attributes.subtract(.accessTime)
                attributes.insert(bits)
                change.clearing.formUnion(.accessTime)
            case .accessTime(let bits, recursive: true):
                deep.setting.insert(bits)
                deep.clearing.formUnion(.accessTime)
            case .propagate(let kind, let recursive):
                propagations.append(.init(propagation: kind, recursive: recursive))
            case .bind(let recursive): bind = recursive
            case .copyUp: copiesUp = true
            case .copyLink: followsNothing = true
            // The mount is made beforehand, see PreparedTrees.
            case .mapIDs: break
            case .fileSystem(let word): fileSystemWords.append(word)
            case .nothing: break
            case nil:
                let isMapping = word.hasPrefix("idmap=") || word.hasPrefix("ridmap=")
                if !isMapping { fileSystemWords.append(word) }
            }
        }
        self.attributes = attributes
        if let bind {
            guard let from = mount.source, !from.isEmpty else {
                throw Problem(.badValue, "\(place) binds and has no source")
            }
            name = from.hasPrefix("/") ? from : bundle + "/" + from
            source = .bind(recursive: bind)
            change.setting = attributes
            if change.setting != [] {
                changes.append(
                    .init(
                        setting: change.setting,
                        clearing: attributes.isDisjoint(with: .accessTime) ? [] : .accessTime))
            }
            let cleared = change.clearing.subtracting(change.setting).subtracting(.accessTime)
            if cleared != [] { changes.append(.init(clearing: cleared)) }
        } else {
            let type = mount.type ?? ""
            guard !type.isEmpty else {
                throw Problem(.badValue, "\(place) has neither a type nor \"bind\"")
            }
            let real = type == "cgroup" ? "cgroup2" : type
            source = .fileSystem(type: real, options: fileSystemWords)
            if name.isEmpty { name = real }
            substitute = Self.substitutes[real]
        }
        if deep.setting != [] || deep.clearing != [] { changes.append(deep) }
        changes += propagations
    }

    /// What a user namespace that does not own the namespace shown is given instead: the host's
    /// view.
    private static let substitutes = [
        "proc": "/proc", "sysfs": "/sys", "cgroup2": "/sys/fs/cgroup", "mqueue": "/dev/mqueue",
    ]
}

extension LaunchPlan.DevicePlan {
    init(_ device: RuntimeConfig.Linux.Device, index: Int, isBound: Bool) throws(Problem) {
        let kind: FileStatus.Kind
        switch device.type {
        case "c", "u": kind = .character
        case "b": kind = .block
        case "p": kind = .fifo
        default:
            throw Problem(
                .badValue, "linux.devices[\(index)].type \"\(device.type.printable)\" is unknown",
                next: "use c, u, b or p")
        }
        guard device.path.hasPrefix("/"), kind == .fifo || (device.major ?? -1) >= 0,
            let major = UInt32(exactly: max(0, device.major ?? 0)),
            let minor = UInt32(exactly: max(0, device.minor ?? 0))
        else {
            throw Problem(.badValue, "linux.devices[\(index)] has no usable path, major and minor")
        }
        self.init(
            path: device.path, kind: kind, major: major, minor: minor,
            mode: (device.fileMode ?? 0o666) & 0o777, uid: device.uid ?? 0, gid: device.gid ?? 0,
            isBound: isBound && kind != .fifo)
    }
}
