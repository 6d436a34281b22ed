import CKernel
import Glibc

/// All that stat(2) tells of a file, as plain numbers: what a file system of ours passes on.
package struct FileFacts: Sendable, Equatable {
    package var device: UInt64 = 0
    package var inode: UInt64 = 0
    package var links: UInt64 = 0
    /// Kind and permissions, as in st_mode.
    package var mode: UInt32 = 0
    package var uid: UInt32 = 0
    package var gid: UInt32 = 0
    package var represents: UInt64 = 0
    package var size: Int64 = 0
    package var blockSize: Int64 = 0
    package var blocks: Int64 = 0
    package var accessed = FileTime(seconds: 0)
    package var modified = FileTime(seconds: 0)
    package var changed = FileTime(seconds: 0)

    package init() {}

    init(_ raw: stat) {
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        links = UInt64(raw.st_nlink)
        mode = raw.st_mode
        uid = raw.st_uid
        gid = raw.st_gid
        represents = UInt64(raw.st_rdev)
        size = Int64(raw.st_size)
        blockSize = Int64(raw.st_blksize)
        blocks = Int64(raw.st_blocks)
        accessed = FileTime(raw.st_atim)
        modified = FileTime(raw.st_mtim)
        changed = FileTime(raw.st_ctim)
    }

    /// The bits of `mode` that say what kind of file it is.
    package static let kindMask: UInt32 = 0o170000
    package static let directory: UInt32 = 0o040000
    package static let regular: UInt32 = 0o100000
    package static let link: UInt32 = 0o120000
    package static let character: UInt32 = 0o020000

    package var kind: UInt32 { mode & FileFacts.kindMask }
    package var isDirectory: Bool { kind == FileFacts.directory }
    package var isRegular: Bool { kind == FileFacts.regular }
    package var isLink: Bool { kind == FileFacts.link }
    /// Whether this is the character device 0/0 by which an overlay hides a name of lower layers.
    package var isWhiteout: Bool { kind == FileFacts.character && represents == 0 }
}

extension FileTime {
    init(_ raw: timespec) {
        self.init(seconds: Int64(raw.tv_sec), nanoseconds: Int64(raw.tv_nsec))
    }

    /// Leaves a time as it is, in utimensat(2): UTIME_OMIT.
    package static let unchanged = FileTime(seconds: 0, nanoseconds: (1 << 30) - 2)
    /// The present moment, in utimensat(2): UTIME_NOW.
    package static let now = FileTime(seconds: 0, nanoseconds: (1 << 30) - 1)
}

/// Error numbers that a file system of ours answers with. See errno(3).
package enum ErrorNumber {
    package static let notPermitted = Int(EPERM)
    package static let noEntry = Int(ENOENT)
    package static let inputOutput = Int(EIO)
    package static let interrupted = Int(EINTR)
    package static let again = Int(EAGAIN)
    package static let busy = Int(EBUSY)
    package static let exists = Int(EEXIST)
    package static let crossDevice = Int(EXDEV)
    package static let notDirectory = Int(ENOTDIR)
    package static let isDirectory = Int(EISDIR)
    package static let invalid = Int(EINVAL)
    package static let noSpace = Int(ENOSPC)
    package static let readOnly = Int(EROFS)
    package static let range = Int(ERANGE)
    package static let nameTooLong = Int(ENAMETOOLONG)
    package static let notEmpty = Int(ENOTEMPTY)
    package static let noData = Int(ENODATA)
    package static let stale = Int(ESTALE)
    package static let unsupported = Int(EOPNOTSUPP)
    package static let noCall = Int(ENOSYS)
    package static let noTerminal = Int(ENOTTY)
    package static let access = Int(EACCES)
    package static let noDevice = Int(ENODEV)
}
