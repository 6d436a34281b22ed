import Base
import Kernel
import Records
import Specs

extension Preparation {
    /// Puts the container's secrets where it can mount them: files of the session's own tmpfs.
    mutating func secretMounts(_ spec: ContainerSpec) throws(Problem) -> [RuntimeConfig.Mount] {
        let mounted = spec.secrets.filter { $0.variable == nil }
        if mounted.isEmpty { return [] }
        let directory = try explaining("cannot make the directory of secrets") {
            () throws(KernelFault) in try Files.ensureDirectory(runPath + "/secrets")
        }
        var mounts: [RuntimeConfig.Mount] = []
        for choice in mounted {
            let target = choice.target ?? choice.name
            let file = target.split(separator: "/").joined(separator: "-")
            try explaining("cannot give secret \"\(choice.name)\" to \"\(record.name)\"") {
                () throws(KernelFault) in
                let bytes = try Files.read(
                    "\(dataPath)/secrets/\(choice.name)", limit: House.secretBytes)
                // That of an earlier start may belong to another id, and cannot be written to.
                try Files.removeIfPresent(at: directory, file)
                let written = try Files.open(
                    at: directory, file, [.write, .create, .exclusive, .noFollow])
                try written.writeAll(bytes)
                try written.setPermissions(choice.mode)
            }
            let path = "\(runPath)/secrets/\(file)"
            if choice.uid != 0 || choice.gid != 0 || spec.spaces.user != .standing {
                work.owners.append((runPath + "/secrets", file, choice.uid, choice.gid))
            }
            mounts.append(
                .init(
                    destination: target.hasPrefix("/") ? target : "/run/secrets/" + target,
                    type: "bind", source: path,
                    options: ["bind", "rprivate", "nosuid", "nodev", "noexec", "ro"]))
        }
        return mounts
    }
}
