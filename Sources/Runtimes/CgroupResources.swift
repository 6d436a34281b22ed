package import Base
package import Kernel
package import Specs

/// Limits as files of the unified cgroup hierarchy. See the kernel's cgroup-v2.rst.
package enum CgroupResources {
    /// One value and the file it goes to.
    struct Setting: Equatable {
        let file: String
        let value: String
        /// Whether a kernel or delegation that lacks the file is no reason to refuse.
        var isOptional = false
    }

    /// Whether any limit of a group is among the resources; rules for devices are none.
    package static func limitsAnything(_ resources: RuntimeConfig.Linux.Resources?) -> Bool {
        guard let resources else { return false }
        // What cannot be understood is refused by `apply`, with its reason.
        return (try? settings(resources).contains { !$0.isOptional }) ?? true
    }

    /// Writes the limits of a group.
    ///
    /// - Throws: a Problem that names the controller where a limit was asked for and the controller
    ///   is not there, because nobody delegated it.
    package static func apply(
        _ resources: RuntimeConfig.Linux.Resources?, to group: ControlGroup
    ) throws(Problem) {
        guard let resources else { return }
        let wanted = try settings(resources)
        for setting in wanted {
            do {
                try group.write(setting.file, setting.value)
            } catch {
                // What nobody counts has no limit.
                let asksNothing = setting.value == "max" && error.isAbsence
                if setting.isOptional || asksNothing { continue }
                throw problem(setting, error, group)
            }
        }
    }

    /// Makes the controllers that the limits need available in the group, as far as this user may.
    package static func enableControllers(
        for resources: RuntimeConfig.Linux.Resources?, above group: ControlGroup
    ) {
        guard let resources, let settings = try? settings(resources) else { return }
        let wanted = Set(
            settings.compactMap { $0.file.split(separator: ".").first.map(String.init) }
        )
        .subtracting(["cgroup"])
        if wanted.isEmpty { return }
        var path = ""
        let parts: [Substring] = [""] + group.path.split(separator: "/").dropLast()
        for part in parts {
            if !part.isEmpty { path += "/" + part }
            let above = ControlGroup(path: path.isEmpty ? "/" : path)
            for name in controllers(of: above) where wanted.contains(name) {
                // Refused where it is not ours to divide; what is missing then is told by `apply`.
                try? above.write("cgroup.subtree_control", "+\(name)")
            }
        }
    }

    /// Refuses a new limit of memory that is used already, where the configuration asks for that:
    /// the container would be killed for it.
    static func checkUsage(
        _ memory: RuntimeConfig.Linux.Resources.Memory?, _ group: ControlGroup
    ) throws(Problem) {
        guard let memory, memory.checkBeforeUpdate == true, let limit = memory.limit, limit > 0,
            let text = try? group.read("memory.current"),
            let used = Int64(text.prefix { $0 != "\n" }), used > limit
        else { return }
        throw Problem(
            .refused, "cannot set memory.max to \(limit)",
            why: "\(used) bytes are in use, and linux.resources.memory.checkBeforeUpdate is set")
    }

    private static func problem(_ setting: Setting, _ fault: KernelFault, _ group: ControlGroup)
        -> Problem
    {
        let controller = setting.file.split(separator: ".").first.map(String.init) ?? setting.file
        if controller != "cgroup", !controllers(of: group).contains(controller) {
            // In crun's words, which programs above look for.
            if !controllers(of: ControlGroup(path: "/")).contains(controller) {
                return Problem(
                    .missingOnMachine, "cannot set \(setting.file) to \(setting.value)",
                    why: "the requested cgroup controller `\(controller)` is not available")
            }
            return Problem(
                .missingOnMachine, "cannot set \(setting.file) to \(setting.value)",
                why: "the cgroup controller \"\(controller)\" is not delegated to this user",
                next: "let systemd delegate it: Delegate=\(controller) in user@.service")
        }
        return fault.problem("cannot set \(setting.file) to \(setting.value)")
    }

    private static func controllers(of group: ControlGroup) -> [String] {
        let text = (try? group.read("cgroup.controllers")) ?? ""
        return text.split { $0 == " " || $0 == "\n" }.map(String.init)
    }

    /// Returns the files to write, in order.
    static func settings(_ resources: RuntimeConfig.Linux.Resources) throws(Problem) -> [Setting] {
        var settings: [Setting] = []
        func put(_ file: String, _ value: String?, isOptional: Bool = false) {
            if let value {
                settings.append(Setting(file: file, value: value, isOptional: isOptional))
            }
        }
        if resources.network?.classID != nil || resources.network?.priorities?.isEmpty == false {
            throw old("network")
        }
        if let memory = resources.memory { try settings += self.memory(memory) }
        if let cpu = resources.cpu { try settings += self.cpu(cpu) }
        if let limit = resources.pids?.limit { put("pids.max", limit > 0 ? "\(limit)" : "max") }
        if let io = resources.blockIO { try settings += blockIO(io) }
        for huge in resources.hugepageLimits ?? [] {
            guard huge.pageSize.utf8.allSatisfy(\.isLetterOrDigit) else {
                throw Problem(.badValue, "hugepage size \"\(huge.pageSize.printable)\" is unknown")
            }
            put("hugetlb.\(huge.pageSize).max", "\(huge.limit)")
        }
        for (device, limit) in (resources.rdma ?? [:]).sorted(by: { $0.key < $1.key }) {
            let parts = [
                limit.hcaHandles.map { "hca_handle=\($0)" },
                limit.hcaObjects.map { "hca_object=\($0)" },
            ].compactMap { $0 }
            put("rdma.max", ([device] + parts).joined(separator: " "))
        }
        for (file, value) in (resources.unified ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard file.contains("."), !file.contains("/"), !file.hasPrefix("cgroup.") else {
                // In crun's words, which programs above look for.
                throw Problem(
                    .badValue, "linux.resources.unified names no resource",
                    why: "the specified key has not the form CONTROLLER.VALUE `\(file.printable)`",
                    next: "name a file of a controller, such as memory.high")
            }
            put(file, value)
        }
        return settings
    }

    private static func memory(_ memory: RuntimeConfig.Linux.Resources.Memory) throws(Problem)
        -> [Setting]
    {
        let old: [(String, Bool)] = [
            ("kernel", memory.kernel ?? 0 > 0), ("kernelTCP", memory.kernelTCP ?? 0 > 0),
            ("swappiness", memory.swappiness != nil),
            ("disableOOMKiller", memory.disableOOMKiller == true),
        ]
        if let (name, _) = old.first(where: \.1) {
            throw self.old("memory.\(name)")
        }
        var settings: [Setting] = []
        func word(_ bytes: Int64) -> String { bytes < 0 ? "max" : "\(bytes)" }
        if let swap = memory.swap {
            let limit = memory.limit ?? 0
            // Neither says how much of it is memory: all there is, or none.
            guard swap <= 0 || limit > 0, swap <= 0 || swap >= limit else {
                throw Problem(
                    .badValue, "linux.resources.memory.swap is below the memory limit",
                    why: "it counts memory and swap together")
            }
            settings.append(
                Setting(
                    file: "memory.swap.max", value: swap < 0 ? "max" : "\(max(0, swap - limit))"))
        }
        if let limit = memory.limit {
            settings.append(Setting(file: "memory.max", value: word(limit)))
        }
        if let low = memory.reservation {
            settings.append(Setting(file: "memory.low", value: word(low)))
        }
        return settings
    }

    private static func old(_ field: String) -> Problem {
        Problem(
            .notBuilt, "linux.resources.\(field) cannot be had",
            why: "it belongs to cgroup v1, and cgroup v2 has nothing in its place")
    }

    private static func cpu(_ cpu: RuntimeConfig.Linux.Resources.CPU) throws(Problem) -> [Setting] {
        var settings: [Setting] = []
        func put(_ file: String, _ value: String) {
            settings.append(Setting(file: file, value: value))
        }
        if cpu.realtimeRuntime ?? 0 != 0 || cpu.realtimePeriod ?? 0 != 0 {
            throw old("cpu.realtime*")
        }
        if let idle = cpu.idle { put("cpu.idle", "\(idle)") }
        if let shares = cpu.shares, shares != 0 { put("cpu.weight", "\(weight(ofShares: shares))") }
        if cpu.quota != nil || cpu.period != nil {
            let quota = cpu.quota ?? -1
            put("cpu.max", "\(quota > 0 ? "\(quota)" : "max") \(cpu.period ?? 100_000)")
        }
        if let burst = cpu.burst { put("cpu.max.burst", "\(burst)") }
        if let cpus = cpu.cpus, !cpus.isEmpty { put("cpuset.cpus", cpus) }
        if let mems = cpu.mems, !mems.isEmpty { put("cpuset.mems", mems) }
        return settings
    }

    /// Maps 2…262144 to 1…10000 so that the normal 1024 becomes the normal 100, as crun and runc do
    /// since a straight line, on which it was 39, proved to be a mistake.
    static func weight(ofShares shares: UInt64) -> UInt64 {
        if shares <= 2 { return 1 }
        if shares >= 262_144 { return 10_000 }
        let power = Double(shares).binaryLogarithm
        let exponent = (power * power + 125 * power) / 612 - 7.0 / 34
        return UInt64(exponent.powerOfTen.rounded(.up))
    }

    private static func blockIO(_ io: RuntimeConfig.Linux.Resources.BlockIO) throws(Problem)
        -> [Setting]
    {
        let leaves = [io.leafWeight] + (io.weightDevice ?? []).map(\.leafWeight)
        guard leaves.allSatisfy({ $0 ?? 0 == 0 }) else { throw old("blockIO.leafWeight") }
        var settings: [Setting] = []
        if let weight = io.weight, weight != 0 {
            // BFQ takes the value as it is; the kernel's own I/O cost model has a wider scale.
            settings.append(Setting(file: "io.bfq.weight", value: "\(weight)", isOptional: true))
            let wide = 1 + (UInt64(max(weight, 10)) - 10) * 9999 / 990
            settings.append(Setting(file: "io.weight", value: "default \(wide)", isOptional: true))
        }
        for device in io.weightDevice ?? [] {
            if let weight = device.weight {
                settings.append(
                    Setting(
                        file: "io.bfq.weight", value: "\(device.major):\(device.minor) \(weight)"))
            }
        }
        let kinds: [(String, [RuntimeConfig.Linux.Resources.ThrottleDevice]?)] = [
            ("rbps", io.throttleReadBpsDevice), ("wbps", io.throttleWriteBpsDevice),
            ("riops", io.throttleReadIOPSDevice), ("wiops", io.throttleWriteIOPSDevice),
        ]
        for (word, devices) in kinds {
            for device in devices ?? [] {
                let rate = device.rate == 0 ? "max" : "\(device.rate)"
                settings.append(
                    Setting(
                        file: "io.max", value: "\(device.major):\(device.minor) \(word)=\(rate)"))
            }
        }
        return settings
    }
}
