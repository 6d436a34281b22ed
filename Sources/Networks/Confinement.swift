import Base
import Kernel

/// What a helper gives up once it has what it needs (T-SLIRP-1).
enum Confinement {
    /// CAP_NET_RAW, by which a socket may bear addresses that are not its machine's.
    static let rawNetwork: UInt64 = 1 << 13

    /// Leaves every file behind: the root becomes an empty, read-only file system in memory.
    ///
    /// - Parameters:
    ///   - newUser: whether the right to do so comes from a user namespace of its own, in which the
    ///     process then owns nothing else.
    ///   - resolver: the content of the one file that is there, /etc/resolv.conf, which libslirp
    /// reads.
    static func enterEmptyRoot(newUser: Bool, resolver: String?) throws(Problem) {
        let next = "see what this machine lacks with \"martlet doctor\""
        try explaining("cannot give the network stack a file system of its own", next: next) {
            () throws(KernelFault) in
            let (uid, gid) = Processes.ids
            try Namespaces.unshare(newUser ? [.user, .mount] : .mount)
            if newUser {
                // Whoever has no id there cannot make a file.
                try write("deny", to: "setgroups")
                try write("\(gid) \(gid) 1", to: "gid_map")
                try write("\(uid) \(uid) 1", to: "uid_map")
            }
            let root = try Mounts.create(
                "tmpfs", options: ["size=64k", "nr_inodes=8", "mode=0555"],
                attributes: [.noSetUserID, .noDevices, .noExecution])
            if let resolver {
                try Files.makeDirectory(at: root, "etc", permissions: 0o555)
                let file = try Files.open(
                    at: root, "etc/resolv.conf", [.write, .create, .exclusive], permissions: 0o444)
                try file.writeAll(resolver)
            }
            try Mounts.change(root, Mounts.Change(setting: .readOnly))
            try Mounts.attach(root, at: Files.open("/", [.place, .directory]))
            try Mounts.pivot(to: root)
        }
    }

    private static func write(_ value: String, to name: String) throws(KernelFault) {
        try Files.open("/proc/self/\(name)", .write).writeAll(value)
    }

    /// Gives up every capability outside `kept`, the way to new ones, and the eyes of other
    /// processes.
    static func dropPrivileges(keeping kept: UInt64 = 0) throws(Problem) {
        try explaining("cannot give up the privileges of the network stack") {
            () throws(KernelFault) in
            try Privileges.bound(to: kept)
            try Privileges.set(Privileges.Sets(effective: kept, permitted: kept))
            try Privileges.forbidNew()
            try Privileges.setDumpable(false)
        }
    }

    static func load(_ filter: SyscallFilter) throws(Problem) {
        try explaining("cannot filter the system calls of the network stack") {
            () throws(KernelFault) in _ = try Privileges.filter(filter.program, flags: 0)
        }
    }
}
