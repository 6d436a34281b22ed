import CKernel
import Glibc

/// The calls that building and copying a tree of somebody else's needs, with names as bytes.
extension Files {
    /// Opens `name` in `directory`. See openat(2).
    package static func open(
        at directory: borrowing Descriptor, _ name: FileName, _ mode: Mode,
        permissions: UInt32 = 0o600
    ) throws(KernelFault) -> Descriptor {
        let base = directory.number
        return Descriptor(
            owning: try Gate.call("openat", on: "\(name)") {
                unsafe name.pointing {
                    unsafe ck_openat(base, $0, mode.rawValue | O_CLOEXEC, permissions)
                }
            })
    }

    /// Opens a path that somebody else chose, without ever leaving `root`. See openat2(2).
    package static func openBeneath(
        _ root: borrowing Descriptor, _ path: FileName, _ mode: Mode,
        _ resolve: Resolve = [.inRoot, .noMagicLinks]
    ) throws(KernelFault) -> Descriptor {
        let base = root.number
        let flags = UInt64(UInt32(bitPattern: mode.rawValue | O_CLOEXEC))
        // EAGAIN is the kernel's word for "a rename was under way, ask again".
        for _ in 0..<64 {
            do {
                return Descriptor(
                    owning: try Gate.call("openat2", on: "\(path)") {
                        unsafe path.pointing {
                            unsafe ck_openat2(base, $0, flags, 0, resolve.rawValue)
                        }
                    })
            } catch  where error.number == EAGAIN {
                continue
            }
        }
        throw KernelFault(call: "openat2", subject: "\(path)", number: EAGAIN)
    }

    /// Returns what the kernel knows of `name`, or nil where there is none. See fstatat(2).
    package static func statusIfPresent(at directory: borrowing Descriptor, _ name: FileName)
        throws(KernelFault) -> FileStatus?
    {
        var raw = stat()
        let base = directory.number
        do {
            _ = try Gate.call("fstatat", on: "\(name)") {
                unsafe name.pointing { unsafe fstatat(base, $0, &raw, AT_SYMLINK_NOFOLLOW) }
            }
        } catch  where error.number == ENOENT {
            return nil
        }
        return FileStatus(raw)
    }

    /// Makes a directory; throws EEXIST where the name is taken. See mkdirat(2).
    package static func makeDirectory(
        at directory: borrowing Descriptor, exactly name: FileName, permissions: UInt32
    ) throws(KernelFault) {
        let base = directory.number
        _ = try Gate.call("mkdirat", on: "\(name)") {
            unsafe name.pointing { unsafe mkdirat(base, $0, permissions) }
        }
    }

    /// Removes a file, or an empty directory. See unlinkat(2).
    package static func remove(
        at directory: borrowing Descriptor, _ name: FileName, isDirectory: Bool = false
    ) throws(KernelFault) {
        let base = directory.number
        _ = try Gate.call("unlinkat", on: "\(name)") {
            unsafe name.pointing { unsafe unlinkat(base, $0, isDirectory ? AT_REMOVEDIR : 0) }
        }
    }

    /// Makes a symbolic link. See symlinkat(2).
    package static func link(
        at directory: borrowing Descriptor, _ name: FileName, to target: FileName
    )
        throws(KernelFault)
    {
        let base = directory.number
        _ = try Gate.call("symlinkat", on: "\(name)") {
            unsafe name.pointing { name in
                unsafe target.pointing { unsafe symlinkat($0, base, name) }
            }
        }
    }

    /// Returns where a symbolic link points. See readlinkat(2).
    package static func target(at directory: borrowing Descriptor, _ name: FileName)
        throws(KernelFault) -> FileName
    {
        let base = directory.number
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = try Gate.call("readlinkat", on: "\(name)") {
            unsafe name.pointing { name in
                unsafe buffer.withUnsafeMutableBytes {
                    unsafe readlinkat(
                        base, name, $0.assumingMemoryBound(to: CChar.self).baseAddress!, 4096)
                }
            }
        }
        return FileName(buffer[..<count]) ?? ""
    }

    /// Gives a file a second name; a symbolic link is linked itself, never followed. See linkat(2).
    package static func hardLink(
        from source: borrowing Descriptor, _ name: FileName, to target: borrowing Descriptor,
        _ new: FileName
    ) throws(KernelFault) {
        let (from, to) = (source.number, target.number)
        _ = try Gate.call("linkat", on: "\(new)") {
            unsafe name.pointing { name in
                unsafe new.pointing { unsafe linkat(from, name, to, $0, 0) }
            }
        }
    }

