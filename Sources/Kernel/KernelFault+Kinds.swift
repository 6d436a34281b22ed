import Glibc

/// The few kinds of fault that callers act on instead of passing them up.
extension KernelFault {
    /// Whether what was named is not there: ENOENT, or ENOTDIR on the way to it.
    package var isAbsence: Bool { number == ENOENT || number == ENOTDIR }
    /// Whether what was to be made stands there already.
    package var isPresence: Bool { number == EEXIST }
    /// Whether the name is taken by something of another kind: ENOTDIR, EISDIR, ELOOP, ENOTEMPTY.
    package var isOtherKind: Bool { [ENOTDIR, EISDIR, ELOOP, ENOTEMPTY].contains(number) }
    /// Whether the file system or the kernel does not offer the call at all.
    package var isUnsupported: Bool { [EOPNOTSUPP, ENOSYS, ENOTTY].contains(number) }
    /// Whether the kernel has no such kind of file system or device: ENODEV.
    package var isMissingKind: Bool { number == ENODEV }
    /// Whether an argument is outside what the kernel takes.
    package var isInvalid: Bool { number == EINVAL || number == ENAMETOOLONG }
    /// A fault of ours for a value beyond what a map or a table holds: EOVERFLOW.
    package static func outOfRange(call: String, subject: String) -> KernelFault {
        KernelFault(call: call, subject: subject, number: EOVERFLOW)
    }
    /// Whether the caller lacks a right.
    package var isRefusal: Bool { number == EPERM || number == EACCES }
    /// Whether a file cannot be waited for, since it is ready at any time. See epoll_ctl(2), EPERM.
    package var isAlwaysReady: Bool { number == EPERM }
    /// Whether there is no room: ENOSPC or EDQUOT.
    package var isFull: Bool { number == ENOSPC || number == EDQUOT }
    /// Whether the file system has no locks, or none of directories, as NFS has not. See flock(2).
    package var isLockless: Bool { [EBADF, EINVAL, ENOLCK, EOPNOTSUPP, ENOSYS].contains(number) }
    /// Whether the thing is in use: EBUSY.
    package var isBusy: Bool { number == EBUSY }
    /// Whether the call would have had to wait. See errno(3), EAGAIN.
    package var wouldWait: Bool { number == EAGAIN || number == EWOULDBLOCK }
    /// Whether nobody is at the other end of a pipe or socket any more.
    package var isHangUp: Bool {
        [EPIPE, ECONNRESET, ECONNREFUSED, ENOTCONN, ECONNABORTED].contains(number)
    }
    /// Whether a terminal has nobody at its other end: EIO.
    package var isEndOfTerminal: Bool { number == EIO }
}
