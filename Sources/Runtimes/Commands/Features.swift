import Base
import Specs

/// features: what this runtime can do. See runtime-spec features.md.
enum Features {
    static var text: String {
        func strings(_ words: some Sequence<String>) -> JSON { .array(words.map { .string($0) }) }
        let linux = JSON.object([
            .init(
                "namespaces", strings(RuntimeConfig.Linux.Namespace.Kind.allCases.map(\.rawValue))),
            .init("capabilities", strings(Capabilities.names)),
            .init(
                "cgroup",
                .object([
                    .init("v1", .boolean(false)), .init("v2", .boolean(true)),
                    .init("systemd", .boolean(true)), .init("systemdUser", .boolean(true)),
                    .init("rdma", .boolean(true)),
                ])),
            .init(
                "seccomp",
                .object([
                    .init("enabled", .boolean(true)),
                    .init(
                        "actions",
                        strings(
                            [
                                "KILL", "KILL_PROCESS", "KILL_THREAD", "TRAP", "ERRNO", "TRACE",
                                "ALLOW",
                                "LOG", "NOTIFY",
                            ].map { "SCMP_ACT_" + $0 })),
                    .init(
                        "archs",
                        strings(FilterCompiler.architectures)),
                    .init(
                        "supportedFlags", strings(FilterProgram.flagNames.keys.sorted())),
                    .init(
                        "knownFlags", strings(FilterProgram.flagNames.keys.sorted())),
                    .init(
                        "operators",
                        strings(
                            ["NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"].map {
                                "SCMP_CMP_" + $0
                            })),
                ])),
            .init("apparmor", .object([.init("enabled", .boolean(true))])),
            .init("selinux", .object([.init("enabled", .boolean(true))])),
            .init(
                "mountExtensions",
                .object([.init("idmap", .object([.init("enabled", .boolean(true))]))])),
            .init("intelRdt", .object([.init("enabled", .boolean(false))])),
            .init("netDevices", .object([.init("enabled", .boolean(true))])),
            .init(
                "memoryPolicy",
                .object([
                    .init("modes", strings(LaunchPlan.modes)),
                    .init("flags", strings(LaunchPlan.flags.keys.sorted())),
                ])),
        ])
        let features = JSON.object([
            .init("ociVersionMin", .string("1.0.0")), .init("ociVersionMax", .string("1.2.0")),
            .init(
                "hooks",
                strings([
                    "prestart", "createRuntime", "createContainer", "startContainer", "poststart",
                    "poststop",
                ])),
            .init("mountOptions", strings(MountOption.words.keys.sorted())), .init("linux", linux),
        ])
        return features.text(indent: 2) + "\n"
    }
}

extension Features {
    /// The abilities that depend on how a runtime was built, as crun lists them.
    static let summary = "+SYSTEMD +SELINUX +APPARMOR +CAP +SECCOMP +EBPF"
}
