import CKernel
import Glibc

/// How a process ended.
package enum ProcessEnd: Equatable, Sendable {
    case code(Int)
    case signal(Int32)

    /// The exit code as shells and `run` pass it on: 128 + number for a signal.
    package var exitCode: Int {
        switch self {
        case .code(let code): code
        case .signal(let number): 128 + Int(number)
        }
    }
}

/// A hold on one process that no later process with its number can take over. See pidfd_open(2).
package struct ProcessHandle: ~Copyable, Sendable {
    package let pid: Int32
    /// Readable, for a Loop, once the process has ended.
    package let descriptor: Descriptor

    /// Takes hold of a process by its number.
    ///
    /// - Requires: it is a child not yet reaped, or the caller checks its start time afterwards.
    package init(pid: Int32) throws(KernelFault) {
        self.pid = pid
        descriptor = Descriptor(
            owning: try Gate.call("pidfd_open", on: "\(pid)") { ck_pidfd_open(pid) })
    }

    /// Takes over a pidfd the kernel has handed out, as clone3(2) does.
    package init(pid: Int32, descriptor: consuming Descriptor) {
        self.pid = pid
        self.descriptor = descriptor
    }

    /// Sends a signal; throws ESRCH once the process has been reaped.
    package func send(signal: Int32) throws(KernelFault) {
        let number = descriptor.number
        _ = try Gate.call("pidfd_send_signal", on: "\(pid)") {
            ck_pidfd_send_signal(number, signal)
        }
    }

    /// Whether the process has not ended yet.
    package func isAlive() -> Bool {
        var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&entry, 1, 0) == 0
    }

    /// Waits until the process, a child of ours, has ended, and reaps it.
    package func wait() throws(KernelFault) -> ProcessEnd {
        guard let end = try Processes.reap(pid, waiting: true) else { return .code(0) }
        return end
    }
}

