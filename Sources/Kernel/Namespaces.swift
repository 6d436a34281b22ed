import CKernel
import Glibc

/// Kinds of namespaces, as clone(2) and setns(2) name them.
package struct Namespaces: OptionSet, Sendable, Hashable {
    package let rawValue: CInt
    package init(rawValue: CInt) { self.rawValue = rawValue }
    package static let mount = Namespaces(rawValue: CLONE_NEWNS)
    package static let user = Namespaces(rawValue: CLONE_NEWUSER)
    package static let pid = Namespaces(rawValue: CLONE_NEWPID)
    package static let network = Namespaces(rawValue: CLONE_NEWNET)
    package static let ipc = Namespaces(rawValue: CLONE_NEWIPC)
    package static let uts = Namespaces(rawValue: CLONE_NEWUTS)
    package static let cgroup = Namespaces(rawValue: CLONE_NEWCGROUP)
    package static let time = Namespaces(rawValue: 0x80)

    /// Enters the namespace behind a descriptor of `/proc/PID/ns/…`, or several of a pidfd. See
    /// setns(2).
    ///
    /// - Requires: a single-threaded caller where a user or mount namespace is entered.
    package static func enter(_ descriptor: borrowing Descriptor, _ kinds: Namespaces)
        throws(KernelFault)
    {
        try enter(number: descriptor.number, kinds)
    }

    /// Enters the namespace behind a descriptor that stays its owner's.
    package static func enter(number: CInt, _ kinds: Namespaces) throws(KernelFault) {
        _ = try Gate.call("setns") { ck_setns(number, kinds.rawValue) }
    }

    /// Whether this process is in the machine's first user namespace. See user_namespaces(7).
    package static func isFirstUserNamespace() throws(KernelFault) -> Bool {
        let words = try Files.read("/proc/self/uid_map", limit: 1 << 16)
            .split { $0 == 0x20 || $0 == 0x0A }
        return words.count == 3 && words[0].elementsEqual("0".utf8)
            && words[1].elementsEqual("0".utf8) && words[2].elementsEqual("4294967295".utf8)
    }

    /// Moves the caller into new namespaces. See unshare(2).
    package static func unshare(_ kinds: Namespaces) throws(KernelFault) {
        _ = try Gate.call("unshare") { ck_unshare(kinds.rawValue) }
    }

    /// Returns the kind a namespace's descriptor is of. See ioctl_ns(2), NS_GET_NSTYPE.
    package static func kind(of descriptor: borrowing Descriptor) throws(KernelFault) -> Namespaces
    {
        let number = descriptor.number
        return Namespaces(
            rawValue: try Gate.call("ioctl", on: "NS_GET_NSTYPE") {
                ck_ioctl_number(number, 0xb703, 0)
            })
    }

    /// Whether this process is in the namespace behind the descriptor already.
    ///
    /// - Parameter name: the entry of `/proc/self/ns`, such as `user`.
    package static func isOwn(number: CInt, _ name: String) throws(KernelFault) -> Bool {
        try Files.status("/proc/self/ns/\(name)").isSame(
            as: Files.status("/proc/self/fd/\(number)"))
    }
}
