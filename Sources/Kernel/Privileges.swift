import CKernel
import Glibc

/// Ids, capabilities and what else a process may do. See credentials(7), capabilities(7).
package enum Privileges {
    /// Sets of capabilities, bit n for capability n.
    package struct Sets: Equatable, Sendable {
        package var bounding: UInt64
        package var effective: UInt64
        package var permitted: UInt64
        package var inheritable: UInt64
        package var ambient: UInt64

        package init(
            bounding: UInt64 = 0, effective: UInt64 = 0, permitted: UInt64 = 0,
            inheritable: UInt64 = 0,
            ambient: UInt64 = 0
        ) {
            self.bounding = bounding
            self.effective = effective
            self.permitted = permitted
            self.inheritable = inheritable
            self.ambient = ambient
        }
    }

    /// Becomes the user in all three ids. See setresuid(2).
    package static func become(user: UInt32) throws(KernelFault) {
        _ = try Gate.call("setresuid", on: "\(user)") { ck_setresuid(user) }
    }

    /// Becomes the group in all three ids. See setresgid(2).
    package static func become(group: UInt32) throws(KernelFault) {
        _ = try Gate.call("setresgid", on: "\(group)") { ck_setresgid(group) }
    }

    /// Replaces the supplementary groups. See setgroups(2).
    package static func setGroups(_ groups: [UInt32]) throws(KernelFault) {
        _ = try Gate.call("setgroups") {
            unsafe groups.withUnsafeBufferPointer { unsafe ck_setgroups($0.count, $0.baseAddress) }
        }
    }

    /// Returns the effective set of this process. See capget(2).
    package static func effective() throws(KernelFault) -> UInt64 {
        var set: UInt64 = 0
        _ = try Gate.call("capget") { unsafe ck_capget(&set) }
        return set
    }

    /// Takes every capability outside `kept` from the bounding set. See prctl(2), PR_CAPBSET_DROP.
    package static func bound(to kept: UInt64) throws(KernelFault) {
        for capability in 0..<UInt(64) where kept >> UInt64(capability) & 1 == 0 {
            do {
                _ = try Gate.call("prctl", on: "PR_CAPBSET_DROP \(capability)") {
                    ck_prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
                }
            } catch  where error.number == EINVAL {
                // The kernel knows no capability from this number on.
                return
            }
        }
    }

    /// Sets the three sets of this process. See capset(2).
    package static func set(_ sets: Sets) throws(KernelFault) {
        _ = try Gate.call("capset") {
            ck_capset(sets.effective, sets.permitted, sets.inheritable)
        }
    }

    /// Raises capabilities that an exec by an ordinary user keeps. See prctl(2), PR_CAP_AMBIENT.
    package static func raiseAmbient(_ set: UInt64) throws(KernelFault) {
        for capability in 0..<UInt(64) where set >> UInt64(capability) & 1 == 1 {
            _ = try Gate.call("prctl", on: "PR_CAP_AMBIENT_RAISE \(capability)") {
                ck_prctl(PR_CAP_AMBIENT, UInt(PR_CAP_AMBIENT_RAISE), capability, 0, 0)
            }
        }
    }

    /// Keeps the permitted set while the user changes. See prctl(2), PR_SET_KEEPCAPS.
    package static func keepCapabilities(_ kept: Bool) throws(KernelFault) {
        _ = try Gate.call("prctl", on: "PR_SET_KEEPCAPS") {
            ck_prctl(PR_SET_KEEPCAPS, kept ? 1 : 0, 0, 0, 0)
        }
    }

    /// Makes this process and its children unable to gain privileges by exec. See prctl(2),
    /// PR_SET_NO_NEW_PRIVS.
    package static func forbidNew() throws(KernelFault) {
        _ = try Gate.call("prctl", on: "PR_SET_NO_NEW_PRIVS") {
            ck_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        }
    }

    /// Lets other processes of the user look into this one, or not. See prctl(2), PR_SET_DUMPABLE.
    package static func setDumpable(_ dumpable: Bool) throws(KernelFault) {
        _ = try Gate.call("prctl", on: "PR_SET_DUMPABLE") {
            ck_prctl(PR_SET_DUMPABLE, dumpable ? 1 : 0, 0, 0, 0)
        }
    }

    /// Loads a filter of system calls. See seccomp(2), SECCOMP_SET_MODE_FILTER.
    ///
    /// - Parameters:
    ///   - program: instructions of classic BPF, 8 bytes each.
    ///   - flags: SECCOMP_FILTER_FLAG_… bits.
    /// - Returns: the descriptor of the listener where the flags ask for one.
    package static func filter(_ program: [UInt8], flags: UInt32) throws(KernelFault) -> Descriptor?
    {
        let result = try Gate.call("seccomp") {
            unsafe program.withUnsafeBytes {
                // Safety: a filter is never empty, so it has an address.
                unsafe ck_seccomp_filter(flags, $0.baseAddress!, UInt16($0.count / 8))
            }
        }
        // SECCOMP_FILTER_FLAG_NEW_LISTENER
        return flags & 8 != 0 ? Descriptor(owning: result) : nil
    }

    /// Gives this process a session keyring of its own. See keyctl(2), KEYCTL_JOIN_SESSION_KEYRING.
    package static func newSessionKeyring() throws(KernelFault) {
        _ = try Gate.call("keyctl") { ck_keyring_join(nil) }
    }
}
