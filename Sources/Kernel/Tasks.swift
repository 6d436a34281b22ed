import CKernel
import Glibc

/// Settings of this process that its program will find: limits, scheduling, signals, names.
package enum Tasks {
    /// Sets a limit of this process. See getrlimit(2).
    package static func limit(_ resource: CInt, soft: UInt64, hard: UInt64) throws(KernelFault) {
        _ = try Gate.call("prlimit64", on: "\(resource)") { ck_prlimit(0, resource, soft, hard) }
    }

    /// Whether this process has one thread. See proc_pid_task(5).
    package static var isSingle: Bool {
        guard let tasks = try? Files.open("/proc/self/task", [.read, .directory]),
            let names = try? Files.names(in: tasks)
        else { return false }
        return names.count == 1
    }

    /// Sets the execution domain. See personality(2).
    package static func setPersonality(_ value: UInt) throws(KernelFault) {
        _ = try Gate.call("personality") { personality(value) }
    }

    /// The values of sched_setattr(2).
    package struct Schedule: Equatable, Sendable {
        package var policy: UInt32
        package var flags: UInt64
        package var nice: Int32
        package var priority: UInt32
        package var runtime: UInt64
        package var deadline: UInt64
        package var period: UInt64

        package init(policy: UInt32) {
            self.policy = policy
            flags = 0
            nice = 0
            priority = 0
            runtime = 0
            deadline = 0
            period = 0
        }
    }

    /// Sets how this process is scheduled. See sched_setattr(2).
    package static func setSchedule(_ schedule: Schedule) throws(KernelFault) {
        var raw = ck_sched_attr()
        raw.size = UInt32(MemoryLayout<ck_sched_attr>.size)
        raw.policy = schedule.policy
        raw.flags = schedule.flags
        raw.nice = schedule.nice
        raw.priority = schedule.priority
        raw.runtime = schedule.runtime
        raw.deadline = schedule.deadline
        raw.period = schedule.period
        _ = try Gate.call("sched_setattr") { unsafe ck_sched_setattr(&raw) }
    }

    /// Sets class and level of disk access. See ioprio_set(2).
    package static func setIOPriority(class kind: Int32, level: Int32) throws(KernelFault) {
        _ = try Gate.call("ioprio_set") { ck_ioprio_set(kind << 13 | level) }
    }

    /// Sets the processors this process may run on; bit n of byte n / 8 for processor n. See
    /// sched_setaffinity(2).
    package static func setProcessors(_ mask: [UInt8]) throws(KernelFault) {
        _ = try Gate.call("sched_setaffinity") { unsafe ck_sched_setaffinity(mask, mask.count) }
    }

    /// Sets on which nodes of memory this process is given its pages. See set_mempolicy(2).
    ///
    /// - Parameter nodes: bit n of byte n / 8 for node n.
    package static func setMemoryPolicy(_ mode: CInt, nodes: [UInt8]) throws(KernelFault) {
        var words = [UInt](repeating: 0, count: (nodes.count + 7) / 8)
        for (place, byte) in nodes.enumerated() {
            words[place / 8] |= UInt(byte) << UInt(place % 8 * 8)
        }
        _ = try Gate.call("set_mempolicy") {
            // The kernel reads one bit less than it is told.
            unsafe ck_set_mempolicy(
                mode, words.isEmpty ? nil : words,
                words.isEmpty ? 0 : UInt(words.count * UInt.bitWidth + 1))
        }
    }

    /// Sets the bits that files made from now on lack. See umask(2).
    package static func setMask(_ mask: UInt32) { _ = umask(mask) }

    /// Names the machine of this namespace. See sethostname(2).
    package static func setHostName(_ name: String) throws(KernelFault) {
        _ = try Gate.call("sethostname", on: name) { unsafe sethostname(name, name.utf8.count) }
    }

    /// Names the NIS domain of this namespace. See setdomainname(2).
    package static func setDomainName(_ name: String) throws(KernelFault) {
        _ = try Gate.call("setdomainname", on: name) { unsafe setdomainname(name, name.utf8.count) }
    }

    /// Puts an open file at a fixed number, which the next exec keeps. See dup3(2).
    package static func place(_ number: CInt, at place: CInt) throws(KernelFault) {
        if number == place {
            _ = try Gate.call("fcntl", on: "F_SETFD") { ck_fcntl(number, F_SETFD, 0) }
        } else {
            _ = try Gate.call("dup3") { dup3(number, place, 0) }
        }
    }

    /// Returns those of the numbers that are open.
    package static func openNumbers(_ range: Range<CInt>) -> [CInt] {
        range.filter { ck_fcntl($0, F_GETFD, 0) != -1 }
    }

    /// Returns those of the numbers that are open and were handed to this program: its own files
    /// close on exec, those it inherited do not.
    package static func inheritedNumbers(_ range: Range<CInt>) -> [CInt] {
        range.filter { ck_fcntl($0, F_GETFD, 0) == 0 }
    }

    /// Lets these descriptors through the next exec.
    ///
    /// - Throws: EBADF where one is not open.
    package static func keepOpen(_ numbers: [CInt]) throws(KernelFault) {
        for number in numbers {
            _ = try Gate.call("fcntl", on: "descriptor \(number)") { ck_fcntl(number, F_SETFD, 0) }
        }
    }

    /// Replaces the program of this process by an open file; returns only by throwing.
    ///
    /// See execveat(2), AT_EMPTY_PATH.
    package static func execute(
        _ file: borrowing Descriptor, _ arguments: [String], _ environment: [String]
    ) throws(KernelFault) {
        let number = file.number
        unsafe withStringArray(arguments) { argv in
            unsafe withStringArray(environment) { envp in
                _ = unsafe ck_execveat(number, "", argv, envp, AT_EMPTY_PATH)
            }
        }
        throw KernelFault(call: "execveat", subject: "", number: ck_errno())
    }

    /// Replaces this program by an open file, with the words and variables it was started with.
    package static func executeAgain(_ file: borrowing Descriptor) throws(KernelFault) {
        let number = file.number
        // Safety: both lists end with nil and stay as they are until the call.
        if let environment = unsafe ck_environment() {
            _ = unsafe ck_execveat(
                number, "", CommandLine.unsafeArgv, environment, AT_EMPTY_PATH)
        }
        throw KernelFault(call: "execveat", subject: "", number: ck_errno())
    }
}
