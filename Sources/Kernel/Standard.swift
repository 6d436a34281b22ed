import CKernel
import Glibc

/// This process's own standard streams. See stdin(3).
package enum Standard {
    /// Opens something in place of each stream that the caller has closed: the next file that is
    /// opened would get its number, and be handed to a container as its stream (T-FD).
    ///
    /// Nothing is to be read from it, and writing to it fails as writing to a closed one does.
    package static func complete() {
        for number in CInt(0)...2 where ck_fcntl(number, F_GETFD, 0) < 0 {
            // The lowest number that is free is this one.
            _ = unsafe ck_openat(AT_FDCWD, "/dev/null", O_RDONLY, 0)
        }
    }

    /// Returns a descriptor of its own for standard stream `number`; the stream itself stays open.
    package static func duplicate(_ number: CInt) throws(KernelFault) -> Descriptor {
        Descriptor(
            owning: try Gate.call("fcntl", on: "standard stream \(number)") {
                ck_fcntl(number, F_DUPFD_CLOEXEC, 3)
            })
    }
}