/// Processes by their numbers.
package enum Processes {
    /// Reaps a child; nil where `waiting` is off and it has not ended. See waitpid(2).
    package static func reap(_ pid: Int32, waiting: Bool) throws(KernelFault) -> ProcessEnd? {
        var status: CInt = 0
        let got = try Gate.call("waitpid", on: "\(pid)") {
            unsafe waitpid(pid, &status, waiting ? 0 : WNOHANG)
        }
        return got == 0 ? nil : end(status)
    }

    /// Reaps any child that has ended; nil where there is none.
    package static func reapAny() throws(KernelFault) -> (pid: Int32, end: ProcessEnd)? {
        var status: CInt = 0
        do {
            let pid = try Gate.call("waitpid") { unsafe waitpid(-1, &status, WNOHANG) }
            return pid == 0 ? nil : (pid, end(status))
        } catch  where error.number == ECHILD {
            return nil
        }
    }

    private static func end(_ status: CInt) -> ProcessEnd {
        ck_wifexited(status) != 0
            ? .code(Int(ck_wexitstatus(status))) : .signal(ck_wtermsig(status))
    }

    /// Returns clock ticks from boot to the start of a process. See proc(5), /proc/pid/stat.
    package static func startTicks(of pid: Int32) throws(KernelFault) -> UInt64 {
        let text = try Files.read("/proc/\(pid)/stat", limit: 4096)
        // The second field, the program's name, may hold anything, even ")" and spaces.
        guard let paren = text.lastIndex(of: UInt8(ascii: ")")) else { return 0 }
        var spaces = 0
        var ticks: UInt64 = 0
        for byte in text[paren...] {
            if byte == UInt8(ascii: " ") {
                spaces += 1
            } else if spaces == 20 {
                ticks = ticks &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
            }
        }
        return ticks
    }

    /// Returns the letter of a process's state; nil where there is none. See proc_pid_stat(5).
    package static func state(of pid: Int32) -> Character? {
        guard let text = try? Files.readText("/proc/\(pid)/stat", limit: 4096),
            let paren = text.utf8.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        return text[paren...].dropFirst(2).first
    }

    /// Whether a process with this number and start runs; one that waits to be reaped does not.
    package static func isAlive(_ pid: Int32, startTicks: UInt64) -> Bool {
        (try? runs(pid, startTicks: startTicks)) ?? false
    }

    /// The same, where what cannot be looked at is not taken for gone.
    package static func runs(_ pid: Int32, startTicks: UInt64) throws(KernelFault) -> Bool {
        do {
            let text = try Files.readText("/proc/\(pid)/stat", limit: 4096)
            guard let paren = text.utf8.lastIndex(of: UInt8(ascii: ")")) else { return false }
            let fields = text[paren...].dropFirst(2).split(separator: " ")
            return fields.count > 19 && UInt64(fields[19]) == startTicks
                && fields[0] != "Z" && fields[0] != "X"
        } catch  where error.number == ENOENT || error.number == ESRCH {
            return false
        }
    }

    /// Names the kernel's present boot. See random(4), boot_id.
    package static func bootID() throws(KernelFault) -> String {
        try Files.readText("/proc/sys/kernel/random/boot_id", limit: 64)
            .filter { $0 != "\n" }
    }

    /// The number of this process.
    package static var own: Int32 { getpid() }

    /// The user this process acts as, as its user namespace numbers it.
    package static var user: UInt32 { geteuid() }

    /// Ends this process at once, without the C library's farewells.
    package static func end(code: Int) -> Never { _exit(CInt(clamping: code)) }

    /// Lets none of this process's descriptors from `lowest` on pass through an exec, however they
    /// came to be open (T-FD-1). See close_range(2).
    package static func keepDescriptors(from lowest: CInt) throws(KernelFault) {
        _ = try Gate.call("close_range", on: "CLOSE_RANGE_CLOEXEC") {
            ck_close_range(UInt32(lowest), .max, 4)
        }
    }

    /// Closes every descriptor from `lowest` on: what a caller left open by accident (T-FD-1).
    package static func closeDescriptors(from lowest: CInt) throws(KernelFault) {
        _ = try Gate.call("close_range") { ck_close_range(UInt32(lowest), .max, 0) }
    }

    /// Lets this process have as many descriptors as it may. See getrlimit(2), RLIMIT_NOFILE.
    package static func raiseFileLimit() throws(KernelFault) {
        var limit = rlimit()
        _ = try Gate.call("getrlimit") { unsafe getrlimit(__rlimit_resource_t(7), &limit) }
        limit.rlim_cur = limit.rlim_max
        _ = try Gate.call("setrlimit") { unsafe setrlimit(__rlimit_resource_t(7), &limit) }
    }

    /// Makes this process the parent of orphans below it. See PR_SET_CHILD_SUBREAPER(2const).
    package static func adoptOrphans() throws(KernelFault) {
        _ = try Gate.call("prctl", on: "PR_SET_CHILD_SUBREAPER") {
            ck_prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        }
    }

    /// Asks for `signal` when the parent ends. See PR_SET_PDEATHSIG(2const).
    package static func endWithParent(signal: Int32) throws(KernelFault) {
        _ = try Gate.call("prctl", on: "PR_SET_PDEATHSIG") {
            ck_prctl(PR_SET_PDEATHSIG, UInt(signal), 0, 0, 0)
        }
    }

    /// Begins a session of its own, without a controlling terminal. See setsid(2).
    package static func beginSession() throws(KernelFault) {
        _ = try Gate.call("setsid") { setsid() }
    }

    /// Replaces this process by the program at `path`; returns only by throwing. See execve(2).
    package static func execute(_ path: String, arguments: [String], environment: [String])
        throws(KernelFault) -> Never
    {
        unsafe withStringArray(arguments) { argv in
            unsafe withStringArray(environment) { envp in
                _ = unsafe execve(path, argv, envp)
            }
        }
        throw KernelFault(call: "execve", subject: path, number: ck_errno())
    }

    /// Replaces this process by an open program, whatever the root directory is by now; returns
    /// only by throwing. See fexecve(3).
    package static func execute(
        _ program: borrowing Descriptor, arguments: [String], environment: [String]
    ) throws(KernelFault) -> Never {
        let number = program.number
        unsafe withStringArray(arguments) { argv in
            unsafe withStringArray(environment) { envp in
                _ = unsafe fexecve(number, argv, envp)
            }
        }
        throw KernelFault(call: "execveat", subject: "own program", number: ck_errno())
    }
}

/// Lends `strings` as the null-terminated array of C strings that exec wants.
func withStringArray<Value>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
) -> Value {
    let array = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
        capacity: strings.count + 1)
    for (index, string) in strings.enumerated() { unsafe array[index] = strdup(string) }
    unsafe array[strings.count] = nil
    defer {
        for index in strings.indices { unsafe free(array[index]) }
        unsafe array.deallocate()
    }
    return unsafe body(array)
}
