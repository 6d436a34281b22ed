import CKernel
import Glibc

/// The limits of this process. See getrlimit(2).
package enum ResourceLimits {
    /// Returns the highest number of open files that may be asked for.
    package static func openFiles() throws(KernelFault) -> UInt64 {
        var limit = rlimit()
        _ = try Gate.call("getrlimit", on: "RLIMIT_NOFILE") {
            unsafe getrlimit(RLIMIT_NOFILE, &limit)
        }
        return UInt64(limit.rlim_max)
    }
}
