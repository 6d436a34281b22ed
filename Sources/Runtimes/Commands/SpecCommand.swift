import Base
import Kernel
import Specs

/// spec: an example of a configuration, ready to be changed.
enum SpecCommand {
    static func run(_ words: ArraySlice<String>) throws(Problem) -> Int32 {
        let words = try RuntimeCommand.read("spec", words)
        let path = (words["bundle"].map { $0 + "/" } ?? "") + "config.json"
        let config = example(isRootless: words.has("rootless"))
        do {
            try Files.open(path, [.write, .create, .exclusive], permissions: 0o644)
                .writeAll(JSON(encoding: config).text(indent: 2) + "\n")
        } catch {
            if error.isPresence {
                throw Problem(
                    .nameInUse, "\"\(path)\" exists already",
                    next: "remove it, or choose another --bundle")
            }
            throw error.problem("cannot write \"\(path)\"")
        }
        return 0
    }

    static func example(isRootless: Bool) -> RuntimeConfig {
        var config = RuntimeConfig()
        config.root = .init(path: "rootfs", readonly: true)
        config.hostname = "martlet"
        var process = RuntimeConfig.Process(args: ["sh"])
        process.terminal = true
        process.user = RuntimeConfig.User()
        process.env = [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm",
        ]
        let names = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
        var sets = RuntimeConfig.Capabilities()
        sets.bounding = names
        sets.effective = names
        sets.permitted = names
        process.capabilities = sets
        process.rlimits = [.init(type: "RLIMIT_NOFILE", hard: 1024, soft: 1024)]
        process.noNewPrivileges = true
        config.process = process
        config.mounts = mounts(isRootless)
        var linux = RuntimeConfig.Linux()
        linux.namespaces = [.init(.pid), .init(.ipc), .init(.uts), .init(.mount), .init(.cgroup)]
        if isRootless {
            let caller = Caller.present()
            linux.namespaces?.append(.init(.user))
            linux.uidMappings = [.init(containerID: 0, hostID: caller.uid, size: 1)]
            linux.gidMappings = [.init(containerID: 0, hostID: caller.gid, size: 1)]
        } else {
            linux.namespaces?.append(.init(.network))
            var resources = RuntimeConfig.Linux.Resources()
            resources.devices = [.init(allow: false, access: "rwm")]
            linux.resources = resources
        }
        linux.maskedPaths = [
            "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
            "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
            "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
        ]
        linux.readonlyPaths = [
            "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
        ]
        config.linux = linux
        return config
    }

    private static func mounts(_ isRootless: Bool) -> [RuntimeConfig.Mount] {
        let quiet = ["nosuid", "noexec", "nodev"]
        let sys = RuntimeConfig.Mount(
            destination: "/sys", type: isRootless ? "none" : "sysfs",
            source: isRootless ? "/sys" : "sysfs",
            options: (isRootless ? ["rbind"] : []) + quiet + ["ro"])
        return [
            .init(destination: "/proc", type: "proc", source: "proc"),
            .init(
                destination: "/dev", type: "tmpfs", source: "tmpfs",
                options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            .init(
                destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]
                    + (isRootless ? [] : ["gid=5"])),
            .init(
                destination: "/dev/shm", type: "tmpfs", source: "shm",
                options: quiet + ["mode=1777", "size=65536k"]),
            .init(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: quiet),
            sys,
            .init(
                destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
                options: quiet + ["relatime", "ro"]),
        ]
    }
}
