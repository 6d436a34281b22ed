import Base
import Kernel
import Specs

/// The rules for devices as a program of extended BPF. See runtime-spec config-linux.md, "Allowed
/// Device list", and the kernel's include/uapi/linux/bpf.h, struct bpf_cgroup_dev_ctx.
struct DeviceProgram: Equatable {
    /// 8 bytes an instruction.
    private(set) var instructions: [UInt8] = []

    /// Attaches the rules to a group, where this process has the privilege.
    ///
    /// Inside a user namespace nobody may attach such a program, and nobody can make a device file
    /// either: a container has those devices that were bound into it.
    static func apply(
        _ rules: [RuntimeConfig.Linux.Resources.DeviceRule]?, to group: ControlGroup
    ) throws(Problem) {
        guard let rules, !rules.isEmpty else { return }
        let program = try DeviceProgram(rules)
        let isInitial = try UserMaps.isInitialNamespace()
        guard Caller.user == 0, isInitial else { return }
        try explaining("cannot enforce linux.resources.devices") { () throws(KernelFault) in
            try group.filterDevices(by: program.instructions)
        }
    }

    /// Makes the program: the last rule that speaks of a device decides, and what every container
    /// needs is always allowed.
    init(_ rules: [RuntimeConfig.Linux.Resources.DeviceRule]) throws(Problem) {
        var spoken: [Rule] = []
        for (index, rule) in rules.enumerated() { spoken.append(try Rule(rule, index)) }
        if let last = spoken.last, last.allow, last.isOfAll {
            answer(true)
            return
        }
        // r2 is the kind, r3 what is asked for, r4 and r5 the numbers.
        put(0x61, to: 2, from: 1)
        put(0x57, to: 2, value: 0xffff)
        put(0x61, to: 3, from: 1)
        put(0x77, to: 3, value: 16)
        put(0x61, to: 4, from: 1, offset: 4)
        put(0x61, to: 5, from: 1, offset: 8)
        putDefaults()
        for rule in spoken.reversed() {
            put(rule)
            // The kernel refuses instructions that nothing can reach.
            if rule.isOfAll { return }
        }
        answer(false)
    }

    /// One rule with its words read.
    struct Rule: Equatable {
        var allow: Bool
        /// 1 for block devices, 2 for character devices; nil for both.
        var kind: Int32?
        var major: Int32?
        var minor: Int32?
        /// 1 to make, 2 to read, 4 to write.
        var access: Int32

        /// Whether it speaks of every device, so that none before it is asked.
        var isOfAll: Bool { kind == nil && access == 7 && major == nil && minor == nil }

        init(_ rule: RuntimeConfig.Linux.Resources.DeviceRule, _ index: Int) throws(Problem) {
            let place = "linux.resources.devices[\(index)]"
            switch rule.type ?? "a" {
            case "a", "": kind = nil
            case "b": kind = 1
            case "c": kind = 2
            default:
                throw Problem(
                    .badValue, "\(place).type \"\((rule.type ?? "").printable)\" is unknown",
                    next: "use a, b or c")
            }
            allow = rule.allow
            func number(_ value: Int64?, _ name: String) throws(Problem) -> Int32? {
                guard let value, value >= 0 else { return nil }
                guard let number = Int32(exactly: value) else {
                    throw Problem(.badValue, "\(place).\(name) is no number of a device")
                }
                return number
            }
            major = try number(rule.major, "major")
            minor = try number(rule.minor, "minor")
            access = 0
            for letter in rule.access ?? "rwm" {
                switch letter {
                case "m": access |= 1
                case "r": access |= 2
                case "w": access |= 4
                default:
                    throw Problem(
                        .badValue,
                        "\(place).access \"\((rule.access ?? "").printable)\" is unknown",
                        next: "use the letters r, w and m")
                }
            }
        }
    }

    /// Lets everybody make any device file, and use those of config-linux.md, "Default Devices".
    ///
    /// The kernel tries every way through a program before it takes it, at 2 µs a step: so minors are
    /// bits of one number, and not compared one by one.
    private mutating func putDefaults() {
        // Nothing but making is asked for (JLE); no character device (JNE); a terminal (JEQ).
        let makes = jump(0xb5, 3, 1)
        var others = [jump(0x55, 2, 2)]
        let isTerminal = jump(0x15, 4, 136)
        // No bit stands for the minor (JGT).
        others.append(jump(0x25, 5, 31))
        put(0xb7, to: 6, value: Self.bits([3, 5, 7, 8, 9]))
        let isMemory = jump(0x15, 4, 1)
        others.append(jump(0x55, 4, 5))
        put(0xb7, to: 6, value: Self.bits([0, 1, 2]))
        land([isMemory])
        // The bit of the minor: r6 >> r5 & 1.
        put(0x7f, to: 6, from: 5)
        put(0x57, to: 6, value: 1)
        others.append(jump(0x15, 6, 0))
        land([makes, isTerminal])
        answer(true)
        land(others)
    }

    private static func bits(_ minors: [Int32]) -> Int32 { minors.reduce(0) { $0 | 1 << $1 } }

    private mutating func put(_ rule: Rule) {
        // A rule without access speaks of nothing.
        if rule.access == 0 { return }
        var others: [Int] = []
        if let kind = rule.kind { others.append(jump(0x55, 2, kind)) }
        if rule.access != 7 {
            put(0xbf, to: 6, from: 3)
            put(0x57, to: 6, value: rule.access)
            // Allowed is what asks for nothing else; denied what asks for any of it.
            others.append(rule.allow ? jump(0x5d, 6, 0, from: 3) : jump(0x15, 6, 0))
        }
        if let major = rule.major { others.append(jump(0x55, 4, major)) }
        if let minor = rule.minor { others.append(jump(0x55, 5, minor)) }
        answer(rule.allow)
        land(others)
    }

    /// Puts a jump that `land` gives its distance, and returns its place.
    private mutating func jump(
        _ code: UInt8, _ register: UInt8, _ value: Int32, from other: UInt8 = 0
    ) -> Int {
        put(code, to: register, from: other, value: value)
        return instructions.count - 8
    }

    /// Lets jumps lead to what is put next.
    private mutating func land(_ jumps: [Int]) {
        for start in jumps {
            let distance = UInt16((instructions.count - start) / 8 - 1)
            instructions[start + 2] = UInt8(truncatingIfNeeded: distance)
            instructions[start + 3] = UInt8(truncatingIfNeeded: distance >> 8)
        }
    }

    private mutating func answer(_ allowed: Bool) {
        put(0xb7, to: 0, value: allowed ? 1 : 0)
        put(0x95)
    }

    private mutating func put(
        _ code: UInt8, to target: UInt8 = 0, from source: UInt8 = 0, offset: UInt8 = 0,
        value: Int32 = 0
    ) {
        instructions += [code, source << 4 | target, offset, 0]
        for shift in Int32(0)..<4 {
            instructions.append(UInt8(truncatingIfNeeded: value >> (shift * 8)))
        }
    }
}
