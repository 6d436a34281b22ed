import CKernel
import Glibc

/// Copies of this process in namespaces of their own. See clone3(2).
package enum Clone {
    /// A process just made: in the parent its pid and a descriptor of it, in the child 0 and -1.
    package struct Copy {
        package let pid: Int32
        /// Owned by the caller: to be wrapped in a Descriptor at once.
        package let pidfd: CInt
    }

    /// Makes a copy of this process.
    ///
    /// The child has the default for every caught signal; those ignored stay ignored until
    /// `Signals` resets them.
    ///
    /// - Parameters:
    ///   - cgroup: the directory of the cgroup the child is born in.
    ///   - sharingFiles: whether both use one table of descriptors from now on.
    ///   - asSibling: whether the child's parent is the caller's parent.
    /// - Requires: a process with one thread.
    package static func process(
        _ kinds: Namespaces = [], cgroup: CInt? = nil, sharingFiles: Bool = false,
        asSibling: Bool = false
    ) throws(KernelFault) -> Copy {
        var descriptor: CInt = -1
        let pid = try unsafe withUnsafeMutablePointer(to: &descriptor) {
            pointer throws(KernelFault) -> CInt in
            var arguments = clone_args()
            // CLONE_PIDFD and CLONE_CLEAR_SIGHAND
            arguments.flags = UInt64(UInt32(bitPattern: kinds.rawValue)) | 0x1000 | 0x1_0000_0000
            if sharingFiles { arguments.flags |= 0x400 }
            // CLONE_PARENT takes over the caller's own signal to its parent.
            if asSibling { arguments.flags |= 0x8000 }
            arguments.exit_signal = asSibling ? 0 : UInt64(SIGCHLD)
            // Safety: the kernel writes the number before the call returns.
            arguments.pidfd = UInt64(UInt(bitPattern: pointer))
            if let cgroup {
                arguments.flags |= 0x2_0000_0000
                arguments.cgroup = UInt64(cgroup)
            }
            return try Gate.call("clone3", retrying: false) { unsafe ck_clone3(&arguments) }
        }
        return Copy(pid: pid, pidfd: descriptor)
    }

    /// Ends this process at once, running nothing of the parent's. See _exit(2).
    package static func end(_ status: CInt) -> Never { _exit(status) }
}
