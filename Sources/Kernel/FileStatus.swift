import CKernel
import Glibc

/// What the kernel knows of a file: kind, owner, size, identity. See stat(2).
package struct FileStatus: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case regular, directory, link, fifo, socket, character, block, unknown
    }
    package let kind: Kind
    /// The permission bits with set-uid, set-gid and sticky: the lower 12 bits of st_mode.
    package let permissions: UInt32
    package let uid: UInt32
    package let gid: UInt32
    package let size: Int64
    package let device: UInt64
    package let inode: UInt64
    package let links: UInt64
    /// The device a device file stands for.
    package let represents: UInt64
    /// Seconds since 1970 of the last change of content.
    package let modified: Int64
    package let modifiedNanoseconds: Int64

    init(_ raw: stat) {
        switch raw.st_mode & 0o170000 {
        case 0o100000: kind = .regular
        case 0o040000: kind = .directory
        case 0o120000: kind = .link
        case 0o010000: kind = .fifo
        case 0o140000: kind = .socket
        case 0o020000: kind = .character
        case 0o060000: kind = .block
        default: kind = .unknown
        }
        permissions = raw.st_mode & 0o7777
        uid = raw.st_uid
        gid = raw.st_gid
        size = Int64(raw.st_size)
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        links = UInt64(raw.st_nlink)
        represents = UInt64(raw.st_rdev)
        modified = Int64(raw.st_mtim.tv_sec)
        modifiedNanoseconds = Int64(raw.st_mtim.tv_nsec)
    }

    /// The two numbers of a device. See makedev(3).
    package static func numbers(of device: UInt64) -> (major: UInt32, minor: UInt32) {
        let major = (device >> 8) & 0xfff | (device >> 32) & 0xffff_f000
        let minor = device & 0xff | (device >> 12) & 0xffff_ff00
        return (UInt32(truncatingIfNeeded: major), UInt32(truncatingIfNeeded: minor))
    }

    /// Whether both describe the very same file.
    package func isSame(as other: FileStatus) -> Bool {
        device == other.device && inode == other.inode
    }
}

extension Descriptor {
    /// Returns what the kernel knows of this open file. See fstat(2).
    package func status() throws(KernelFault) -> FileStatus {
        var raw = stat()
        let number = number
        _ = try Gate.call("fstat") { unsafe fstat(number, &raw) }
        return FileStatus(raw)
    }
}

extension Files {
    /// Returns what the kernel knows of `name` in `directory`, without following a link. See fstatat(2).
    package static func status(at directory: borrowing Descriptor, _ name: String)
        throws(KernelFault) -> FileStatus
    {
        var raw = stat()
        let base = directory.number
        _ = try Gate.call("fstatat", on: name) {
            unsafe fstatat(base, name, &raw, AT_SYMLINK_NOFOLLOW)
        }
        return FileStatus(raw)
    }

    /// Returns what the kernel knows of the file at `path`. See stat(2).
    package static func status(_ path: String, following: Bool = true) throws(KernelFault)
        -> FileStatus
    {
        var raw = stat()
        _ = try Gate.call("stat", on: path) {
            unsafe fstatat(AT_FDCWD, path, &raw, following ? 0 : AT_SYMLINK_NOFOLLOW)
        }
        return FileStatus(raw)
    }

    /// Whether something stands at `path`; a fault other than absence counts as standing there.
    package static func exists(_ path: String) -> Bool {
        do {
            _ = try status(path, following: false)
            return true
        } catch {
            return error.number != ENOENT && error.number != ENOTDIR
        }
    }
}

extension Descriptor {
    /// Sets the permission bits of this open file. See fchmod(2).
    package func setPermissions(_ permissions: UInt32) throws(KernelFault) {
        let number = number
        _ = try Gate.call("fchmod") { fchmod(number, permissions) }
    }
}
