package import Specs

/// The system-call filter of containers that ask for no other.
///
/// It lists what is allowed. A call it knows to be dangerous gets EPERM; one it does not know gets
/// ENOSYS, so that programs fall back to older calls instead of giving up (T-SECCOMP-4). Calls that
/// take a capability are allowed where the container has it.
package enum DefaultSeccomp {
    /// Returns the profile for a container with these capabilities in its bounding set.
    package static func profile(capabilities: [String]) -> RuntimeConfig.Linux.Seccomp {
        let held = Set(capabilities.map { $0.uppercased() })
        var profile = RuntimeConfig.Linux.Seccomp(defaultAction: .errno, defaultErrnoRet: 38)
        profile.architectures = architectures
        var allowed = groups.flatMap { $0 }
        var denied = neverAllowed
        for (capability, calls) in byCapability {
            if held.contains(capability) { allowed += calls } else { denied += calls }
        }
        let free = Set(allowed)
        // Those with rules of their own below.
        let refused = Set(denied).subtracting(free).subtracting(["clone", "clone3", "unshare"])
            .sorted()
        profile.syscalls = [
            // First: the library would otherwise derive rules for it from those of the single
            // calls.
            .init(["socketcall"], .errno, errnoRet: 1), .init(Array(free).sorted(), .allow),
            .init(refused, .errno, errnoRet: 1),
        ]
        profile.syscalls? += sockets + personalities
        if !held.contains("CAP_SYS_ADMIN") { profile.syscalls? += withoutNamespaces }
        return profile
    }

    /// The ABIs that programs of this machine come in. Others are killed, x32 among them.
    private static var architectures: [String] {
        #if arch(x86_64)
            ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]
        #elseif arch(arm64)
            ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]
        #else
            []
        #endif
    }

    /// A test on the low half of an argument, which is all that the kernel reads of an int: a test
    /// on
    /// the whole would be passed by a number with something in its high half.
    private static func low(_ index: UInt32, is value: UInt64, mask: UInt64 = 0xFFFF_FFFF)
        -> RuntimeConfig.Linux.Seccomp.Argument
    {
        .init(index: index, value: mask, valueTwo: value, op: .maskedEqual)
    }

    /// Unix, IPv4, IPv6, netlink and packet sockets. Rare families are where the kernel's holes
    /// are,
    /// AF_ALG and AF_VSOCK among them (T-SECCOMP-3): they are not allowed.
    private static var sockets: [RuntimeConfig.Linux.Seccomp.Rule] {
        let families: [UInt64] = [1, 2, 10, 16, 17]
        return families.map { .init(["socket"], .allow, args: [low(0, is: $0)]) }
    }

    /// The execution domains of 32-bit programs and of those that want a fixed layout; and the
    /// query.
    private static var personalities: [RuntimeConfig.Linux.Seccomp.Rule] {
        [0x0, 0x8, 0x2_0000, 0x2_0008, 0x4_0000, 0xFFFF_FFFF].map {
            .init(["personality"], .allow, args: [low(0, is: $0)])
        }
    }

    /// clone and unshare without any flag that makes a namespace. clone3 hides its flags in memory,
    /// where no filter sees them, so it is left to ENOSYS, which the C library understands.
    private static var withoutNamespaces: [RuntimeConfig.Linux.Seccomp.Rule] {
        let flags: UInt64 = 0x7E02_0080
        return [
            // CSIGNAL shares the lowest byte with CLONE_NEWTIME, which clone itself does not know.
            .init(["clone"], .allow, args: [low(0, is: 0, mask: flags & ~0xFF)]),
            .init(["unshare"], .allow, args: [low(0, is: 0, mask: flags)]),
        ]
    }
}
