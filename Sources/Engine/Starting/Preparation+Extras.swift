import Base
import Kernel
import Records
import Specs

/// What only some containers ask for: other containers' mounts, a time zone, accounts, descriptors
/// of the caller, rates of disks.
extension Preparation {
    /// The mounts of the containers that `--volumes-from` names; those of `taken` stay as they are.
    func borrowedMounts(_ spec: ContainerSpec, _ taken: inout Set<String>) throws(Problem)
        -> [MountChoice]
    {
        var choices: [MountChoice] = []
        for words in spec.storage.volumesFrom {
            let parts = words.split(separator: ":", maxSplits: 1).map(String.init)
            let options = parts.count == 2 ? parts[1].split(separator: ",").map(String.init) : []
            for option in options where !["ro", "rw", "z"].contains(option) {
                throw Problem(
                    .badValue, "\"\(option.printable)\" is no option for --volumes-from",
                    next: "write ro, rw or z")
            }
            for var choice in try lastingMounts(of: parts.first ?? "")
            where taken.insert(choice.destination).inserted {
                if options.contains("ro") { choice.readOnly = true }
                if options.contains("rw") { choice.readOnly = false }
                choice.chown = false
                choices.append(choice)
            }
        }
        return choices
    }

    /// Binds and volumes of another container, anonymous ones by their names.
    private func lastingMounts(of name: String) throws(Problem) -> [MountChoice] {
        let other = try ledger.find(name)
        var mounts = other.spec.storage.mounts.filter { $0.kind == .bind || $0.kind == .volume }
        if other.spec.storage.imageVolumes == "anonymous", let id = other.imageID {
            let volumes = try house.imageConfig(id, ledger: ledger).config?.volumes ?? [:]
            for destination in volumes.keys.sorted()
            where !mounts.contains(where: { $0.destination == destination }) {
                mounts.append(MountChoice(.volume, source: "", destination: destination))
            }
        }
        return mounts.compactMap { mount in
            guard mount.kind == .volume, mount.source.isEmpty else { return mount }
            var found = mount
            found.source =
                other.anonymousVolumes.first {
                    $0.hasSuffix(MountSources.mark(mount.destination))
                } ?? ""
            return found.source.isEmpty ? nil : found
        }
    }

    // MARK: Files

