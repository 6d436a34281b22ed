import CKernel
import Glibc

/// Places below a root that somebody else filled: found, or made, without ever leaving it.
package enum Places {
    /// Opens the directory or file at `path` below `root`, making what is missing of it.
    ///
    /// Links met on the way are read as a process inside the root would read them, the last one
    /// included, even where it points at something not there yet (T-ROOTFS-4). See openat2(2).
    package static func ensure(
        _ path: String, below root: borrowing Descriptor, directory: Bool
    ) throws(KernelFault) -> Descriptor {
        try ensure(path, root, directory, depth: 0)
    }

    private static func ensure(
        _ path: String, _ root: borrowing Descriptor, _ directory: Bool, depth: Int
    ) throws(KernelFault) -> Descriptor {
        // As deep as a path of PATH_MAX can be, with links counted on top.
        guard depth < 2100 else { throw KernelFault(call: "openat2", subject: path, number: ELOOP) }
        do {
            return try Files.openBeneath(root, path, directory ? [.place, .directory] : .place)
        } catch  where error.number == ENOENT {
            // Something is missing: made below.
        }
        let (parent, name) = split(path)
        guard !name.isEmpty, name != ".." else {
            throw KernelFault(call: "mkdirat", subject: path, number: ENOENT)
        }
        let place = try ensure(parent, root, true, depth: depth + 1)
        do {
            if directory {
                if try Files.makeDirectory(at: place, name, permissions: 0o755) {
                    return try Files.open(at: place, name, [.place, .directory, .noFollow])
                }
            } else {
                _ = try Files.open(
                    at: place, name, [.write, .create, .exclusive, .noFollow, .nonBlocking],
                    permissions: 0o644)
                return try Files.open(at: place, name, [.place, .noFollow])
            }
        } catch  where error.number == EEXIST {
            // A link to something that is not there.
        }
        let target = try Files.target(at: place, name)
        let next = target.hasPrefix("/") ? target : parent + "/" + target
        return try ensure(next, root, directory, depth: depth + 50)
    }

    /// Returns the path without its last name, and that name; `.` and double slashes are dropped.
    package static func split(_ path: String) -> (parent: String, name: String) {
        // Without joined(separator:), which looks through every conformance of the program.
        var parent = ""
        var name = ""
        for part in path.utf8.split(separator: 0x2F) where !part.elementsEqual(".".utf8) {
            if !name.isEmpty { parent += "/" + name }
            name = String(Substring(part))
        }
        return (parent.isEmpty ? "/" : parent, name)
    }

    /// Makes a device file or a FIFO; the permissions are those given, whatever the umask. See
    /// mknodat(2).
    package static func makeDevice(
        at directory: borrowing Descriptor, _ name: String, _ device: Device
    ) throws(KernelFault) {
        let base = directory.number
        let kind: mode_t =
            switch device.kind {
            case .block: 0o060000
            case .fifo: 0o010000
            default: 0o020000
            }
        _ = try Gate.call("mknodat", on: name) {
            unsafe mknodat(
                base, name, kind | device.permissions, ck_makedev(device.major, device.minor))
        }
        _ = try Gate.call("fchmodat", on: name) {
            unsafe fchmodat(base, name, device.permissions, 0)
        }
        _ = try Gate.call("fchownat", on: name) {
            unsafe fchownat(base, name, device.uid, device.gid, AT_SYMLINK_NOFOLLOW)
        }
    }

    /// What `makeDevice` makes.
    package struct Device: Equatable, Sendable {
        package var kind: FileStatus.Kind
        package var major: UInt32
        package var minor: UInt32
        package var permissions: UInt32
        package var uid: UInt32
        package var gid: UInt32

        package init(kind: FileStatus.Kind, major: UInt32, minor: UInt32, permissions: UInt32) {
            self.kind = kind
            self.major = major
            self.minor = minor
            self.permissions = permissions
            uid = 0
            gid = 0
        }

        /// Whether that file stands for this device.
        package func isMeant(by status: FileStatus) -> Bool {
            status.kind == kind
                && (kind == .fifo || status.represents == UInt64(ck_makedev(major, minor)))
        }
    }

    /// Gives one of the standard streams to a user, where it is a pipe or a socket: a program that
    /// opens /dev/stdout anew is asked for its rights.
    package static func giveStream(_ number: CInt, uid: UInt32, gid: UInt32) {
        var raw = stat()
        guard unsafe fstat(number, &raw) == 0 else { return }
        let status = FileStatus(raw)
        if status.uid == uid || (status.kind != .fifo && status.kind != .socket) { return }
        // A stream of another user's is used as it is: it is open already.
        _ = fchown(number, uid, gid)
    }

    /// Gives a file of the kernel's own, such as one of a cgroup, to a user. See lchown(2).
    package static func give(_ path: String, uid: UInt32) throws(KernelFault) {
        _ = try Gate.call("lchown", on: path) { unsafe lchown(path, uid, .max) }
    }

    /// Whether this process may execute the file at `path`. See access(2), X_OK.
    ///
    /// Where a filter of calls lets nobody ask, the answer is yes: execve(2) will tell.
    package static func checkExecutable(_ path: String) throws(KernelFault) {
        do throws(KernelFault) {
            let status = try Files.status(path)
            guard status.kind != .directory else {
                throw KernelFault(call: "execve", subject: path, number: EISDIR)
            }
            _ = try Gate.call("access", on: path) {
                unsafe faccessat(AT_FDCWD, path, X_OK, AT_EACCESS)
            }
        } catch  where error.number == EPERM {
            // No file system gives that answer to these calls.
            return
        }
    }

    /// Checks that the present directory is inside the root, as far as a filter of calls lets us ask.
    ///
    /// - Throws: ENOENT where it is not.
    package static func checkDirectory() throws(KernelFault) {
        let path: String
        do throws(KernelFault) { path = try Caller.directory() } catch  where error.number == EPERM
        {
            return
        }
        guard path.hasPrefix("/") else {
            throw KernelFault(call: "getcwd", subject: "", number: ENOENT)
        }
    }
}
