import CKernel
import Glibc

/// A file as a file system of ours reaches it: one name in an open directory, or an open file.
///
/// Descriptors are lent: whoever makes a spot keeps them open. A name is one component, so nothing
/// is ever followed out of the directory. Every call answers 0 or more, or the error number
/// negated, see `Gate.answer`.
///
/// - Requires: the present directory is `/proc/self/fd`. Calls that know no descriptor, those of
///   extended attributes above all, take their path from there.
package struct Spot: Sendable {
    package let base: CInt
    /// nil where `base` is the file itself.
    package let name: FileName?

    /// A name in an open directory.
    package init(_ base: CInt, _ name: FileName) {
        self.base = base
        self.name = name
    }

    /// An open file or directory, opened as a mere place or to be read.
    package init(_ base: CInt) {
        self.base = base
        name = nil
    }

    /// Makes `/proc/self/fd` the present directory, as spots require it, and returns it.
    package static func prepare() throws(KernelFault) -> Descriptor {
        let directory = try Files.open("/proc/self/fd", [.read, .directory])
        guard try Mounts.lies(directory, on: .proc) else {
            throw KernelFault(call: "fstatfs", subject: "/proc", number: EXDEV)
        }
        try prepare(in: directory)
        return directory
    }

    /// Makes the directory that `prepare` returned the present one again.
    package static func prepare(in directory: borrowing Descriptor) throws(KernelFault) {
        let number = directory.number
        _ = try Gate.call("fchdir", on: "/proc/self/fd") { fchdir(number) }
    }

    /// Lends a path from the present directory that names the file, for calls without descriptors.
    private func path<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 300) { buffer in
            var digits = 0
            var rest = base
            repeat {
                digits += 1
                rest /= 10
            } while rest > 0
            rest = base
            for place in (0..<digits).reversed() {
                unsafe buffer[place] = CChar(48 + rest % 10)
                rest /= 10
            }
            guard let name else {
                unsafe buffer[digits] = 0
                return unsafe body(buffer.baseAddress!)
            }
            unsafe buffer[digits] = 47
            let count = min(name.count, 256)
            unsafe name.pointing { unsafe _ = memcpy(buffer.baseAddress! + digits + 1, $0, count) }
            unsafe buffer[digits + 1 + count] = 0
            return unsafe body(buffer.baseAddress!)
        }
    }

    /// Reads what stat(2) tells; links are not followed.
    package func facts(_ facts: inout FileFacts) -> Int {
        var raw = stat()
        let answer = Gate.answer {
            guard let name else { return unsafe fstat(base, &raw) }
            return unsafe name.pointing {
                unsafe fstatat(base, $0, &raw, AT_SYMLINK_NOFOLLOW)
            }
        }
        if answer == 0 { facts = FileFacts(raw) }
        return answer
    }

    /// Opens the file, never through a link; answers the descriptor. See openat(2).
    ///
    /// - Parameter flags: as in open(2).
    package func open(_ flags: CInt, mode: UInt32 = 0) -> Int {
        Gate.answer {
            if let name {
                return unsafe name.pointing {
                    unsafe ck_openat(base, $0, flags | O_NOFOLLOW | O_CLOEXEC, mode)
                }
            }
            // An open file is opened anew by its link in procfs, which is there to be followed.
            return unsafe path {
                unsafe ck_openat(AT_FDCWD, $0, flags & ~O_NOFOLLOW | O_CLOEXEC, mode)
            }
        }
    }

    /// See mkdirat(2).
    package func makeDirectory(_ mode: UInt32) -> Int {
        unsafe named { unsafe mkdirat($0, $1, mode) }
    }

    /// See mknodat(2).
    package func makeNode(_ mode: UInt32, _ device: UInt64) -> Int {
        unsafe named { unsafe mknodat($0, $1, mode, dev_t(device)) }
    }

    /// Makes a symbolic link to `target`. See symlinkat(2).
    package func makeLink(to target: FileName) -> Int {
        unsafe named { base, name in unsafe target.pointing { unsafe symlinkat($0, base, name) } }
    }

    /// Makes `new` another name of this file. See linkat(2).
    package func link(to new: Spot) -> Int {
        if let name {
            return unsafe new.named { base, other in
                unsafe name.pointing { unsafe linkat(self.base, $0, base, other, 0) }
            }
        }
        return unsafe new.named { base, other in
            unsafe path { unsafe linkat(AT_FDCWD, $0, base, other, AT_SYMLINK_FOLLOW) }
        }
    }

    /// See unlinkat(2).
    package func remove(isDirectory: Bool = false) -> Int {
        unsafe named { unsafe unlinkat($0, $1, isDirectory ? AT_REMOVEDIR : 0) }
    }

    /// What a rename does with what has the new name. See renameat2(2).
    package enum Renaming: UInt32, Sendable {
        case replacing = 0
        case ontoNothing = 1
        case exchanging = 2
        /// The old name becomes a whiteout.
        case leavingWhiteout = 4
    }

    /// See renameat2(2).
    package func rename(to new: Spot, _ kind: Renaming = .replacing) -> Int {
        unsafe named { base, name in
            guard let other = new.name else { return -1 }
            return unsafe other.pointing {
                unsafe ck_renameat2(base, name, new.base, $0, kind.rawValue)
            }
        }
    }

    private func named(_ body: (CInt, UnsafePointer<CChar>) -> CInt) -> Int {
        guard let name else { return -Int(EINVAL) }
        return Gate.answer { unsafe name.pointing { unsafe body(base, $0) } }
    }

    /// Returns where the symbolic link points; nil and a number where it cannot be read.
    package func target() -> (FileName?, Int) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Gate.answer {
            unsafe buffer.withUnsafeMutableBytes { room in
                let bytes = unsafe room.assumingMemoryBound(to: CChar.self).baseAddress!
                guard let name else { return unsafe readlinkat(base, "", bytes, 4096) }
                return unsafe name.pointing { unsafe readlinkat(base, $0, bytes, 4096) }
            }
        }
        if count < 0 { return (nil, count) }
        return (FileName(buffer[..<count]), 0)
    }

    // MARK: What belongs to a file

    /// See fchownat(2).
    package func setOwner(_ uid: UInt32, _ gid: UInt32) -> Int {
        Gate.answer {
            guard let name else { return unsafe fchownat(base, "", uid, gid, AT_EMPTY_PATH) }
            return unsafe name.pointing {
                unsafe fchownat(base, $0, uid, gid, AT_SYMLINK_NOFOLLOW)
            }
        }
    }

    /// Sets the permissions of what is no symbolic link. See fchmodat(2).
    package func setMode(_ mode: UInt32) -> Int {
        Gate.answer {
            guard let name else { return unsafe path { unsafe chmod($0, mode & 0o7777) } }
            return unsafe name.pointing { unsafe fchmodat(base, $0, mode & 0o7777, 0) }
        }
    }

    /// See utimensat(2).
    package func setTimes(_ accessed: FileTime, _ modified: FileTime) -> Int {
        var both = (
            timespec(tv_sec: time_t(accessed.seconds), tv_nsec: Int(accessed.nanoseconds)),
            timespec(tv_sec: time_t(modified.seconds), tv_nsec: Int(modified.nanoseconds))
        )
        return unsafe withUnsafeBytes(of: &both) { bytes in
            // Safety: a tuple of two timespecs is laid out as the array of two that the call reads.
            let times = unsafe bytes.assumingMemoryBound(to: timespec.self).baseAddress!
            return Gate.answer {
                guard let name else {
                    return unsafe path { unsafe utimensat(AT_FDCWD, $0, times, 0) }
                }
                return unsafe name.pointing {
                    unsafe utimensat(base, $0, times, AT_SYMLINK_NOFOLLOW)
                }
            }
        }
    }

    /// See truncate(2).
    package func setSize(_ size: Int64) -> Int {
        Gate.answer { unsafe path { unsafe truncate($0, off_t(size)) } }
    }

    // MARK: Extended attributes

    /// Reads an attribute into `value`; a refusal leaves it as it is. See getxattr(2).
    package func attribute(_ attribute: FileName, into value: inout [UInt8]) -> Int {
        var room = 256
        while true {
            var buffer = [UInt8](repeating: 0, count: room)
            let count = Gate.answer {
                unsafe path { path in
                    unsafe attribute.pointing { attribute in
                        unsafe buffer.withUnsafeMutableBytes {
                            name == nil
                                ? unsafe getxattr(path, attribute, $0.baseAddress, $0.count)
                                : unsafe lgetxattr(path, attribute, $0.baseAddress, $0.count)
                        }
                    }
                }
            }
            if count == -Int(ERANGE), room < 64 << 10 {
                room = 64 << 10
                continue
            }
            if count >= 0 {
                buffer.removeSubrange(count...)
                value = buffer
            }
            return count
        }
    }

    /// Returns the attribute's value; nil where there is none, or none can be had.
    package func attribute(_ name: FileName) -> [UInt8]? {
        var value: [UInt8] = []
        return attribute(name, into: &value) < 0 ? nil : value
    }

    /// See setxattr(2).
    ///
    /// - Parameter flags: XATTR_CREATE or XATTR_REPLACE.
    package func setAttribute(_ attribute: FileName, _ value: [UInt8], flags: CInt = 0) -> Int {
        Gate.answer {
            unsafe path { path in
                unsafe attribute.pointing { attribute in
                    unsafe value.withUnsafeBytes {
                        name == nil
                            ? unsafe setxattr(path, attribute, $0.baseAddress, $0.count, flags)
                            : unsafe lsetxattr(path, attribute, $0.baseAddress, $0.count, flags)
                    }
                }
            }
        }
    }

    /// See removexattr(2).
    package func removeAttribute(_ attribute: FileName) -> Int {
        Gate.answer {
            unsafe path { path in
                unsafe attribute.pointing {
                    name == nil
                        ? unsafe removexattr(path, $0) : unsafe lremovexattr(path, $0)
                }
            }
        }
    }

    /// Appends the names of the file's attributes to `names`. See listxattr(2).
    package func attributes(_ names: inout [FileName]) -> Int {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = Gate.answer {
            unsafe path { path in
                unsafe buffer.withUnsafeMutableBytes {
                    let bytes = unsafe $0.assumingMemoryBound(to: CChar.self).baseAddress
                    return name == nil
                        ? unsafe listxattr(path, bytes, 64 << 10)
                        : unsafe llistxattr(path, bytes, 64 << 10)
                }
            }
        }
        if count == -Int(EOPNOTSUPP) { return 0 }
        if count < 0 { return count }
        names += buffer[..<count].split(separator: 0).compactMap { FileName($0) }
        return 0
    }
}
