import CKernel
import Glibc

/// An open file that is closed when its owner ends; close-on-exec from birth.
package struct Descriptor: ~Copyable, Sendable {
    /// The raw number, valid while this value lives.
    package let number: CInt

    /// Takes over a number that the kernel has just handed out.
    package init(owning number: CInt) { self.number = number }

    deinit {
        // Nothing can be done about a close that fails, and on Linux the number is free all the same.
        _ = Glibc.close(number)
    }

    /// Gives the number up without closing it; for numbers that another process or table now owns.
    package consuming func release() -> CInt {
        let number = number
        discard self
        return number
    }

    /// Closes now, and says when the kernel reports lost data. See close(2).
    package consuming func close() throws(KernelFault) {
        let number = release()
        _ = try Gate.call("close", retrying: false) { Glibc.close(number) }
    }

    /// Returns a second descriptor of the same open file, at `lowest` or above.
    package func duplicate(lowest: CInt = 3) throws(KernelFault) -> Descriptor {
        Descriptor(
            owning: try Gate.call("fcntl", on: "F_DUPFD_CLOEXEC") {
                ck_fcntl(number, F_DUPFD_CLOEXEC, Int(lowest))
            })
    }

    /// Makes this number stand for the open file of another, for whoever knows it. See dup2(2).
    package func take(the other: borrowing Descriptor) throws(KernelFault) {
        let source = other.number
        _ = try Gate.call("dup2") { dup2(source, number) }
        try inherit(false)
    }

    /// Lets the descriptor pass through the next exec, or stops it from doing so.
    package func inherit(_ inherited: Bool) throws(KernelFault) {
        _ = try Gate.call("fcntl", on: "F_SETFD") {
            ck_fcntl(number, F_SETFD, inherited ? 0 : Int(FD_CLOEXEC))
        }
    }

    /// Makes reads and writes return at once where they would wait, or makes them wait again.
    package func setBlocking(_ blocking: Bool) throws(KernelFault) {
        let flags = try Gate.call("fcntl", on: "F_GETFL") { ck_fcntl(number, F_GETFL, 0) }
        let wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK
        if wanted == flags { return }
        _ = try Gate.call("fcntl", on: "F_SETFL") { ck_fcntl(number, F_SETFL, Int(wanted)) }
    }

    /// Reads up to `count` bytes; an empty array is the end. See read(2).
    package func read(upTo count: Int) throws(KernelFault) -> [UInt8] {
        var failure: KernelFault?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
            do throws(KernelFault) {
                length = try Gate.call("read") {
                    unsafe Glibc.read(number, buffer.baseAddress, count)
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Reads into `span` and returns the number of bytes; 0 is the end. See read(2).
    package func read(into span: inout MutableSpan<UInt8>) throws(KernelFault) -> Int {
        let count = span.count
        var failure: KernelFault?
        let got = unsafe span.withUnsafeMutableBufferPointer { buffer -> Int in
            do throws(KernelFault) {
                return try Gate.call("read") {
                    unsafe Glibc.read(number, buffer.baseAddress, count)
                }
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return got
    }

    /// Reads to the end.
    ///
    /// - Throws: EFBIG where there are more than `limit` bytes.
    package func readAll(limit: Int, name: String = "") throws(KernelFault) -> [UInt8] {
        var bytes: [UInt8] = []
        // Most files are small, and what was read into is memory that must be cleared first.
        var room = 4 << 10
        while true {
            let more = try read(upTo: min(room, limit + 1 - bytes.count))
            if more.count == room { room = 64 << 10 }
            if more.isEmpty { return bytes }
            if bytes.isEmpty { bytes = more } else { bytes += more }
            if bytes.count > limit { throw KernelFault(call: "read", subject: name, number: EFBIG) }
        }
    }

    /// Writes what it can and returns how much that was. See write(2).
    package func write(_ bytes: ArraySlice<UInt8>) throws(KernelFault) -> Int {
        var failure: KernelFault?
        let put = unsafe bytes.withUnsafeBytes { buffer -> Int in
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
        return put
    }

    /// Writes every byte, waiting as long as it takes.
    package func writeAll(_ bytes: [UInt8]) throws(KernelFault) {
        var rest = bytes[...]
        while !rest.isEmpty { rest = rest.dropFirst(try write(rest)) }
    }

    /// Writes every byte of `text` as UTF-8.
    package func writeAll(_ text: String) throws(KernelFault) { try writeAll(Array(text.utf8)) }

    /// Waits until the file's data and size are on the disk. See fsync(2).
    package func sync() throws(KernelFault) { _ = try Gate.call("fsync") { fsync(number) } }

    /// Takes a lock on the open file; false where `waiting` is off and another holds it. See flock(2).
    package func lock(exclusive: Bool, waiting: Bool) throws(KernelFault) -> Bool {
        let operation = (exclusive ? LOCK_EX : LOCK_SH) | (waiting ? 0 : LOCK_NB)
        do {
            _ = try Gate.call("flock") { flock(number, operation) }
            return true
        } catch  where error.number == EWOULDBLOCK {
            return false
        }
    }

    /// Gives up the lock on the open file. See flock(2).
    package func unlock() throws(KernelFault) {
        _ = try Gate.call("flock") { flock(number, LOCK_UN) }
    }

    /// Makes two connected close-on-exec ends of a pipe. See pipe2(2).
    package static func pipe() throws(KernelFault) -> Pipe {
        var ends: (CInt, CInt) = (-1, -1)
        _ = try Gate.call("pipe2") {
            unsafe withUnsafeMutableBytes(of: &ends) {
                unsafe pipe2($0.assumingMemoryBound(to: CInt.self).baseAddress, O_CLOEXEC)
            }
        }
        return Pipe(reading: Descriptor(owning: ends.0), writing: Descriptor(owning: ends.1))
    }
}

/// The two ends of a pipe.
package struct Pipe: ~Copyable {
    package let reading: Descriptor
    package let writing: Descriptor

    package init(reading: consuming Descriptor, writing: consuming Descriptor) {
        self.reading = reading
        self.writing = writing
    }

    /// Gives both ends to their new owners.
    package consuming func ends() -> (reading: CInt, writing: CInt) {
        (reading.release(), writing.release())
    }
}
