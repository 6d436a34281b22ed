import Base
import Specs

/// Words of the configuration that stand for numbers of the kernel's.
extension LaunchPlan {
    /// See personality(2).
    static func domain(_ personality: RuntimeConfig.Linux.Personality) throws(Problem) -> UInt {
        // The specification names no flag that it allows.
        if let flag = personality.flags?.first {
            throw Problem(
                .badValue, "\"\(flag.printable)\" in linux.personality.flags is unknown",
                why: "the specification has no flags")
        }
        return personality.domain == .linux ? 0 : 8
    }

    /// Returns the mode with its flags, and the nodes. See set_mempolicy(2).
    static func policy(_ policy: RuntimeConfig.Linux.MemoryPolicy) throws(Problem) -> (
        mode: Int32, nodes: [UInt8]
    ) {
        guard let index = modes.firstIndex(of: policy.mode) else {
            throw Problem(
                .badValue, "linux.memoryPolicy.mode \"\(policy.mode.printable)\" is unknown",
                next: modes.nearest(to: policy.mode).map { "did you mean \"\($0)\"?" })
        }
        var mode = Int32(index)
        for word in policy.flags ?? [] {
            guard let bit = flags[word] else {
                throw Problem(
                    .badValue, "\"\(word.printable)\" in linux.memoryPolicy.flags is unknown")
            }
            mode |= bit
        }
        let nodes = try Processors.mask(policy.nodes, field: "linux.memoryPolicy.nodes") ?? []
        return (mode, nodes)
    }

    /// In the order of their numbers in linux/mempolicy.h.
    static let modes = [
        "MPOL_DEFAULT", "MPOL_PREFERRED", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_LOCAL",
        "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE",
    ]
    static let flags: [String: Int32] = [
        "MPOL_F_STATIC_NODES": 1 << 15, "MPOL_F_RELATIVE_NODES": 1 << 14,
        "MPOL_F_NUMA_BALANCING": 1 << 13,
    ]
}
