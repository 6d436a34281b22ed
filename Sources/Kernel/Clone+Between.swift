import CKernel
import Glibc

extension Clone {
    /// Makes a copy of this process that is born where `prepare` has led a process in between.
    ///
    /// Some namespaces hold only processes born in them, and the caller must not enter them itself.
    /// So a short-lived process enters them and makes the copy as its own sibling; the two processes
    /// share the caller's table of descriptors, through which the pidfd arrives.
    package static func process(
        _ kinds: Namespaces, cgroup: CInt?, after prepare: () throws(KernelFault) -> Void
    ) throws(KernelFault) -> Copy {
        let pipe = try Descriptor.pipe()
        let between = try process(sharingFiles: true)
        if between.pid == 0 {
            var words: [CInt] = [0, 0, 0]
            do throws(KernelFault) {
                try prepare()
                let copy = try process(kinds, cgroup: cgroup, asSibling: true)
                if copy.pid == 0 { return copy }
                words = [copy.pid, copy.pidfd, 0]
            } catch {
                words = [0, 0, error.number]
            }
            // The parent sees an empty pipe where this fails.
            try? pipe.writing.writeAll(SharedWords.bytes(words))
            end(0)
        }
        Descriptor.drop(between.pidfd)
        // The end to write to is open in the shared table, so the wait comes before the reading.
        _ = try Processes.reap(between.pid, waiting: true)
        try pipe.reading.setBlocking(false)
        let words = SharedWords.numbers(try pipe.reading.read(upTo: 12))
        guard words.count == 3 else { throw KernelFault(call: "clone3", subject: "", number: EIO) }
        guard words[2] == 0 else {
            throw KernelFault(call: "setns or clone3", subject: "", number: words[2])
        }
        return Copy(pid: words[0], pidfd: words[1])
    }
}

/// Numbers as they travel through a pipe between two processes of ours.
enum SharedWords {
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
