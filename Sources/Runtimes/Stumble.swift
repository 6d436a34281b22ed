import Base
import Kernel

/// Where and why a child gave up, as it tells its parent: one message of four parts.
struct Stumble: Equatable {
    /// What failed, in words for a person.
    var what: String
    /// Whether it was the program itself that could not be found or executed.
    var isExec: Bool
    var fault: KernelFault

    static let mark = UInt8(ascii: "E")
    static let execMark = UInt8(ascii: "X")

    init(_ deed: LaunchPlan.Deed, _ fault: KernelFault) {
        what = deed.failure
        isExec = deed.isExec
        self.fault = fault
    }

    var bytes: [UInt8] {
        let parts = ["\(fault.number)", fault.call, String(fault.subject.prefix(1000)), what]
        return [isExec ? Stumble.execMark : Stumble.mark] + parts.joined(separator: "\0").utf8
    }

    /// Returns nil for what is no stumble.
    init?(_ bytes: [UInt8]) {
        guard bytes.first == Stumble.mark || bytes.first == Stumble.execMark else { return nil }
        let parts = bytes.dropFirst()
            .split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 4, let number = Int32(parts[0]) else { return nil }
        isExec = bytes.first == Stumble.execMark
        what = parts[3]
        fault = KernelFault(call: parts[1], subject: parts[2], number: number)
    }
}

extension Stumble {
    /// Returns the Problem that a child's last message tells of; `program` is what it was to
    /// become.
    static func problem(_ message: [UInt8], program: String) -> Problem {
        guard let stumble = Stumble(message) else {
            return Problem(
                .helper, "the container's first process ended before its program began",
                why: "it was killed during the set-up",
                next: "look for the out-of-memory killer in the kernel's log")
        }
        if stumble.isExec { return exec(stumble.fault, program.printable) }
        var problem = stumble.fault.problem(stumble.what)
        // Callers of an OCI runtime look for the C library's words.
        problem.why =
            stumble.fault.call == KernelFault.refusalCall
            ? stumble.fault.reason : "\(stumble.fault): \(stumble.fault.words)"
        return problem
    }

    private static func exec(_ fault: KernelFault, _ program: String) -> Problem {
        if fault.isAbsence {
            let path = program.contains("/")
            return Problem(
                .commandNotFound, "there is no \"\(program)\" in the container",
                why: path
                    ? "\(fault): no such file or directory, or the interpreter it names is missing"
                    : "executable file not found in $PATH",
                next: "check the command and the image")
        }
        let why = fault.isRefusal ? "permission denied: \(fault)" : "\(fault)"
        return Problem(
            .notExecutable, "\"\(program)\" in the container cannot be executed", why: why,
            next: "check that it is an executable file for this machine")
    }
}
