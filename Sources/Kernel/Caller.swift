import CKernel
import Glibc

/// Who called this program, with which words and variables.
package struct Caller: Sendable {
    package let uid: UInt32
    package let gid: UInt32
    package let arguments: [String]
    /// The environment as it was at the start; a name that stands twice keeps its first value.
    package let environment: [String: String]

    package init(arguments: [String], environment: [String: String], uid: UInt32, gid: UInt32) {
        self.arguments = arguments
        self.environment = environment
        self.uid = uid
        self.gid = gid
    }

    /// Reads all of it from the kernel. See environ(7), getuid(2).
    package static func present() -> Caller {
        Caller(
            arguments: CommandLine.arguments, environment: variables(), uid: geteuid(),
            gid: getegid())
    }

    /// Returns the words this program was started with, its own name first.
    ///
    /// Without a procfs nothing that a program of ours does is safe or possible: it says so and ends
    /// (T-ROOTFS-8).
    ///
    /// - Parameter code: the exit code then.
    package static func words(orEnd code: Int) -> [String] {
        if Files.exists("/proc/self") { return CommandLine.arguments }
        try? Console.write(
            "error: there is no procfs on /proc\n  hint: mount -t proc proc /proc\n", to: .error)
        Processes.end(code: code)
    }

    private static func variables() -> [String: String] {
        var found: [String: String] = [:]
        // Safety: environ is a list of terminated strings that ends with nil, and nothing else
        // runs.
        guard var entry = unsafe ck_environment() else { return found }
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text)
            if let equals = pair.firstIndex(of: "=") {
                let name = String(pair[..<equals])
                if found[name] == nil { found[name] = String(pair[pair.index(after: equals)...]) }
            }
            unsafe entry += 1
        }
        return found
    }

    /// Returns the supplementary groups. See getgroups(2).
    package static func groups() throws(KernelFault) -> [UInt32] {
        let count = try Gate.call("getgroups") { getgroups(0, nil) }
        var groups = [gid_t](repeating: 0, count: Int(count))
        let got = try Gate.call("getgroups") { unsafe getgroups(count, &groups) }
        return Array(groups[..<Int(got)])
    }

    /// Returns the absolute path of the present directory. See getcwd(3).
    package static func directory() throws(KernelFault) -> String {
        guard let text = unsafe getcwd(nil, 0) else {
            throw KernelFault(call: "getcwd", subject: "", number: ck_errno())
        }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// Returns the file this program runs from. See proc_pid_exe(5).
    package static func program() throws(KernelFault) -> String {
        try Files.target("/proc/self/exe")
    }

    /// Returns the machine's own host name. See uname(2).
    package static func hostName() -> String {
        (try? Files.readText("/proc/sys/kernel/hostname"))?.split(separator: "\n").first.map(
            String.init)
            ?? "localhost"
    }

    /// The effective user of this process, as its user namespace sees it. See geteuid(2).
    package static var user: UInt32 { geteuid() }

    /// Returns the effective user id as the present user namespace has it. See geteuid(2).
    package static func effectiveUID() -> UInt32 { geteuid() }

    /// Returns the pid of this process. See getpid(2).
    package static func pid() -> Int32 { getpid() }
}

/// Random bytes from the kernel. See getrandom(2).
package enum Randomness {
    package static func bytes(_ count: Int) throws(KernelFault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = try Gate.call("getrandom") { unsafe ck_getrandom(&bytes, count) }
        guard got == count else { throw KernelFault(call: "getrandom", subject: "", number: EIO) }
        return bytes
    }

    /// Returns a fresh 64-digit id, as containers and pods have.
    package static func identifier() throws(KernelFault) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let bytes = try bytes(32)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
