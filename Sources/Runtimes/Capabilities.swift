package import Base
import Kernel
import Specs

/// Capabilities by the names of capabilities(7), in the order of their numbers.
package enum Capabilities {
    /// `CAP_CHOWN` is number 0.
    package static let names = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID",
        "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE",
        "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW",
        "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
        "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE",
        "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE",
        "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ",
        "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ]

    /// Returns the set of the capabilities named.
    ///
    /// - Throws: `badValue` for a name nobody knows, so that none is lost silently (T-CAPS-3).
    package static func set(_ chosen: [String]?, field: String) throws(Problem) -> UInt64 {
        var set: UInt64 = 0
        for name in chosen ?? [] {
            guard let number = names.firstIndex(of: name.uppercased()) else {
                throw Problem(
                    .badValue, "\"\(name.printable)\" in \(field) is no capability",
                    next: names.nearest(to: name).map { "did you mean \"\($0)\"?" })
            }
            set |= 1 << UInt64(number)
        }
        return set
    }

    /// Whether no kernel this was made for knows the name.
    static func isUnknown(_ name: String) -> Bool { !names.contains(name.uppercased()) }

    /// Returns the five sets of a process; all empty where the configuration has none.
    static func sets(_ chosen: RuntimeConfig.Capabilities?) throws(Problem) -> Privileges.Sets {
        let path = "process.capabilities"
        var sets = Privileges.Sets(
            bounding: try set(chosen?.bounding, field: "\(path).bounding"),
            effective: try set(chosen?.effective, field: "\(path).effective"),
            permitted: try set(chosen?.permitted, field: "\(path).permitted"),
            inheritable: try set(chosen?.inheritable, field: "\(path).inheritable"),
            ambient: try set(chosen?.ambient, field: "\(path).ambient"))
        // An ambient capability is one that is permitted and inheritable; see capabilities(7).
        sets.ambient &= sets.permitted & sets.inheritable
        return sets
    }
}

extension RuntimeConfig.Capabilities {
    /// Takes out the names that no kernel knows, and returns them.
    ///
    /// A runtime must warn of them and go on, see runtime-spec config.md, "Linux Process": without
    /// them the program has less than was asked for, never more. Martlet's own commands refuse them
    /// (T-CAPS-3).
    mutating func dropUnknown() -> [String] {
        var dropped: [String] = []
        func clear(_ set: inout [String]?) {
            for name in set ?? [] where Capabilities.isUnknown(name) {
                if !dropped.contains(name) { dropped.append(name) }
                set?.removeAll { $0 == name }
            }
        }
        clear(&bounding)
        clear(&effective)
        clear(&inheritable)
        clear(&permitted)
        clear(&ambient)
        return dropped
    }
}
