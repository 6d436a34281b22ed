import CKernel
import Glibc

/// What keeping and copying files needs of an open one.
extension Descriptor {
    /// Gives the file to an owner and a group. See fchown(2).
    package func setOwner(uid: UInt32, gid: UInt32) throws(KernelFault) {
        _ = try Gate.call("fchown") { fchown(number, uid, gid) }
    }

    /// Sets when the file was changed and read last. See futimens(3).
    package func setTimes(_ time: FileTime) throws(KernelFault) {
        _ = try Gate.call("futimens") { unsafe time.pointing { unsafe futimens(number, $0) } }
    }

    /// Writes every byte, waiting as long as it takes. See write(2).
    package func writeAll(_ bytes: Span<UInt8>) throws(KernelFault) {
        var done = 0
        while done < bytes.count {
            let rest = bytes.extracting(done...)
            var failure: KernelFault?
            done += unsafe rest.withUnsafeBytes { buffer -> Int in
                do throws(KernelFault) {
                    return try Gate.call("write") {
                        unsafe Glibc.write(number, buffer.baseAddress, buffer.count)
                    }
                } catch {
                    failure = error
                    return 0
                }
            }
            if let failure { throw failure }
        }
    }

    /// Writes every byte, beginning at `offset`. See pwrite(2).
    package func writeAll(_ bytes: Span<UInt8>, at offset: Int64) throws(KernelFault) {
        var done = 0
        while done < bytes.count {
            let rest = bytes.extracting(done...)
            let place = off_t(offset + Int64(done))
            var failure: KernelFault?
            done += unsafe rest.withUnsafeBytes { buffer -> Int in
                do throws(KernelFault) {
                    return try Gate.call("pwrite") {
                        unsafe pwrite(number, buffer.baseAddress, buffer.count, place)
                    }
                } catch {
                    failure = error
                    return 0
                }
            }
            if let failure { throw failure }
        }
    }

    /// Whether this is an empty file that takes bytes at any place: no pipe, and none that is only
    /// added to.
    ///
    /// See pwrite(2), "Bugs", and fcntl(2), F_GETFL.
    package func takesBytesAnywhere() throws(KernelFault) -> Bool {
        let status = try status()
        guard status.kind == .regular, status.size == 0 else { return false }
        let flags = try Gate.call("fcntl") { fcntl(number, F_GETFL) }
        let place = try Gate.call("lseek") { Int(lseek(number, 0, SEEK_CUR)) }
        return flags & O_APPEND == 0 && place == 0
    }

    /// Reads up to `count` bytes that lie at `offset` into the front of `buffer`; 0 is the end.
    ///
    /// See pread(2).
    package func read(into buffer: inout [UInt8], upTo count: Int, at offset: Int64)
        throws(KernelFault) -> Int
    {
        precondition(count <= buffer.count)
        return try Gate.call("pread") {
            unsafe buffer.withUnsafeMutableBytes {
                unsafe pread(number, $0.baseAddress, count, off_t(offset))
            }
        }
    }

    /// Moves to `offset` bytes from the start. See lseek(2).
    package func seek(to offset: Int64) throws(KernelFault) {
        _ = try Gate.call("lseek") { lseek(number, off_t(offset), SEEK_SET) }
    }

    /// Has the kernel begin to write the file to the disk, and does not wait for it.
    ///
    /// See sync_file_range(2), SYNC_FILE_RANGE_WRITE. Nothing is durable by it.
    package func beginWriting() throws(KernelFault) {
        _ = try Gate.call("sync_file_range") { sync_file_range(number, 0, 0, 2) }
    }

    /// Waits until all of the file system this file lies on is on the disk. See syncfs(2).
    package func syncFileSystem() throws(KernelFault) {
        _ = try Gate.call("syncfs") { syncfs(number) }
    }

    /// Makes this empty file share the blocks of `source`; false where the file system cannot.
    ///
    /// See ioctl_ficlone(2).
    package func clone(_ source: borrowing Descriptor) throws(KernelFault) -> Bool {
        let from = source.number
        do {
            // FICLONE; the macro does not reach Swift.
            _ = try Gate.call("ioctl", on: "FICLONE") {
                ck_ioctl_number(number, 0x4004_9409, Int(from))
            }
            return true
        } catch  where [EOPNOTSUPP, EINVAL, EXDEV, ENOTTY, ENOSYS].contains(error.number) {
            return false
        }
    }

    /// Copies all of `source` from its present position to this file's, inside the kernel.
    ///
    /// See copy_file_range(2).
    package func copyAll(of source: borrowing Descriptor) throws(KernelFault) {
        let from = source.number
        do {
            var copied = 1
            while copied > 0 {
                copied = try Gate.call("copy_file_range") {
                    copy_file_range(from, nil, number, nil, 1 << 30, 0)
                }
            }
        } catch  where [EOPNOTSUPP, EINVAL, EXDEV, ENOSYS].contains(error.number) {
            // Such file systems are met at the first call, before anything was copied.
            while true {
                let bytes = try source.read(upTo: 256 << 10)
                if bytes.isEmpty { return }
                try writeAll(bytes)
            }
        }
    }
}

/// Extended attributes. See xattr(7).
extension Descriptor {
    /// Sets an extended attribute of the open file. See fsetxattr(2).
    package func setAttribute(_ name: FileName, _ value: [UInt8]) throws(KernelFault) {
        _ = try Gate.call("fsetxattr", on: "\(name)") {
            unsafe name.pointing { name in
                unsafe value.withUnsafeBytes {
                    unsafe fsetxattr(number, name, $0.baseAddress, $0.count, 0)
                }
            }
        }
    }

    /// Removes an extended attribute of the open file. See fremovexattr(2).
    package func removeAttribute(_ name: FileName) throws(KernelFault) {
        _ = try Gate.call("fremovexattr", on: "\(name)") {
            unsafe name.pointing { unsafe fremovexattr(number, $0) }
        }
    }

    /// Returns the value of an extended attribute, or nil where the file has none of that name.
    ///
    /// See fgetxattr(2).
    package func attribute(_ name: FileName) throws(KernelFault) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 256)
        while true {
            let room = buffer.count
            do {
                let count = try Gate.call("fgetxattr", on: "\(name)") {
                    unsafe name.pointing { name in
                        unsafe buffer.withUnsafeMutableBytes {
                            unsafe fgetxattr(number, name, $0.baseAddress, room)
                        }
                    }
                }
                return Array(buffer[..<count])
            } catch  where error.number == ENODATA || error.number == EOPNOTSUPP {
                return nil
            } catch  where error.number == ERANGE && room < 64 << 10 {
                buffer = [UInt8](repeating: 0, count: 64 << 10)
            }
        }
    }

    /// Returns the names of the file's extended attributes. See flistxattr(2).
    package func attributes() throws(KernelFault) -> [FileName] {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        do {
            let count = try Gate.call("flistxattr") {
                unsafe buffer.withUnsafeMutableBytes {
                    unsafe flistxattr(
                        number, $0.assumingMemoryBound(to: CChar.self).baseAddress, 64 << 10)
                }
            }
            return buffer[..<count].split(separator: 0).compactMap { FileName($0) }
        } catch  where error.number == EOPNOTSUPP {
            return []
        }
    }
}
