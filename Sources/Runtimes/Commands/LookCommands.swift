import Base
import Kernel
import Specs

/// ps, list, events, pause, resume and update.
enum LookCommands {
    static func processes(_ words: ArraySlice<String>, _ setting: RuntimeSetting) throws(Problem)
        -> Int32
    {
        let words = try RuntimeCommand.read("ps", words)
        let record = try RecordStore(setting.root).load(words.id())
        var pids = [record.pid]
        if let group = try group(record) {
            pids = try explaining("cannot list the container's processes") {
                () throws(KernelFault) in
                try group.allProcesses()
            }
        }
        if words["format"] == "json" {
            return RuntimeCommandLine.print(JSON(encoding: pids).text() + "\n")
        }
        return RuntimeCommandLine.print("PID\n" + pids.map { "\($0)\n" }.joined())
    }

    static func list(_ words: ArraySlice<String>, _ setting: RuntimeSetting) throws(Problem)
        -> Int32
    {
        let words = try RuntimeCommand.read("list", words)
        let store = try RecordStore(setting.root)
        var found: [(RuntimeRecord, RuntimeState.Status)] = []
        for name in try store.ids() {
            guard let id = try? ObjectName(name, of: "container"), let record = try? store.load(id),
                let place = try? store.place(of: id)
            else { continue }
            found.append((record, try record.status(in: place)))
        }
        if words.has("quiet") {
            return RuntimeCommandLine.print(found.map { $0.0.id + "\n" }.joined())
        }
        if words["format"] == "json" {
            let all = found.map { record, status in
                JSON.object([
                    .init("ociVersion", .string(record.config.ociVersion)),
                    .init("id", .string(record.id)),
                    .init("pid", .integer(status == .stopped ? 0 : record.pid)),
                    .init("status", .string(status.rawValue)),
                    .init("bundle", .string(record.bundle)),
                    .init("rootfs", .string(record.config.root?.path ?? "")),
                    .init("created", .string(record.created)),
                    .init("owner", .string("\(record.owner)")),
                ])
            }
            return RuntimeCommandLine.print(JSON.array(all).text(indent: 2) + "\n")
        }
        func pad(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.count))
        }
        var text = pad("NAME", 20) + pad("PID", 10) + pad("STATUS", 10) + "BUNDLE PATH\n"
        for (record, status) in found {
            let pid = status == .stopped ? 0 : record.pid
            text +=
                pad(record.id, 20) + pad("\(pid)", 10) + pad(status.rawValue, 10) + record.bundle
                + "\n"
        }
        return RuntimeCommandLine.print(text)
    }

    static func freeze(_ words: ArraySlice<String>, _ setting: RuntimeSetting, _ frozen: Bool)
        throws(Problem) -> Int32
    {
        let id = try RuntimeCommand.read(frozen ? "pause" : "resume", words).id()
        let store = try RecordStore(setting.root)
        let record = try store.load(id)
        let status = try record.status(in: try store.place(of: id))
        let wanted: [RuntimeState.Status] = frozen ? [.running, .created] : [.paused]
        guard wanted.contains(status) else {
            throw Problem(
                .wrongState, "container \"\(id)\" cannot be \(frozen ? "paused" : "resumed")",
                why: "it is \(status.rawValue)")
        }
        guard let group = try group(record) else {
            throw Problem(
                .missingOnMachine, "container \"\(id)\" cannot be \(frozen ? "paused" : "resumed")",
                why: "it has no cgroup of its own")
        }
        try explaining("cannot change the cgroup of container \"\(id)\"") {
            () throws(KernelFault) in
            try group.freeze(frozen)
        }
        return 0
    }

    static func update(_ words: ArraySlice<String>, _ setting: RuntimeSetting) throws(Problem)
        -> Int32
    {
        let words = try RuntimeCommand.read("update", words)
        let id = try words.id()
        let store = try RecordStore(setting.root)
        let record = try store.load(id)
        guard let group = try group(record) else {
            throw Problem(
                .missingOnMachine, "the limits of container \"\(id)\" cannot be changed",
                why: "it has no cgroup of its own")
        }
        let limits = try resources(words)
        // Before the service manager is asked, too: it would set the limit.
        try CgroupResources.checkUsage(limits.memory, group)
        if let unit = record.unit, let scopes = setting.scopes {
            let isInitial = try UserMaps.isInitialNamespace()
            let change = ScopeMaker.Change(
                unit: unit, properties: try CgroupResources.properties(limits),
                isUser: Caller.user != 0 || !isInitial)
            if !change.properties.isEmpty, let problem = scopes.change(change) { throw problem }
        } else {
            // A container that was made without limits has no controllers yet.
            CgroupResources.enableControllers(for: limits, above: group)
        }
        try CgroupResources.apply(limits, to: group)
        return 0
    }

    private static func resources(_ words: CommandWords) throws(Problem)
        -> RuntimeConfig.Linux.Resources
    {
        if let path = words["resources"] {
            let bytes = try explaining("cannot read \"\(path)\"") { () throws(KernelFault) in
                guard path == "-" else { return try Files.read(path, limit: 1 << 20) }
                return try Descriptor(owning: Descriptor.copy(of: 0)).readAll(limit: 1 << 20)
            }
            return try JSON(parsing: bytes, name: path)
                .read(RuntimeConfig.Linux.Resources.self, name: path)
        }
        for name in ["kernel-memory", "kernel-memory-tcp", "cpu-rt-period", "cpu-rt-runtime"]
        where words[name] != nil {
            throw Problem(
                .notBuilt, "--\(name) cannot be had",
                why: "it belongs to cgroup v1, and cgroup v2 has nothing in its place")
        }
        var resources = RuntimeConfig.Linux.Resources()
        var memory = RuntimeConfig.Linux.Resources.Memory()
        func bytes(_ name: String) throws(Problem) -> Int64? {
            guard let text = words[name] else { return nil }
            return text == "-1" ? -1 : try ByteSize.parse(text, for: "--\(name)")
        }
        memory.limit = try bytes("memory")
        memory.reservation = try bytes("memory-reservation")
        memory.swap = try bytes("memory-swap")
        var cpu = RuntimeConfig.Linux.Resources.CPU()
        cpu.period = try words.number("cpu-period", UInt64.self)
        cpu.quota = try words.number("cpu-quota", Int64.self)
        cpu.shares = try words.number("cpu-share", UInt64.self)
        if let shares = try words.number("cpu-shares", UInt64.self) { cpu.shares = shares }
        cpu.burst = try words.number("cpu-burst", UInt64.self)
        cpu.idle = try words.number("cpu-idle", Int64.self)
        cpu.cpus = words["cpuset-cpus"]
        cpu.mems = words["cpuset-mems"]
        resources.memory = memory
        resources.cpu = cpu
        if let limit = try words.number("pids-limit", Int64.self) {
            resources.pids = .init(limit: limit)
        }
        if let weight = try words.number("blkio-weight", UInt16.self) {
            var io = RuntimeConfig.Linux.Resources.BlockIO()
            io.weight = weight
            resources.blockIO = io
        }
        return resources
    }

    private static func group(_ record: RuntimeRecord) throws(Problem) -> ControlGroup? {
        record.cgroup.map { ControlGroup(path: $0) }
    }
}