    /// A copy of the time zone's file, so that the container's clock shows the time of that place.
    func timeZoneFile(_ spec: ContainerSpec) throws(Problem) -> [GeneratedFiles.File] {
        guard let zone = spec.process.timeZone else { return [] }
        let path = zone == "local" ? "/etc/localtime" : "/usr/share/zoneinfo/\(zone)"
        let isName = zone.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains(0)
        }
        guard isName, let bytes = try? Files.read(path, limit: 1 << 20), bytes.starts(with: tzif)
        else {
            throw Problem(
                .noSuchObject, "there is no time zone \"\(zone.printable)\"",
                why: "the host has no such file below /usr/share/zoneinfo",
                next: "list them with \"timedatectl list-timezones\", or install tzdata")
        }
        return [GeneratedFiles.File(destination: "/etc/localtime", bytes: bytes)]
    }

    /// How files of tzfile(5) begin.
    private var tzif: [UInt8] { Array("TZif".utf8) }

    /// Adds the container's user to the accounts where the image does not know it, and returns the
    /// files that tell so inside.
    func accountFiles(_ spec: ContainerSpec, _ situation: inout Situation) throws(Problem)
        -> [GeneratedFiles.File]
    {
        let wanted = spec.process
        let words = wanted.user ?? image?.config?.user ?? ""
        // The usual case costs nothing: root, or a user by name, is in the image.
        guard
            situation.keptUser != nil || !wanted.hostUsers.isEmpty
                || words.utf8.first.map({ (49...57).contains($0) }) == true
        else { return [] }
        let caller = house.caller
        func host(_ path: String) -> String {
            (try? Files.readText(path, limit: Limits.accountFileBytes)) ?? ""
        }
        let accounts = Accounts(passwd: host("/etc/passwd"), group: host("/etc/group"))
        let lines = try AccountLines(
            spec, image: image?.config, accounts: situation.accounts, kept: situation.keptUser,
            host: .init(accounts: accounts, uid: caller.uid, gid: caller.gid))
        situation.accounts = lines.added(to: situation.accounts)
        var files: [GeneratedFiles.File] = []
        if !lines.passwd.isEmpty {
            files.append(.init(destination: "/etc/passwd", text: situation.accounts.passwd))
        }
        if !lines.group.isEmpty {
            files.append(.init(destination: "/etc/group", text: situation.accounts.group))
        }
        return files
    }

    // MARK: Descriptors

    /// Descriptors of the caller's that the payload gets under the same numbers: those asked for,
    /// and the sockets that systemd listens on for this unit. See sd_listen_fds(3).
    func preservedDescriptors(_ spec: ContainerSpec) throws(Problem) -> (
        numbers: [Int32], variables: [String]
    ) {
        let variables = house.caller.environment
        var listening: Int32 = 0
        var told: [String] = []
        if variables["LISTEN_PID"] == "\(Caller.pid())", !spec.process.initProcess,
            spec.spaces.pid == .own, let count = variables["LISTEN_FDS"].flatMap({ Int32($0) }),
            (1...1024).contains(count)
        {
            listening = count
            told = ["LISTEN_FDS=\(count)", "LISTEN_PID=1"]
            if let names = variables["LISTEN_FDNAMES"] { told.append("LISTEN_FDNAMES=\(names)") }
        }
        let wanted = 3..<3 + listening + Int32(spec.process.preserveDescriptors.count)
        // Files of our own close on exec; what was handed to this program does not.
        let numbers = Tasks.inheritedNumbers(wanted)
        if let missing = wanted.first(where: { !numbers.contains($0) }) {
            throw Problem(
                .badValue, "descriptor \(missing) cannot be passed to the container",
                why: "it is not open", next: "give --preserve-fds the number of open descriptors")
        }
        return (numbers, told)
    }

    // MARK: Disks

    /// Weights and rates of single disks, by their numbers.
    func blockLimits(_ spec: ContainerSpec) throws(Problem)
        -> RuntimeConfig.Linux.Resources.BlockIO?
    {
        if spec.resources.blockLimits.isEmpty { return nil }
        typealias Throttle = RuntimeConfig.Linux.Resources.ThrottleDevice
        var block = RuntimeConfig.Linux.Resources.BlockIO()
        block.weight = spec.resources.blockWeight
        for (name, texts) in spec.resources.blockLimits.sorted(by: { $0.key < $1.key }) {
            var rates: [Throttle] = []
            for text in texts { rates.append(try rate(text, name)) }
            switch name {
            case "device-read-bps": block.throttleReadBpsDevice = rates
            case "device-write-bps": block.throttleWriteBpsDevice = rates
            case "device-read-iops": block.throttleReadIOPSDevice = rates
            case "device-write-iops": block.throttleWriteIOPSDevice = rates
            default:
                block.weightDevice = rates.map {
                    .init(major: $0.major, minor: $0.minor, weight: UInt16(clamping: $0.rate))
                }
            }
        }
        return block
    }

    private func rate(_ text: String, _ option: String) throws(Problem)
        -> RuntimeConfig.Linux.Resources.ThrottleDevice
    {
        let parts = text.split(separator: ":").map(String.init)
        guard let status = try? Files.status(parts[0]), status.kind == .block else {
            throw Problem(
                .noSuchObject, "there is no disk \"\(parts[0].printable)\" for --\(option)",
                next: "list the disks with \"lsblk\"")
        }
        guard let rate = try? ByteSize.parse(parts[1], for: "--\(option)"), rate > 0 else {
            throw Problem(
                .badValue, "\"\(parts[1].printable)\" is no value for --\(option)",
                next: "write a number, such as 10m")
        }
        let device = FileStatus.numbers(of: status.represents)
        return .init(major: Int64(device.major), minor: Int64(device.minor), rate: UInt64(rate))
    }
}
