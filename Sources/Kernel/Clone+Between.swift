import CKernel
import Glibc

extension Clone {
    /// Makes a copy of this process that is born where `prepare` has led a process in between.
    ///
    /// Some namespaces hold only processes born in them, and the caller must not enter them itself.
    /// So a short-lived process enters them and makes the copy as its own sibling; the two
    /// processes
    /// share the caller's table of descriptors, through which the pidfd arrives.
    ///
    /// - Parameter isBornThere: whether the process in between is in the cgroup, too: where it
    ///   enters a cgroup namespace, it could make no copy there from outside (cgroups(7)).
    package static func process(
        _ kinds: Namespaces, cgroup: CInt?, isBornThere: Bool = false,
        after prepare: () throws(KernelFault) -> Void
    ) throws(KernelFault) -> Copy {
        // Bare numbers: what one process of the shared table closes is closed for both.
        let ends = try Descriptor.pipe().ends()
        let between = try SharedWords.copy(closing: ends, cgroup: isBornThere ? cgroup : nil)
        if between.pid == 0 {
            var words: [CInt] = [0, 0, 0]
            do throws(KernelFault) {
                try prepare()
                let copy = try process(
                    kinds, cgroup: isBornThere ? nil : cgroup, asSibling: true)
                if copy.pid == 0 {
                    // Its table is its own. With the pipe open here the caller would wait for ever
                    // where the process in between is killed before it has written (F-04).
                    Descriptor.drop(ends.reading)
                    Descriptor.drop(ends.writing)
                    return copy
                }
                words = [copy.pid, copy.pidfd, 0]
            } catch {
                words = [0, 0, error.number]
            }
            // The parent sees an empty pipe where this fails.
            SharedWords.send(words, to: ends.writing)
            end(0)
        }
        Descriptor.drop(between.pidfd)
        // The end to write to is open in the shared table, so the wait comes before the reading.
        _ = try? Processes.reap(between.pid, waiting: true)
        let words = try SharedWords.receive(3, from: ends)
        guard words.count == 3 else { throw KernelFault(call: "clone3", subject: "", number: EIO) }
        guard words[2] == 0 else {
            throw KernelFault(call: "setns or clone3", subject: "", number: words[2])
        }
        return Copy(pid: words[0], pidfd: words[1])
    }
}

/// Numbers as they travel through a pipe between two processes of ours.
enum SharedWords {
    /// Makes a copy of this process that shares its descriptors; closes the pipe where that fails.
    static func copy(closing ends: (reading: CInt, writing: CInt), cgroup: CInt? = nil)
        throws(KernelFault) -> Clone.Copy
    {
        do {
            return try Clone.process(cgroup: cgroup, sharingFiles: true)
        } catch {
            Descriptor.drop(ends.reading)
            Descriptor.drop(ends.writing)
            throw error
        }
    }

    static func send(_ words: [CInt], to number: CInt) {
        let bytes = bytes(words)
        // The reader sees that something is missing.
        _ = unsafe bytes.withUnsafeBytes { unsafe write(number, $0.baseAddress, $0.count) }
    }

    /// Takes over both ends of the pipe, and reads what is in it.
    static func receive(_ count: Int, from ends: (reading: CInt, writing: CInt))
        throws(KernelFault) -> [CInt]
    {
        Descriptor.drop(ends.writing)
        return numbers(try Descriptor(owning: ends.reading).read(upTo: count * 4))
    }

    static func bytes(_ words: [CInt]) -> [UInt8] {
        var bytes: [UInt8] = []
        for word in words {
            for shift in CInt(0)..<4 {
                bytes.append(UInt8(truncatingIfNeeded: word >> (shift * 8)))
            }
        }
        return bytes
    }

    static func numbers(_ bytes: [UInt8]) -> [CInt] {
        var words: [CInt] = []
        for start in stride(from: 0, to: bytes.count - 3, by: 4) {
            var word: CInt = 0
            for place in 0..<4 { word |= CInt(bytes[start + place]) << CInt(place * 8) }
            words.append(word)
        }
        return words
    }
}
