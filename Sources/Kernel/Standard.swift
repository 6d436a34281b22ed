import CKernel
import Glibc

/// This process's own standard streams. See stdin(3).
package enum Standard {
    /// Returns a descriptor of its own for standard stream `number`; the stream itself stays open.
    package static func duplicate(_ number: CInt) throws(KernelFault) -> Descriptor {
        Descriptor(
            owning: try Gate.call("fcntl", on: "standard stream \(number)") {
                ck_fcntl(number, F_DUPFD_CLOEXEC, 3)
            })
    }
}
