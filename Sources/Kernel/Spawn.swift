import CKernel
import Glibc

/// A program to start: the one way processes of ours start others. See posix_spawn(3).
///
/// The child gets exactly the descriptors listed here and 0, 1, 2; everything above is closed
/// (T-FD-1). Its signals are as a program expects them at its start.
package struct Spawn: Sendable {
    /// An absolute path; for messages alone where `executable` is given.
    package var path: String
    /// The program itself, already open in this process: a sealed copy, for instance.
    package var executable: CInt?
    /// The arguments with the program's name first.
    package var arguments: [String]
    package var environment: [String] = []
    /// What the child's 0, 1, 2 and further numbers are; 0, 1, 2 not given are /dev/null.
    package var descriptors: [Handing] = []
    /// Whether the child leads a session of its own, so that no terminal's signals reach it.
    package var newSession = false

    /// A descriptor of ours and the number it has in the child; 3 and above must have no gaps.
    package struct Handing: Sendable {
        package let number: CInt
        package let inChild: CInt

        package init(_ descriptor: borrowing Descriptor, as inChild: CInt) {
            number = descriptor.number
            self.inChild = inChild
        }

        /// One of our own standard streams, or one we were handed, under the same number.
        package static func standard(_ number: CInt) -> Handing { Handing(number, number) }

        private init(_ number: CInt, _ inChild: CInt) {
            self.number = number
            self.inChild = inChild
        }
    }

    package init(_ path: String, _ arguments: [String]) {
        self.path = path
        self.arguments = arguments
    }

    /// Starts the program.
    ///
    /// - Throws: what execve(2) or clone(2) refused; then there is no child.
    package func start() throws(KernelFault) -> ProcessHandle {
        // Copies out of the way of every target, so that no dup2 overwrites a later one's source.
        let lowest = (descriptors.map(\.inChild).max() ?? 2) + 1
        var copies: [CInt] = []
        defer { for copy in copies { _ = close(copy) } }
        for handing in descriptors {
            copies.append(try copyAway(handing.number, lowest))
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for number in CInt(0)...2 where !descriptors.contains(where: { $0.inChild == number }) {
            unsafe posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
        }
        for (handing, copy) in zip(descriptors, copies) {
            unsafe posix_spawn_file_actions_adddup2(&actions, copy, handing.inChild)
        }
        var program = path
        if let executable {
            // It must still be open when it is executed, so the caller's strays can't be closed
            // here; programs of ours do that themselves, first thing.
            let copy = try copyAway(executable, lowest)
            copies.append(copy)
            program = "/proc/self/fd/\(copy)"
        } else {
            unsafe posix_spawn_file_actions_addclosefrom_np(&actions, lowest)
        }
        let pid = unsafe try launch(program, &actions)
        return try ProcessHandle(pid: pid)
    }

    /// Starts the program in a process born in a control group, which saves the move.
    ///
    /// See clone3(2), CLONE_INTO_CGROUP. What execve(2) refuses is seen as an end with 127.
    ///
    /// - Requires: a process with one thread, and an `executable`.
    /// - Throws: EACCES where the group is not below what this process may move in.
    package func start(in group: ControlGroup) throws(KernelFault) -> ProcessHandle {
        guard let executable else {
            throw KernelFault(call: "clone3", subject: path, number: EINVAL)
        }
        let place = try Files.open(group.directory, [.read, .directory])
        let lowest = (descriptors.map(\.inChild).max() ?? 2) + 1
        var copies: [CInt] = []
        defer { for copy in copies { _ = close(copy) } }
        for handing in descriptors { copies.append(try copyAway(handing.number, lowest)) }
        let program = try copyAway(executable, lowest)
        copies.append(program)
        let copy = try Clone.process(cgroup: place.number)
        if copy.pid == 0 {
            do throws(KernelFault) { try become(program, copies) } catch { Clone.end(127) }
        }
        return ProcessHandle(pid: copy.pid, descriptor: Descriptor(owning: copy.pidfd))
    }

    private func become(_ program: CInt, _ copies: [CInt]) throws(KernelFault) -> Never {
        if newSession { try Processes.beginSession() }
        try Signals.restore()
        for number in CInt(0)...2 where !descriptors.contains(where: { $0.inChild == number }) {
            try Tasks.place(try Files.open("/dev/null", [.readWrite]).release(), at: number)
        }
        for (handing, copy) in zip(descriptors, copies) {
            try Tasks.place(copy, at: handing.inChild)
        }
        try Processes.execute(
            "/proc/self/fd/\(program)", arguments: arguments, environment: environment)
    }

    private func copyAway(_ number: CInt, _ lowest: CInt) throws(KernelFault) -> CInt {
        try Gate.call("fcntl", on: "F_DUPFD_CLOEXEC") {
            ck_fcntl(number, F_DUPFD_CLOEXEC, Int(max(lowest, 10)))
        }
    }

    private func launch(_ program: String, _ actions: inout posix_spawn_file_actions_t)
        throws(KernelFault) -> pid_t
    {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var flags = Int32(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        if newSession { flags |= Int32(POSIX_SPAWN_SETSID) }
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        var pid: pid_t = -1
        _ = try Gate.call("posix_spawn", on: path) {
            let number = unsafe withStringArray(arguments) { argv in
                unsafe withStringArray(environment) { envp in
                    unsafe posix_spawn(&pid, program, &actions, &attributes, argv, envp)
                }
            }
            // posix_spawn returns its error; the gate wants it in errno.
            ck_set_errno(number)
            return number == 0 ? 0 : -1
        }
        return pid
    }
}