    /// Makes a FIFO. See mkfifoat(3).
    package static func makeFIFO(
        at directory: borrowing Descriptor, _ name: FileName, permissions: UInt32
    ) throws(KernelFault) {
        let base = directory.number
        _ = try Gate.call("mkfifoat", on: "\(name)") {
            unsafe name.pointing { unsafe mkfifoat(base, $0, permissions) }
        }
    }

    /// Makes the character device 0/0 that hides `name` of lower layers.
    ///
    /// Anybody may make it since Linux 5.8. See the kernel's overlayfs.rst, "whiteouts and opaque
    /// directories".
    package static func makeWhiteout(at directory: borrowing Descriptor, _ name: FileName)
        throws(KernelFault)
    {
        let base = directory.number
        _ = try Gate.call("mknodat", on: "\(name)") {
            unsafe name.pointing { unsafe mknodat(base, $0, 0o020000, 0) }
        }
    }

    /// Gives `name` to an owner and a group; a link itself, never what it points to. See
    /// fchownat(2).
    package static func setOwner(
        at directory: borrowing Descriptor, _ name: FileName, uid: UInt32, gid: UInt32
    ) throws(KernelFault) {
        let base = directory.number
        _ = try Gate.call("fchownat", on: "\(name)") {
            unsafe name.pointing { unsafe fchownat(base, $0, uid, gid, AT_SYMLINK_NOFOLLOW) }
        }
    }

    /// Sets the permission bits of `name`, which must be no symbolic link. See fchmodat(2).
    package static func setPermissions(
        at directory: borrowing Descriptor, _ name: FileName, _ permissions: UInt32
    ) throws(KernelFault) {
        let base = directory.number
        _ = try Gate.call("fchmodat", on: "\(name)") {
            unsafe name.pointing { unsafe fchmodat(base, $0, permissions, 0) }
        }
    }

    /// Sets when `name` was changed and read last; a link's own times. See utimensat(2).
    package static func setTimes(
        at directory: borrowing Descriptor, _ name: FileName, _ time: FileTime
    )
        throws(KernelFault)
    {
        let base = directory.number
        _ = try Gate.call("utimensat", on: "\(name)") {
            unsafe name.pointing { name in
                unsafe time.pointing { unsafe utimensat(base, name, $0, AT_SYMLINK_NOFOLLOW) }
            }
        }
    }

    /// One name in a directory.
    package struct Entry: Sendable {
        package let name: FileName
        package let isDirectory: Bool
    }

    /// Returns what is in a directory, without `.` and `..`, in the order of the kernel. See
    /// readdir(3).
    package static func entries(in directory: borrowing Descriptor) throws(KernelFault) -> [Entry] {
        let own = try open(at: directory, ".", [.read, .directory]).release()
        guard let stream = unsafe fdopendir(own) else {
            let number = ck_errno()
            _ = Glibc.close(own)
            throw KernelFault(call: "fdopendir", subject: "", number: number)
        }
        defer { unsafe closedir(stream) }
        var found: [Entry] = []
        ck_set_errno(0)
        while let entry = unsafe readdir(stream) {
            // Safety: d_name is a terminated array inside the entry, valid until the next readdir.
            let bytes = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe Array($0.prefix { $0 != 0 })
            }
            guard let name = FileName(bytes), name != ".", name != ".." else { continue }
            let kind = unsafe entry.pointee.d_type
            // Some file systems do not say what a name stands for.
            let isDirectory =
                kind == 0
                ? try statusIfPresent(at: directory, name)?.kind == .directory : kind == 4
            found.append(Entry(name: name, isDirectory: isDirectory))
            ck_set_errno(0)
        }
        let number = ck_errno()
        if number != 0 { throw KernelFault(call: "readdir", subject: "", number: number) }
        return found
    }
}

/// A moment in the life of a file: seconds since 1970 and the nanoseconds after it.
package struct FileTime: Hashable, Sendable {
    package let seconds: Int64
    package let nanoseconds: Int64

    package init(seconds: Int64, nanoseconds: Int64 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Lends the moment twice, as last read and last changed, to a system call.
    func pointing<Result>(_ call: (UnsafePointer<timespec>) -> Result) -> Result {
        let time = timespec(tv_sec: time_t(seconds), tv_nsec: Int(nanoseconds))
        var both = (time, time)
        return unsafe withUnsafeBytes(of: &both) {
            // Safety: a tuple of two timespecs is laid out as the array of two that the call reads.
            unsafe call($0.assumingMemoryBound(to: timespec.self).baseAddress!)
        }
    }
}

extension FileStatus {
    /// When the content was changed last.
    package var time: FileTime { FileTime(seconds: modified, nanoseconds: modifiedNanoseconds) }
}
