import CKernel
import Glibc

// What a helper does to itself before it meets bytes of a stranger.
extension Processes {
    /// Closes every descriptor from 3 on but those named: what a caller left open by accident
    /// (T-FD-1).
    package static func closeDescriptors(except kept: [CInt]) throws(KernelFault) {
        var first: CInt = 3
        for number in kept.sorted() where number >= first {
            if number > first { try close(first, number - 1) }
            first = number + 1
        }
        try close(first, .max)
    }

    private static func close(_ first: CInt, _ last: CInt) throws(KernelFault) {
        _ = try Gate.call("close_range") { ck_close_range(UInt32(first), UInt32(last), 0) }
    }

    /// Makes the standard streams /dev/null, so that no terminal of the caller's is within reach.
    package static func silenceStreams() throws(KernelFault) {
        let null = try Files.open("/dev/null", .readWrite)
        let number = null.number
        for stream in CInt(0)...2 {
            _ = try Gate.call("dup2", on: "/dev/null") { dup2(number, stream) }
        }
    }

    /// Overwrites the environment with zeros: /proc/PID/environ shows nothing of it from now on.
    ///
    /// - Requires: nobody holds on to a variable's address.
    package static func wipeEnvironment() {
        guard let list = unsafe ck_environment() else { return }
        var place = unsafe list
        while let entry = unsafe place.pointee {
            unsafe memset(entry, 0, strlen(entry))
            unsafe place += 1
        }
        unsafe list.pointee = nil
    }

    /// Raises the number of descriptors this process may have, as far as its hard limit lets it.
    package static func raiseDescriptorLimit(to wanted: UInt64) throws(KernelFault) {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        _ = try Gate.call("getrlimit", on: "RLIMIT_NOFILE") { unsafe getrlimit(resource, &limit) }
        let soft = min(UInt64(limit.rlim_max), wanted)
        if soft <= UInt64(limit.rlim_cur) { return }
        limit.rlim_cur = rlim_t(soft)
        _ = try Gate.call("setrlimit", on: "RLIMIT_NOFILE") { unsafe setrlimit(resource, &limit) }
    }

    /// The effective ids of this process. See credentials(7).
    package static var ids: (uid: UInt32, gid: UInt32) { (geteuid(), getegid()) }

    /// The parent's number; 1 or another's once it has ended.
    package static var parent: Int32 { getppid() }
}
