import CKernel
import Glibc

/// Programs of ours opened so that no container can write to them (T-EXE-1, CVE-2019-5736).
package enum Sealed {
    /// Opens the program at `path` on a read-only mount that belongs to no directory tree.
    ///
    /// A process started from it shows, as `/proc/PID/exe`, a file that cannot be opened for
    /// writing, and the mount cannot be made writable from any namespace. Nothing is copied.
    /// The mount is made by a short-lived process inside a user namespace, so that the caller stays
    /// outside: the memory of a program started from there belongs to the caller's namespace,
    /// which keeps container root from looking into it.
    ///
    /// A program of root's that nobody else may write is as safe from a user's containers without
    /// a mount: no id of theirs is root's.
    ///
    /// - Parameter userNamespace: the namespace to make the mount in; nil makes it in the caller's
    ///   own where that is privileged, else in a new one.
    package static func executable(_ path: String, userNamespace: borrowing Descriptor?)
        throws(KernelFault) -> Descriptor
    {
        if let program = try safe(path) { return program }
        let privileged = try Privileges.effective() >> 21 & 1 == 1
        switch userNamespace {
        case .none where privileged:
            do throws(KernelFault) { return try readOnly(path) } catch {
                // The mounts seen here belong to a user namespace above: done below, in its own.
            }
        default: break
        }
        // Bare numbers: what one process of the shared table closes is closed for both.
        let ends = try Descriptor.pipe().ends()
        let copy = try SharedWords.copy(closing: ends)
        if copy.pid == 0 {
            var answer = CInt(-1)
            do throws(KernelFault) {
                switch userNamespace {
                case .some(let namespace): try Namespaces.enter(namespace, .user)
                case .none where !privileged: try Namespaces.unshare(.user)
                case .none: break
                }
                answer = try mountedReadOnly(path)
            } catch {
                answer = -error.number
            }
            SharedWords.send([answer], to: ends.writing)
            Clone.end(0)
        }
        Descriptor.drop(copy.pidfd)
        // The end to write to is open in the shared table, so the wait comes before the reading.
        _ = try? Processes.reap(copy.pid, waiting: true)
        guard let answer = try SharedWords.receive(1, from: ends).first else {
            throw KernelFault(call: "open_tree", subject: path, number: EIO)
        }
        guard answer >= 0 else {
            throw KernelFault(call: "open_tree", subject: path, number: -answer)
        }
        return Descriptor(owning: answer)
    }

    /// The program itself, where that is safe. A function of its own: its descriptor must not be
    /// open when the table is shared, or both processes would close it.
    private static func safe(_ path: String) throws(KernelFault) -> Descriptor? {
        let program = try Files.open(path, .place)
        if try isSafe(program) { return program }
        return nil
    }

    /// Whether no container of the caller's could ever write to the program: it is root's, nobody
    /// else may write it, and no user namespace of this caller's can contain root.
    package static func isSafe(_ program: borrowing Descriptor) throws(KernelFault) -> Bool {
        let facts = try program.status()
        guard Processes.user != 0, facts.uid == 0, facts.permissions & 0o022 == 0 else {
            return false
        }
        return try Namespaces.isFirstUserNamespace()
    }

    /// - Returns: a number in the table that parent and child share.
    private static func mountedReadOnly(_ path: String) throws(KernelFault) -> CInt {
        try Namespaces.unshare(.mount)
        return try readOnly(path).release()
    }

    /// Needs nobody in between where the mounts seen here are this process's to copy.
    private static func readOnly(_ path: String) throws(KernelFault) -> Descriptor {
        let tree = try Mounts.copy(path, recursive: false)
        try Mounts.change(tree, .init(setting: [.readOnly, .noDevices, .noSetUserID]), name: path)
        return tree
    }
}
