import CKernel

/// The user a user namespace belongs to. See ioctl_ns(2), NS_GET_OWNER_UID.
package enum NamespaceOwner {
    /// Returns the uid, as the caller's own user namespace has it.
    package static func uid(of namespace: borrowing Descriptor) throws(KernelFault) -> UInt32 {
        var uid: UInt32 = 0
        let number = namespace.number
        _ = try Gate.call("ioctl", on: "NS_GET_OWNER_UID") {
            unsafe ck_ioctl(number, 0xb704, &uid)
        }
        return uid
    }
}
