package import Base
package import Specs

/// Which capabilities a container's first process has. See capabilities(7).
package enum CapabilitySets {
    /// podman's default: enough for ordinary servers, nothing that reaches beyond the container.
    package static let standard = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
        "CAP_NET_BIND_SERVICE", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID",
        "CAP_SYS_CHROOT",
    ]

    /// Every capability in the kernel's order.
    package static let all = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID",
        "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE",
        "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK",
        "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE",
        "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
        "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
        "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE",
    ]

    /// Returns a name as the kernel has it; nil where it has none such (T-CAPS-3).
    package static func name(_ words: String) -> String? {
        let upper = words.uppercased()
        if upper == "ALL" { return upper }
        let full = upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
        return all.contains(full) ? full : nil
    }

    /// Returns the five sets for a process of `uid`.
    ///
    /// Inheritable and ambient stay empty unless a user other than root was given capabilities by
    /// name; such a user has no others (T-CAPS-1, T-CAPS-2).
    package static func sets(_ choices: SecurityChoices, uid: UInt32)
        throws(Problem) -> RuntimeConfig.Capabilities
    {
        let add = try names(choices.addCapabilities, option: "--cap-add")
        let drop = try names(choices.dropCapabilities, option: "--cap-drop")
        var bounding = choices.privileged ? all : standard
        if drop.contains("ALL") { bounding = [] } else { bounding.removeAll { drop.contains($0) } }
        if add.contains("ALL") {
            bounding = all.filter { !drop.contains($0) }
        } else {
            for name in add where !bounding.contains(name) { bounding.append(name) }
        }
        var sets = RuntimeConfig.Capabilities()
        sets.bounding = bounding
        let held = uid == 0 || choices.privileged ? bounding : add.filter { bounding.contains($0) }
        sets.effective = held
        sets.permitted = held
        let passed = uid == 0 || choices.privileged ? [] : held
        sets.inheritable = passed
        sets.ambient = passed
        return sets
    }

    private static func names(_ words: [String], option: String) throws(Problem) -> [String] {
        var names: [String] = []
        for word in words {
            guard let name = name(word) else {
                let near = all.nearest(to: "CAP_" + word.uppercased())
                throw Problem(
                    .badValue, "\"\(word.printable)\" is no capability for \(option)",
                    next: near.map { "did you mean \"\($0)\"?" }
                        ?? "see capabilities(7) for the names")
            }
            names.append(name)
        }
        return names
    }
}
