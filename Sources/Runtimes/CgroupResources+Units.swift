import Base
import Specs

/// Limits as properties of a systemd unit: what systemd does not know of a cgroup it makes, it sets
/// back to nothing when it reads its units anew. See systemd.resource-control(5).
extension CgroupResources {
    /// Returns the properties that say what the resources say.
    static func properties(_ resources: RuntimeConfig.Linux.Resources?) throws(Problem)
        -> [UnitProperty]
    {
        guard let resources else { return [] }
        var found: [UnitProperty] = []
        func put(_ name: String, _ number: UInt64?) {
            if let number { found.append(UnitProperty(name, .number(number))) }
        }
        func bytes(_ number: Int64?) -> UInt64? { number.map { $0 < 0 ? .max : UInt64($0) } }
        put("MemoryMax", bytes(resources.memory?.limit))
        put("MemoryLow", bytes(resources.memory?.reservation))
        if let swap = resources.memory?.swap {
            put(
                "MemorySwapMax",
                swap < 0 ? .max : UInt64(max(0, swap - (resources.memory?.limit ?? 0))))
        }
        if let limit = resources.pids?.limit { put("TasksMax", limit > 0 ? UInt64(limit) : .max) }
        if let shares = resources.cpu?.shares, shares != 0 {
            put("CPUWeight", weight(ofShares: shares))
        }
        if let quota = resources.cpu?.quota, quota > 0 {
            let period = resources.cpu?.period ?? 100_000
            guard period > 0 else {
                throw Problem(.badValue, "linux.resources.cpu.period is 0")
            }
            let (product, overflow) = UInt64(quota).multipliedReportingOverflow(by: 1_000_000)
            // systemd takes whole hundredths of a processor.
            put(
                "CPUQuotaPerSecUSec", overflow ? .max : (product / period + 9_999) / 10_000 * 10_000
            )
            put("CPUQuotaPeriodUSec", period)
        }
        if let weight = resources.blockIO?.weight, weight != 0 {
            put("IOWeight", 1 + (UInt64(max(weight, 10)) - 10) * 9999 / 990)
        }
        for (name, list, field) in [
            ("AllowedCPUs", resources.cpu?.cpus, "cpus"),
            ("AllowedMemoryNodes", resources.cpu?.mems, "mems"),
        ] {
            if let bits = try Processors.mask(list, field: "linux.resources.cpu.\(field)") {
                found.append(UnitProperty(name, .bits(bits)))
            }
        }
        for (file, value) in (resources.unified ?? [:]).sorted(by: { $0.key < $1.key }) {
            if let name = files[file] { put(name, value == "max" ? .max : UInt64(value)) }
        }
        return found
    }

    /// Files of cgroup v2 that hold one number, and the property of the same meaning; the others
    /// are written to the delegated cgroup alone.
    private static let files = [
        "cpu.weight": "CPUWeight", "memory.high": "MemoryHigh", "memory.low": "MemoryLow",
        "memory.max": "MemoryMax", "memory.min": "MemoryMin", "memory.swap.max": "MemorySwapMax",
        "pids.max": "TasksMax",
    ]
}
