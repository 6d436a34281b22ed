import CKernel
import Glibc

extension Descriptor {
    /// Cuts the file off after `count` bytes, or lets it grow by zeros. See ftruncate(2).
    package func truncate(to count: Int64) throws(KernelFault) {
        _ = try Gate.call("ftruncate") { ftruncate(number, off_t(count)) }
    }
}
