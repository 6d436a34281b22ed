import CKernel
import Glibc

/// What a file system of ours does with the open files it serves from, by their numbers.
///
/// Every call answers 0 or more, or the error number negated, see `Gate.answer`.
package enum OpenFiles {
    /// Closes the descriptor; -1 is none.
    package static func close(_ file: CInt) {
        // The number is free whatever close(2) says.
        if file >= 0 { _ = Glibc.close(file) }
    }

    /// Answers a second descriptor of the same open file.
    package static func duplicate(_ file: CInt) -> Int {
        Gate.answer { ck_fcntl(file, F_DUPFD_CLOEXEC, 3) }
    }

    /// See pread(2).
    package static func read(
        _ file: CInt, _ buffer: UnsafeMutableRawBufferPointer, at offset: Int64
    ) -> Int {
        Gate.answer { unsafe pread(file, buffer.baseAddress, buffer.count, off_t(offset)) }
    }

    /// Writes all of `buffer` unless an error stops it; answers how much it wrote. See pwrite(2).
    package static func write(_ file: CInt, _ buffer: UnsafeRawBufferPointer, at offset: Int64)
        -> Int
    {
        var done = 0
        while done < buffer.count {
            let wrote = Gate.answer {
                unsafe pwrite(
                    file, buffer.baseAddress! + done, buffer.count - done,
                    off_t(offset) + off_t(done))
            }
            if wrote < 0 { return done > 0 ? done : wrote }
            if wrote == 0 { break }
            done += wrote
        }
        return done
    }

    /// Reads what the kernel asks of a FUSE server.
    package static func receive(_ device: CInt, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        Gate.answer { unsafe Glibc.read(device, buffer.baseAddress, buffer.count) }
    }

    /// Sends one answer of a FUSE server, in `count` parts.
    package static func send(_ device: CInt, _ parts: UnsafeRawPointer, _ count: CInt) -> Int {
        Gate.answer { unsafe writev(device, parts.assumingMemoryBound(to: iovec.self), count) }
    }

    /// Sets errno, for a C library that asks for it.
    package static func tell(error: Int) { ck_set_errno(CInt(error)) }

    /// See fsync(2), fdatasync(2).
    package static func sync(_ file: CInt, dataOnly: Bool) -> Int {
        Gate.answer { dataOnly ? fdatasync(file) : fsync(file) }
    }

    /// Waits until the content is on the disk, before what is done to the file's name from now on
    /// is: enough for who gives it its name next. See sync_file_range(2).
    ///
    /// ext4 and XFS write names into a journal that never gets ahead of content so written, so no
    /// journal has to be flushed; elsewhere the file is synchronised.
    package static func order(_ file: CInt) -> Int {
        var raw = statfs()
        let known = Gate.answer { unsafe fstatfs(file, &raw) }
        guard known == 0, [0xEF53, 0x5846_5342].contains(UInt32(truncatingIfNeeded: raw.f_type))
        else { return sync(file, dataOnly: true) }
        // SYNC_FILE_RANGE_WAIT_BEFORE, _WRITE and _WAIT_AFTER
        let answer = Gate.answer { sync_file_range(file, 0, 0, 7) }
        return answer == 0 ? 0 : sync(file, dataOnly: true)
    }

    /// See syncfs(2).
    package static func syncFileSystem(_ file: CInt) -> Int { Gate.answer { syncfs(file) } }

    /// See ftruncate(2).
    package static func setSize(_ file: CInt, _ size: Int64) -> Int {
        Gate.answer { ftruncate(file, off_t(size)) }
    }

    /// See fallocate(2).
    package static func allocate(_ file: CInt, _ mode: CInt, _ offset: Int64, _ count: Int64) -> Int
    {
        Gate.answer { fallocate(file, mode, off_t(offset), off_t(count)) }
    }

    /// See lseek(2).
    package static func seek(_ file: CInt, _ offset: Int64, _ whence: CInt) -> Int {
        Gate.answer { lseek(file, off_t(offset), whence) }
    }

    /// A place in an open file.
    package struct Place {
        let file: CInt
        let offset: Int64

        package init(_ file: CInt, at offset: Int64) {
            self.file = file
            self.offset = offset
        }
    }

    /// See copy_file_range(2).
    package static func copyRange(
        from source: Place, to target: Place, _ count: Int, flags: UInt32 = 0
    ) -> Int {
        var from = off_t(source.offset)
        var to = off_t(target.offset)
        return Gate.answer {
            unsafe copy_file_range(source.file, &from, target.file, &to, count, flags)
        }
    }

    /// Copies `size` bytes of content into an empty file: by sharing blocks where the file system
    /// can, else inside the kernel, and without filling holes.
    ///
    /// - Returns: 0 where blocks are shared, 1 where bytes were copied, or the error.
    package static func copyContent(from source: CInt, to target: CInt, size: Int64) -> Int {
        if size == 0 { return 0 }
        // FICLONE; the macro does not reach Swift.
        if Gate.answer({ ck_ioctl_number(target, 0x4004_9409, Int(source)) }) == 0 { return 0 }
        var offset: Int64 = 0
        while offset < size {
            let data = seek(source, offset, SEEK_DATA)
            // ENXIO: nothing but a hole follows. Whoever does not know holes has only data.
            if data == -Int(ENXIO) { break }
            let start = data < 0 ? offset : Int64(data)
            let hole = data < 0 ? -1 : seek(source, start, SEEK_HOLE)
            let end = hole < 0 ? size : Int64(hole)
            let copied = copyStretch(from: source, to: target, start, min(end, size))
            if copied < 0 { return copied }
            offset = end
        }
        let sized = setSize(target, size)
        return sized < 0 ? sized : 1
    }

    private static func copyStretch(
        from source: CInt, to target: CInt, _ start: Int64, _ end: Int64
    ) -> Int {
        var offset = start
        while offset < end {
            let count = Int(min(end - offset, 1 << 30))
            let copied = copyRange(
                from: Place(source, at: offset), to: Place(target, at: offset), count)
            if copied == 0 { return 0 }
            if copied < 0 {
                if [EOPNOTSUPP, EINVAL, EXDEV, ENOSYS].contains(CInt(-copied)) {
                    return copyBytes(from: source, to: target, offset, end)
                }
                return copied
            }
            offset += Int64(copied)
        }
        return 0
    }

    private static func copyBytes(from source: CInt, to target: CInt, _ start: Int64, _ end: Int64)
        -> Int
    {
        var offset = start
        return unsafe withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { room in
            while offset < end {
                let part = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: room[..<Int(min(Int64(room.count), end - offset))])
                let got = unsafe read(source, part, at: offset)
                if got <= 0 { return got }
                let put = unsafe write(
                    target, UnsafeRawBufferPointer(rebasing: part[..<got]), at: offset)
                if put < 0 { return put }
                offset += Int64(put)
            }
            return 0
        }
    }

    /// Reads a stretch of a directory into `buffer` as the kernel lays it out; 0 is the end.
    ///
    /// See getdents(2), struct linux_dirent64.
    package static func entries(_ directory: CInt, into buffer: inout [UInt8]) -> Int {
        Gate.answer {
            unsafe buffer.withUnsafeMutableBytes {
                ck_syscall(
                    Int(SYS_getdents64), Int(directory), Int(bitPattern: $0.baseAddress), $0.count,
                    0, 0, 0)
            }
        }
    }

    /// What statvfs(3) tells of a file system.
    package struct Room: Sendable {
        package var blockSize: UInt = 0
        package var fragmentSize: UInt = 0
        package var blocks: UInt = 0
        package var freeBlocks: UInt = 0
        package var availableBlocks: UInt = 0
        package var files: UInt = 0
        package var freeFiles: UInt = 0
        package var availableFiles: UInt = 0
        package var nameLength: UInt = 0
        package init() {}
    }

    /// See fstatvfs(3).
    package static func room(_ file: CInt, _ room: inout Room) -> Int {
        var raw = statvfs()
        let answer = Gate.answer { unsafe fstatvfs(file, &raw) }
        if answer == 0 {
            room.blockSize = raw.f_bsize
            room.fragmentSize = raw.f_frsize
            room.blocks = raw.f_blocks
            room.freeBlocks = raw.f_bfree
            room.availableBlocks = raw.f_bavail
            room.files = raw.f_files
            room.freeFiles = raw.f_ffree
            room.availableFiles = raw.f_favail
            room.nameLength = raw.f_namemax
        }
        return answer
    }

    /// Sets which permissions new files of this process do not get. See umask(2).
    package static func setCreationMask(_ mask: UInt32) { _ = umask(mask) }

    /// Returns the file handle that names the file across mounts, with its kind; nil where the file
    /// system has none. See name_to_handle_at(2).
    package static func handle(of spot: Spot) -> (kind: Int32, bytes: [UInt8])? {
        var raw = [UInt8](repeating: 0, count: 8 + 128)
        raw[0] = 128
        var mount: CInt = 0
        let name: FileName = spot.name ?? ""
        let flags = spot.name == nil ? Int(AT_EMPTY_PATH) : 0
        let answer = unsafe raw.withUnsafeMutableBytes { buffer in
            unsafe withUnsafeMutablePointer(to: &mount) { mount in
                Gate.answer {
                    unsafe name.pointing {
                        ck_syscall(
                            Int(SYS_name_to_handle_at), Int(spot.base), Int(bitPattern: $0),
                            Int(bitPattern: buffer.baseAddress), Int(bitPattern: mount), flags, 0)
                    }
                }
            }
        }
        guard answer == 0 else { return nil }
        let count = Int(raw[0]) | Int(raw[1]) << 8
        let kind = Int32(raw[4]) | Int32(raw[5]) << 8 | Int32(raw[6]) << 16 | Int32(raw[7]) << 24
        return (kind, Array(raw[8..<8 + min(count, 128)]))
    }

    /// Returns the 16 bytes by which a file system is known; nil where the kernel tells none.
    ///
    /// See ioctl(2), FS_IOC_GETFSUUID, since Linux 6.9.
    package static func uuid(_ file: CInt) -> [UInt8]? {
        var answer = [UInt8](repeating: 0, count: 17)
        let error = Gate.answer {
            unsafe answer.withUnsafeMutableBytes {
                unsafe ck_ioctl(file, 0x8011_1500, $0.baseAddress)
            }
        }
        return error == 0 && answer[0] == 16 ? Array(answer[1...]) : nil
    }
}
