import Base
import Kernel

/// Keeps the program's own file out of reach of the containers it enters (T-EXE-1).
enum Sealing {
    /// Runs this program again from a read-only mount of itself, unless no container could ever
    /// write to its file: that is so on a read-only mount, and where the file belongs to somebody
    /// whom no user namespace of this caller's can contain. For root `CEntry` has done so already
    /// where it could, at less cost.
    static func ensure() throws(Problem) {
        do {
            // First of all, so that there is no moment in which somebody could look.
            try Privileges.setDumpable(false)
            let program = try Files.open("/proc/self/exe", .place)
            if try Mounts.isReadOnly(program) { return }
            if try Sealed.isSafe(program) { return }
            let sealed = try Sealed.executable(Caller.program(), userNamespace: nil)
            try Tasks.executeAgain(sealed)
        } catch {
            throw error.problem("cannot run from a sealed mount of this program")
        }
    }
}
