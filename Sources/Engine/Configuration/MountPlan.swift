package import Specs

/// The mounts of a container: what every one has, then the files of ours, then the user's.
package enum MountPlan {
    /// Returns the mounts in the order they are made; a later one at the same place replaces an earlier.
    ///
    /// - Parameter isSystemd: whether the container is made ready for systemd as its first process.
    package static func mounts(
        _ spec: ContainerSpec, _ situation: Situation, isSystemd: Bool = false
    ) -> [RuntimeConfig.Mount] {
        var list = kernelMounts(spec)
        if isSystemd { prepareForSystemd(&list) }
        if spec.security.readOnlyRoot, spec.security.readOnlyTmpfs { list += writablePlaces }
        list += situation.files
        let chosen = Set(situation.mounts.map(\.destination))
        list.removeAll { chosen.contains($0.destination) }
        // Parents before children, in the user's order otherwise.
        let user = situation.mounts.enumerated().sorted {
            let (a, b) = (depth($0.element.destination), depth($1.element.destination))
            return a == b ? $0.offset < $1.offset : a < b
        }
        return list + user.map(\.element)
    }

    private static func depth(_ path: String) -> Int { path.split(separator: "/").count }

    private static let writablePlaces = ["/run", "/tmp", "/var/tmp"].map(writable)

    private static func writable(_ path: String) -> RuntimeConfig.Mount {
        .init(
            destination: path, type: "tmpfs", source: "tmpfs",
            options: ["rw", "nosuid", "nodev", "mode=1777", "tmpcopyup"])
    }

    /// What systemd expects of a container. See podman-run(1), --systemd, and the Container
    /// Interface of systemd.
    private static func prepareForSystemd(_ list: inout [RuntimeConfig.Mount]) {
        for index in list.indices where list[index].destination == "/sys/fs/cgroup" {
            list[index].options = list[index].options?.map { $0 == "ro" ? "rw" : $0 }
        }
        list += ["/run", "/run/lock", "/tmp", "/var/log/journal"].map(writable)
    }

    private static func kernelMounts(_ spec: ContainerSpec) -> [RuntimeConfig.Mount] {
        let spaces = spec.spaces
        let ownNetwork = spec.network.hasOwnNamespace
        var list: [RuntimeConfig.Mount] = []
        if spaces.pid == .host {
            list.append(
                .init(destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]))
        } else {
            var options = ["nosuid", "noexec", "nodev"]
            if let extra = spec.security.procOptions {
                options += extra.split(separator: ",").map(String.init)
            }
            list.append(.init(destination: "/proc", type: "proc", source: "proc", options: options))
        }
        list.append(
            .init(
                destination: "/dev", type: "tmpfs", source: "tmpfs",
                options: ["nosuid", "strictatime", "mode=755", "size=65536k"]))
        list.append(
            .init(
                destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"])
        )
        let ownIPC = spaces.ipc != .host
        list.append(
            ownIPC
                ? .init(
                    destination: "/dev/mqueue", type: "mqueue", source: "mqueue",
                    options: ["nosuid", "noexec", "nodev"])
                : .init(
                    destination: "/dev/mqueue", type: "bind", source: "/dev/mqueue",
                    options: ["bind", "nosuid", "noexec", "nodev"]))
        let size = spec.storage.sharedMemoryBytes ?? 64 << 20
        list.append(
            ownIPC
                ? .init(
                    destination: "/dev/shm", type: "tmpfs", source: "shm",
                    options: ["nosuid", "noexec", "nodev", "mode=1777", "size=\(size)"])
                : .init(
                    destination: "/dev/shm", type: "bind", source: "/dev/shm",
                    options: ["bind", "nosuid", "noexec", "nodev"]))
        // podman-run(1), --ipc: "none" is a namespace of one's own without /dev/shm.
        if spaces.ipc == .none { list.removeLast() }
        let access = spec.security.privileged ? "rw" : "ro"
        list.append(
            ownNetwork
                ? .init(
                    destination: "/sys", type: "sysfs", source: "sysfs",
                    options: ["nosuid", "noexec", "nodev", access])
                : .init(
                    destination: "/sys", type: "bind", source: "/sys",
                    options: ["rbind", "nosuid", "noexec", "nodev", access, "rprivate"]))
        list.append(
            .init(
                destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
                options: ["rprivate", "nosuid", "noexec", "nodev", "relatime", access]))
        return list
    }
}

extension ProcessChoices {
    /// Whether the container is made ready for systemd: always, or where the command is one.
    package func isSystemd(_ words: [String]) -> Bool {
        if systemd != "true" { return systemd == "always" }
        let inits = ["/sbin/init", "/usr/sbin/init", "/usr/local/sbin/init"]
        return words.first.map { inits.contains($0) || $0.split(separator: "/").last == "systemd" }
            ?? false
    }
}

extension NetworkChoices {
    /// Whether the container gets a network namespace of its own, rather than the host's or another's.
    package var hasOwnNamespace: Bool {
        switch mode {
        case nil, .stack, .some(.none), .named: true
        case .host, .container, .path: false
        }
    }
}
