import CKernel
import Glibc

/// Files and directories, reached through the descriptor of a directory.
///
/// Names given here are single names or paths of our own making. What an image, a volume or a build
/// context chose goes through `openBeneath`.
package enum Files {
    /// The present working directory as the base of a path. See openat(2), AT_FDCWD.
    package static let here: CInt = AT_FDCWD

    /// How `open` opens.
    package struct Mode: OptionSet, Sendable {
        package let rawValue: CInt
        package init(rawValue: CInt) { self.rawValue = rawValue }
        /// Not by way of SetAlgebra, whose generic initializer looks the type up in every process.
        package init(arrayLiteral elements: Mode...) {
            rawValue = elements.reduce(0) { $0 | $1.rawValue }
        }
        package static let read = Mode(rawValue: O_RDONLY)
        package static let write = Mode(rawValue: O_WRONLY)
        package static let readWrite = Mode(rawValue: O_RDWR)
        package static let create = Mode(rawValue: O_CREAT)
        package static let exclusive = Mode(rawValue: O_EXCL)
        package static let truncate = Mode(rawValue: O_TRUNC)
        package static let append = Mode(rawValue: O_APPEND)
        package static let directory = Mode(rawValue: O_DIRECTORY)
        package static let noFollow = Mode(rawValue: O_NOFOLLOW)
        package static let nonBlocking = Mode(rawValue: O_NONBLOCK)
        package static let noTerminal = Mode(rawValue: O_NOCTTY)
        /// Only a handle on the place, not on its content. See open(2), O_PATH.
        package static let place = Mode(rawValue: 0o10000000)
    }

    /// Opens `path` from the present directory. See open(2).
    package static func open(_ path: String, _ mode: Mode, permissions: UInt32 = 0o600)
        throws(KernelFault) -> Descriptor
    {
        Descriptor(
            owning: try Gate.call("open", on: path) {
                unsafe ck_openat(AT_FDCWD, path, mode.rawValue | O_CLOEXEC, permissions)
            })
    }

    /// Opens `path` from `directory`. See openat(2).
    package static func open(
        at directory: borrowing Descriptor, _ path: String, _ mode: Mode,
        permissions: UInt32 = 0o600
    ) throws(KernelFault) -> Descriptor {
        let base = directory.number
        return Descriptor(
            owning: try Gate.call("openat", on: path) {
                unsafe ck_openat(base, path, mode.rawValue | O_CLOEXEC, permissions)
            })
    }

    /// How `openBeneath` treats what a path meets on its way.
    package struct Resolve: OptionSet, Sendable {
        package let rawValue: UInt64
        package init(rawValue: UInt64) { self.rawValue = rawValue }
        /// Not by way of SetAlgebra, whose generic initializer looks the type up in every process.
        package init(arrayLiteral elements: Resolve...) {
            rawValue = elements.reduce(0) { $0 | $1.rawValue }
        }
        /// Absolute links and `..` are read as if the directory were `/`.
        package static let inRoot = Resolve(rawValue: UInt64(RESOLVE_IN_ROOT))
        /// A path that would leave the directory is refused with EXDEV.
        package static let beneath = Resolve(rawValue: UInt64(RESOLVE_BENEATH))
        /// Links of procfs are never followed.
        package static let noMagicLinks = Resolve(rawValue: UInt64(RESOLVE_NO_MAGICLINKS))
        /// No symbolic link at all is followed.
        package static let noLinks = Resolve(rawValue: UInt64(RESOLVE_NO_SYMLINKS))
        /// No mount point is crossed.
        package static let noMounts = Resolve(rawValue: UInt64(RESOLVE_NO_XDEV))
    }

    /// Returns the paths that a pattern of the shell's names, in order; none where nothing matches.
    /// See glob(3).
    package static func matches(of pattern: String) -> [String] {
        var found = unsafe glob_t()
        defer { unsafe globfree(&found) }
        guard unsafe glob(pattern, 0, nil, &found) == 0, let paths = unsafe found.gl_pathv else {
            return []
        }
        return (0..<Int(unsafe found.gl_pathc)).compactMap { index in
            unsafe paths[index].map { unsafe String(cString: $0) }
        }
    }

    /// Opens a path that somebody else chose, without ever leaving `root`. See openat2(2).
    package static func openBeneath(
        _ root: borrowing Descriptor, _ path: String, _ mode: Mode,
        _ resolve: Resolve = [.inRoot, .noMagicLinks], permissions: UInt32 = 0
    ) throws(KernelFault) -> Descriptor {
        let base = root.number
        let flags = UInt64(UInt32(bitPattern: mode.rawValue | O_CLOEXEC))
        let bits = mode.contains(.create) ? UInt64(permissions) : 0
        // EAGAIN is the kernel's word for "a rename was under way, ask again".
        for _ in 0..<64 {
            do {
                return Descriptor(
                    owning: try Gate.call("openat2", on: path) {
                        unsafe ck_openat2(base, path, flags, bits, resolve.rawValue)
                    })
            } catch  where error.number == EAGAIN {
                continue
            }
        }
        throw KernelFault(call: "openat2", subject: path, number: EAGAIN)
    }

    /// Reads a whole file.
    package static func read(_ path: String, limit: Int) throws(KernelFault) -> [UInt8] {
        try open(path, [.read, .noTerminal]).readAll(limit: limit, name: path)
    }

    /// Reads a whole file as text, with what is no UTF-8 replaced.
    package static func readText(_ path: String, limit: Int = 1 << 20) throws(KernelFault) -> String
    {
        String(decoding: try read(path, limit: limit), as: UTF8.self)
    }

    /// Writes a file so that a reader, or a crash, finds the old content or the new, never a mixture.
    ///
    /// - Parameter durable: whether the content must survive a power cut once this returns.
    package static func replace(
        at directory: borrowing Descriptor, _ name: String, with bytes: [UInt8],
        permissions: UInt32 = 0o600, durable: Bool = false
    ) throws(KernelFault) {
        let draft = ".\(name).\(getpid())"
        do {
            let file = try openDraft(at: directory, draft, permissions)
            try file.writeAll(bytes)
            if durable { try file.sync() }
            try rename(at: directory, draft, to: name)
            if durable { try directory.syncDirectory() }
        } catch {
            // The fault that matters is the one thrown; a draft left behind is replaced next time.
            try? remove(at: directory, draft)
            throw error
        }
    }

    /// Opens a new file for writing, in the place of a draft that an earlier process left behind.
    private static func openDraft(
        at directory: borrowing Descriptor, _ draft: String, _ permissions: UInt32
    ) throws(KernelFault) -> Descriptor {
        let mode: Mode = [.write, .create, .exclusive, .noFollow]
        do {
            return try open(at: directory, draft, mode, permissions: permissions)
        } catch  where error.isPresence {
            try remove(at: directory, draft)
            return try open(at: directory, draft, mode, permissions: permissions)
        }
    }

    /// Removes a file, or an empty directory. See unlinkat(2).
    package static func remove(
        at directory: borrowing Descriptor, _ name: String, isDirectory: Bool = false
    ) throws(KernelFault) {
        let base = directory.number
        _ = try Gate.call("unlinkat", on: name) {
            unsafe unlinkat(base, name, isDirectory ? AT_REMOVEDIR : 0)
        }
    }

    /// Removes a file that may have gone already.
    package static func removeIfPresent(at directory: borrowing Descriptor, _ name: String)
        throws(KernelFault)
    {
        do { try remove(at: directory, name) } catch  where error.number != ENOENT {
            throw error
        } catch {}
    }

    /// Renames within a directory, replacing what has the new name. See rename(2).
    package static func rename(at directory: borrowing Descriptor, _ name: String, to new: String)
        throws(KernelFault)
    {
        let base = directory.number
        _ = try Gate.call("renameat", on: name) { unsafe renameat(base, name, base, new) }
    }

    /// Renames from one directory to another. See renameat2(2).
    package static func rename(
        from source: borrowing Descriptor, _ name: String, to target: borrowing Descriptor,
        _ new: String,
        replacing: Bool
    ) throws(KernelFault) {
        let (from, to) = (source.number, target.number)
        _ = try Gate.call("renameat2", on: name) {
            unsafe ck_renameat2(from, name, to, new, replacing ? 0 : 1)
        }
    }

    /// Makes a directory; false where there was one already. See mkdirat(2).
    @discardableResult
    package static func makeDirectory(
        at directory: borrowing Descriptor, _ name: String, permissions: UInt32 = 0o700
    ) throws(KernelFault) -> Bool {
        let base = directory.number
        do {
            _ = try Gate.call("mkdirat", on: name) { unsafe mkdirat(base, name, permissions) }
            return true
        } catch  where error.number == EEXIST {
            return false
        }
    }

    /// Opens the directory at an absolute path of our own, making what is missing of it.
    package static func ensureDirectory(_ path: String, permissions: UInt32 = 0o700)
        throws(KernelFault) -> Descriptor
    {
        do {
            return try open(path, [.read, .directory])
        } catch  where error.number == ENOENT {
            var directory = try open("/", [.read, .directory])
            for part in path.split(separator: "/") {
                try makeDirectory(at: directory, String(part), permissions: permissions)
                directory = try open(at: directory, String(part), [.read, .directory])
            }
            return directory
        }
    }

    /// Makes a symbolic link; throws EEXIST where the name is taken. See symlinkat(2).
    package static func link(at directory: borrowing Descriptor, _ name: String, to target: String)
        throws(KernelFault)
    {
        let base = directory.number
        _ = try Gate.call("symlinkat", on: name) { unsafe symlinkat(target, base, name) }
    }

    /// Returns where a symbolic link points. See readlinkat(2).
    package static func target(at directory: borrowing Descriptor, _ name: String)
        throws(KernelFault) -> String
    {
        try target(base: directory.number, name)
    }

    /// Returns where the symbolic link at `path` points. See readlink(2).
    package static func target(_ path: String) throws(KernelFault) -> String {
        try target(base: AT_FDCWD, path)
    }

    private static func target(base: CInt, _ name: String) throws(KernelFault) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = try Gate.call("readlinkat", on: name) {
            unsafe buffer.withUnsafeMutableBytes {
                unsafe readlinkat(
                    base, name, $0.assumingMemoryBound(to: CChar.self).baseAddress!, 4096)
            }
        }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// Returns the names in a directory, without `.` and `..`, in byte order. See readdir(3).
    package static func names(in directory: borrowing Descriptor) throws(KernelFault) -> [String] {
        let own = try open(at: directory, ".", [.read, .directory]).release()
        guard let stream = unsafe fdopendir(own) else {
            let number = ck_errno()
            _ = Glibc.close(own)
            throw KernelFault(call: "fdopendir", subject: "", number: number)
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        ck_set_errno(0)
        while let entry = unsafe readdir(stream) {
            // Safety: d_name is a terminated array inside the entry, valid until the next readdir.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        let number = ck_errno()
        if number != 0 { throw KernelFault(call: "readdir", subject: "", number: number) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Removes `name` below `directory` with all that is in it; links are removed, never followed.
    ///
    /// Goes on after a failure, and throws the first one when all else is gone.
    package static func removeTree(at directory: borrowing Descriptor, _ name: String)
        throws(KernelFault)
    {
        try removeTree(at: directory, exactly: FileName(name))
    }

    /// Removes `name`, given as bytes, with all that is in it. See `removeTree(at:_:)`.
    package static func removeTree(at directory: borrowing Descriptor, exactly name: FileName)
        throws(KernelFault)
    {
        do {
            return try remove(at: directory, name)
        } catch  where error.number == ENOENT {
            return
        } catch  where error.number == EISDIR || error.number == EPERM {
            // It is a directory; go on below.
        }
        for round in 1... {
            do {
                return try emptyAndRemove(at: directory, name)
            } catch  where error.number == ENOTEMPTY && round < rounds {
                // Something came into it after it was listed.
            }
        }
    }

    /// How often a directory is emptied that others still write to.
    private static let rounds = 10

    private static func emptyAndRemove(at directory: borrowing Descriptor, _ name: FileName)
        throws(KernelFault)
    {
        var failure: KernelFault?
        do {
            let inside: Descriptor
            do {
                inside = try open(at: directory, name, [.read, .directory, .noFollow])
            } catch  where error.number == EACCES {
                try setPermissions(at: directory, name, 0o700)
                inside = try open(at: directory, name, [.read, .directory, .noFollow])
            }
            for entry in try entries(in: inside) {
                do { try removeTree(at: inside, exactly: entry.name) } catch {
                    failure = failure ?? error
                }
            }
        } catch {
            failure = error
        }
        do {
            try remove(at: directory, name, isDirectory: true)
        } catch  where error.number != ENOENT {
            throw failure ?? error
        } catch {}
    }
}

extension Descriptor {
    /// Waits until the names in this directory are on the disk. See fsync(2).
    package func syncDirectory() throws(KernelFault) { try sync() }
}
