package import Base
package import Specs

/// What stands behind `--cap-add` and `--cap-drop`. See capabilities(7).
package enum CapabilityOption {
    private static let names = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID",
        "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW",
        "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE",
        "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME",
        "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
        "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ]

    /// Returns the kernel's name, upper case with `CAP_`; or `ALL`.
    package static func parse(_ text: String, for field: String) throws(Problem) -> String {
        let upper = text.uppercased()
        if upper == "ALL" { return upper }
        let word = upper.rest(after: "CAP_") ?? upper
        guard names.contains(word) else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no capability for \(field)",
                next: names.nearest(to: word).map { "did you mean \"CAP_\($0)\"?" }
                    ?? "see capabilities(7) for their names")
        }
        return "CAP_" + word
    }
}

/// What stands behind `--security-opt`, and how it changes the choices.
package enum SecurityOption {
    private static let keys = [
        "apparmor", "label", "mask", "unmask", "no-new-privileges", "seccomp", "proc-opts",
        "systempaths",
    ]

    /// - Throws: `badValue` for unknown options.
    package static func apply(_ text: String, to choices: inout SecurityChoices) throws(Problem) {
        // Docker's older form has a colon in place of the equals sign.
        let border = text.firstIndex { $0 == "=" || $0 == ":" }
        let key = String(border.map { text[..<$0] } ?? text[...])
        let value = border.map { String(text[text.index(after: $0)...]) }
        let paths = (value ?? "").split(separator: ":").map(String.init)
        switch (key, value) {
        case ("no-new-privileges", nil): choices.noNewPrivileges = true
        case ("no-new-privileges", let value?):
            choices.noNewPrivileges = try Boolean.parse(
                value, for: "--security-opt no-new-privileges")
        case ("seccomp", let value?): choices.seccomp = value
        case ("apparmor", let value?): choices.apparmor = value
        case ("label", "disable"?), ("label", "nested"?): choices.labelsDisabled = true
        case ("label", let value?): choices.selinuxLabels.append(value)
        case ("mask", _?): choices.mask += try absolute(paths, text)
        case ("unmask", "ALL"?), ("unmask", "all"?), ("systempaths", "unconfined"?):
            choices.unmask.append("ALL")
        case ("unmask", _?): choices.unmask += try absolute(paths, text)
        case ("proc-opts", let value?): choices.procOptions = value
        default:
            let isKnown = keys.contains(key)
            throw Problem(
                .badValue, "--security-opt cannot be \"\(text.printable)\"",
                why: isKnown
                    ? "\"\(key)\" needs a value" : "there is no option \"\(key.printable)\"",
                next: isKnown
                    ? "write --security-opt \(key)=VALUE"
                    : keys.nearest(to: key).map { "did you mean \"\($0)\"?" }
                        ?? "use \(keys.joined(separator: ", "))")
        }
    }

    private static func absolute(_ paths: [String], _ text: String) throws(Problem) -> [String] {
        if let wrong = paths.first(where: { !$0.hasPrefix("/") }) {
            throw Problem(
                .badValue, "--security-opt cannot be \"\(text.printable)\"",
                why: "\"\(wrong.printable)\" is not absolute")
        }
        return paths
    }

    /// Returns the texts that `apply` makes these choices of.
    package static func texts(of choices: SecurityChoices) -> [String] {
        var texts: [String] = []
        if choices.noNewPrivileges { texts.append("no-new-privileges") }
        if let seccomp = choices.seccomp { texts.append("seccomp=" + seccomp) }
        if let apparmor = choices.apparmor { texts.append("apparmor=" + apparmor) }
        if choices.labelsDisabled { texts.append("label=disable") }
        texts += choices.selinuxLabels.map { "label=" + $0 }
        if !choices.mask.isEmpty { texts.append("mask=" + choices.mask.joined(separator: ":")) }
        let unmasked = choices.unmask.filter { $0 != "ALL" }
        if unmasked.count < choices.unmask.count { texts.append("unmask=ALL") }
        if !unmasked.isEmpty { texts.append("unmask=" + unmasked.joined(separator: ":")) }
        if let options = choices.procOptions { texts.append("proc-opts=" + options) }
        return texts
    }
}

/// What stands behind `--secret`: `NAME[,type=mount|env][,target=…][,uid=…][,gid=…][,mode=…]`.
package enum SecretOption {
    /// - Throws: `badValue` for unknown options.
    package static func parse(_ text: String, for field: String) throws(Problem) -> SecretChoice {
        var parts = CommaSeparated.parts(of: text)[...]
        func refuse(_ why: String) -> Problem {
            Problem(
                .badValue, "\"\(text.printable)\" is no secret for \(field)", why: why,
                next: "write NAME[,type=mount|env][,target=WHERE][,uid=UID][,gid=GID][,mode=0400]")
        }
        guard let name = parts.popFirst(), !name.isEmpty else { throw refuse("it has no name") }
        var secret = SecretChoice(name: name.rest(after: "source=") ?? name)
        var isVariable = false
        for part in parts {
            let (key, value) = Assignments.parted(part)
            guard let value else { throw refuse("\"\(part.printable)\" has no value") }
            switch key {
            case "type":
                guard value == "mount" || value == "env" else {
                    throw refuse("the type is neither mount nor env")
                }
                isVariable = value == "env"
            case "target": secret.target = value
            case "uid": secret.uid = try Whole<UInt32>.parse(value, for: "\(field) …,uid")
            case "gid": secret.gid = try Whole<UInt32>.parse(value, for: "\(field) …,gid")
            case "mode": secret.mode = try OctalOption.parse(value, for: "\(field) …,mode")
            default: throw refuse("there is no option \"\(key.printable)\"")
            }
        }
        if isVariable {
            secret.variable = secret.target ?? secret.name
            secret.target = nil
        }
        return secret
    }

    /// Returns the text that `parse` makes this secret of.
    package static func text(of secret: SecretChoice) -> String {
        var parts = [secret.name]
        if let variable = secret.variable { parts += ["type=env", "target=" + variable] }
        if let target = secret.target { parts.append("target=" + target) }
        if secret.uid != 0 { parts.append("uid=\(secret.uid)") }
        if secret.gid != 0 { parts.append("gid=\(secret.gid)") }
        if secret.mode != 0o444 { parts.append("mode=" + OctalOption.text(of: secret.mode)) }
        return parts.map(CommaSeparated.quote).joined(separator: ",")
    }
}
