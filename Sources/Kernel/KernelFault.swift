package import Base
import CKernel
import Glibc

/// A system call that the kernel refused: which, on what, and with which error.
package struct KernelFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The call's name as its man page has it.
    package let call: String
    /// What it was called on: a path, a descriptor's purpose, or empty.
    package let subject: String
    /// The error number, see errno(3).
    package let number: CInt

    package init(call: String, subject: String, number: CInt) {
        self.call = call
        self.subject = subject
        self.number = number
    }

    /// The error's name: `ENOENT`.
    package var name: String {
        unsafe strerrorname_np(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    }

    /// The error in the C library's words: `No such file or directory`.
    package var words: String { unsafe String(cString: strerror(number)) }

    /// `open(/proc) failed with EMFILE`
    package var description: String { "\(call)(\(subject)) failed with \(name)" }

    /// Returns the Problem for people: what failed, with this fault as its reason.
    ///
    /// The kind and, where nothing better is given, the next step follow from the error number.
    package func problem(_ what: String, next: String? = nil) -> Problem {
        switch number {
        case ENOSPC, EDQUOT:
            Problem(
                .noSpace, what, why: "\(self): no space is left",
                next: next ?? "free some space, for example with \"martlet image rm\"")
        case EACCES, EPERM, EROFS: Problem(.noPermission, what, why: "\(self)", next: next)
        case EMFILE, ENFILE:
            Problem(
                .kernel, what, why: "\(self)",
                next: next ?? "raise the limit on open files (ulimit -n)")
        default: Problem(.kernel, what, why: "\(self)", next: next)
        }
    }
}

/// Runs `body` and turns a KernelFault into a Problem that says `what` failed.
package func explaining<Value: ~Copyable>(
    _ what: @autoclosure () -> String, next: String? = nil,
    _ body: () throws(KernelFault) -> Value
) throws(Problem) -> Value {
    do {
        return try body()
    } catch {
        throw error.problem(what(), next: next)
    }
}
