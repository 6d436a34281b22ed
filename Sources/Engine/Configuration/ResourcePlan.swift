package import Specs

/// The cgroup limits of a container. See runtime-spec config-linux.md, "Control groups".
package enum ResourcePlan {
    /// Returns the limits asked for, or nil where there are none.
    package static func resources(_ choices: ResourceChoices) -> RuntimeConfig.Linux.Resources? {
        var resources = RuntimeConfig.Linux.Resources()
        resources.memory = memory(choices)
        resources.cpu = cpu(choices)
        if let limit = choices.pidsLimit, limit > 0 { resources.pids = .init(limit: limit) }
        if let weight = choices.blockWeight {
            var block = RuntimeConfig.Linux.Resources.BlockIO()
            block.weight = weight
            resources.blockIO = block
        }
        if !choices.unified.isEmpty { resources.unified = choices.unified }
        return resources == RuntimeConfig.Linux.Resources() ? nil : resources
    }

    private static func memory(_ choices: ResourceChoices) -> RuntimeConfig.Linux.Resources.Memory?
    {
        var memory = RuntimeConfig.Linux.Resources.Memory()
        memory.limit = choices.memoryBytes
        memory.reservation = choices.memoryReservationBytes
        memory.swap = choices.memorySwapBytes
        return memory == .init() ? nil : memory
    }

    private static func cpu(_ choices: ResourceChoices) -> RuntimeConfig.Linux.Resources.CPU? {
        var cpu = RuntimeConfig.Linux.Resources.CPU()
        cpu.shares = choices.cpuShares
        cpu.period = choices.cpuPeriodMicroseconds
        cpu.quota = choices.cpuQuotaMicroseconds
        if let thousandths = choices.milliCPUs {
            cpu.period = 100_000
            cpu.quota = thousandths * 100
        }
        cpu.cpus = choices.cpusetCPUs
        cpu.mems = choices.cpusetMemory
        return cpu == .init() ? nil : cpu
    }
}
