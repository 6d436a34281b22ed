import Base
import CSeccomp
import Kernel
import Specs

/// Turns a profile into a filter program with libseccomp. The one file that calls that library.
enum FilterCompiler {
    /// Returns the program.
    ///
    /// - Throws: a Problem that names the rule, for an unknown architecture, action or argument
    ///   index.
    static func compile(_ profile: RuntimeConfig.Linux.Seccomp, isStrict: Bool = false)
        throws(Problem) -> [UInt8]
    {
        let defaultAction = try action(profile.defaultAction, profile.defaultErrnoRet)
        guard let context = unsafe seccomp_init(defaultAction) else {
            throw refusal("the default action is not possible", 0)
        }
        defer { unsafe seccomp_release(context) }
        // The calls of ours after the filter is loaded (execve) are the profile's business alone.
        unsafe seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0)
        // A call through an entry point the profile does not list gets ENOSYS or is killed: the
        // library's default for a foreign architecture is to kill.
        unsafe seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2)
        for name in profile.architectures ?? [] {
            try unsafe add(architecture: name, to: context)
        }
        let rules = try FilterRule.withoutMergedOrder(
            rules(of: profile, besides: defaultAction, isStrict: isStrict))
        guard rules.count <= Limits.filterRules else {
            throw refusal("it has more than \(Limits.filterRules) rules", 0)
        }
        for rule in rules { try unsafe add(rule, to: context) }
        return try unsafe export(context)
    }

    /// Returns the rules one system call at a time; those that say what the default says are left
    /// out, as the library refuses them.
    private static func rules(
        of profile: RuntimeConfig.Linux.Seccomp, besides defaultAction: UInt32, isStrict: Bool
    ) throws(Problem) -> [FilterRule] {
        var rules: [FilterRule] = []
        for (index, rule) in (profile.syscalls ?? []).enumerated() {
            let action = try action(rule.action, rule.errnoRet)
            if action == defaultAction { continue }
            try check(rule, index: index)
            let tests = rule.args ?? []
            // Several tests on one argument are alternatives of each other in profiles written for
            // docker and podman, but libseccomp takes only one test an argument in a rule.
            let isTwice = Set(tests.map(\.index)).count < tests.count
            for name in rule.names {
                let number = unsafe seccomp_syscall_resolve_name(name)
                if number == -1 {
                    // A call that neither kernel nor library know yet falls to the default action.
                    guard isStrict else { continue }
                    throw Problem(
                        .badValue, "linux.seccomp.syscalls[\(index)] names \"\(name.printable)\"",
                        why: "no system call of that name is known",
                        next: "leave it out, or the annotation run.oci.seccomp_fail_unknown_syscall"
                    )
                }
                let place = "syscalls[\(index)], \(name)"
                for tests in isTwice ? tests.map({ [$0] }) : [tests] {
                    rules.append(
                        FilterRule(number: number, action: action, tests: tests, name: place))
                }
            }
        }
        return rules
    }

    /// The version of libseccomp this program is built with.
    static var libraryVersion: String {
        guard let version = unsafe seccomp_version() else { return "unknown" }
        return unsafe "\(version.pointee.major).\(version.pointee.minor).\(version.pointee.micro)"
    }

    /// The architectures whose entry points a filter can cover.
    static let architectures = [
        "X86", "X86_64", "X32", "ARM", "AARCH64", "MIPS", "MIPS64", "MIPS64N32", "MIPSEL",
        "MIPSEL64", "MIPSEL64N32", "PPC", "PPC64", "PPC64LE", "S390", "S390X", "PARISC",
        "PARISC64", "RISCV64",
    ].map { "SCMP_ARCH_" + $0 }

    static var machine: UInt32 { seccomp_arch_native() }

    private static func add(architecture name: String, to context: scmp_filter_ctx) throws(Problem)
    {
        let word =
            name.hasPrefix("SCMP_ARCH_") ? name.dropFirst(10).lowercased() : name.lowercased()
        let token = unsafe seccomp_arch_resolve_name(word)
        guard token != 0 else {
            throw Problem(
                .badValue, "\"\(name.printable)\" in linux.seccomp.architectures is unknown")
        }
        let result = unsafe seccomp_arch_add(context, token)
        // -EEXIST: the machine's own is there from the beginning.
        guard result == 0 || result == -17 else { throw refusal("architecture \(name)", result) }
    }

    private static func add(_ rule: FilterRule, to context: scmp_filter_ctx) throws(Problem) {
        let tests = rule.tests.map { test in
            scmp_arg_cmp(
                arg: test.index, op: comparison(test.op), datum_a: test.value,
                datum_b: test.valueTwo ?? 0)
        }
        let result = unsafe tests.withUnsafeBufferPointer {
            unsafe seccomp_rule_add_array(
                context, rule.action, rule.number, UInt32($0.count), $0.baseAddress)
        }
        // -EEXIST says the very same rule twice; -EDOM is a call unknown to one architecture.
        guard result == 0 || result == -17 else { throw refusal(rule.name, result) }
    }

    private static func comparison(_ op: RuntimeConfig.Linux.Seccomp.Operator) -> scmp_compare {
        switch op {
        case .notEqual: SCMP_CMP_NE
        case .less: SCMP_CMP_LT
        case .lessOrEqual: SCMP_CMP_LE
        case .equal: SCMP_CMP_EQ
        case .greaterOrEqual: SCMP_CMP_GE
        case .greater: SCMP_CMP_GT
        case .maskedEqual: SCMP_CMP_MASKED_EQ
        }
    }

    private static func check(_ rule: RuntimeConfig.Linux.Seccomp.Rule, index: Int) throws(Problem)
    {
        guard let wrong = rule.args?.first(where: { $0.index > 5 }) else { return }
        throw Problem(
            .badValue, "linux.seccomp.syscalls[\(index)] tests argument \(wrong.index)",
            why: "system calls have arguments 0 to 5")
    }

    /// Returns the library's word for an action; EPERM is the error where none is named.
    private static func action(_ action: RuntimeConfig.Linux.Seccomp.Action, _ error: UInt32?)
        throws(Problem) -> UInt32
    {
        let number = error ?? 1
        guard number <= 4095 else {
            throw Problem(.badValue, "errnoRet \(number) in linux.seccomp is no error number")
        }
        return switch action {
        case .kill, .killThread: 0
        case .killProcess: 0x8000_0000
        case .trap: 0x0003_0000
        case .errno: 0x0005_0000 | number
        case .trace: 0x7ff0_0000 | number
        case .log: 0x7ffc_0000
        case .allow: 0x7fff_0000
        case .notify: 0x7fc0_0000
        }
    }

    private static func export(_ context: scmp_filter_ctx) throws(Problem) -> [UInt8] {
        try explaining("cannot compile the seccomp profile") { () throws(KernelFault) in
            let file = try MemoryFile.open(name: "filter")
            let result = unsafe seccomp_export_bpf(context, file.number)
            guard result == 0 else {
                throw KernelFault(call: "seccomp_export_bpf", subject: "", number: -result)
            }
            try file.seek(to: 0)
            return try file.readAll(limit: 1 << 19)
        }
    }

    private static func refusal(_ what: String, _ result: CInt) -> Problem {
        Problem(
            .badValue, "the seccomp profile cannot be compiled",
            why: "\(what): libseccomp answered with error \(-result)")
    }
}
