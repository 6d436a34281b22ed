import CKernel
import Glibc

/// A network namespace that is being made while its owner goes on. See network_namespaces(7).
///
/// It takes the kernel most of a millisecond, a large part of a container's start. A process that
/// shares this one's memory and descriptors makes it, and ends with it.
package final class NewNetwork {
    /// Nil once it was waited for.
    private var pid: CInt?

    private init(pid: CInt) { self.pid = pid }

    /// Begins to make one, in the user namespace of the caller.
    ///
    /// - Requires: a process with one thread.
    /// - Returns: nil where no process can be made for it, or this process is making one already.
    package static func begin() -> NewNetwork? {
        let pid = ck_network_begin()
        return pid < 0 ? nil : NewNetwork(pid: pid)
    }

    /// Waits for it and returns its descriptor; nil where the kernel refused it, and will again.
    package func finish() -> Descriptor? {
        guard let pid else { return nil }
        self.pid = nil
        let number = ck_network_end(pid)
        return number < 0 ? nil : Descriptor(owning: number)
    }

    deinit { _ = finish() }
}
