import Base
import Kernel

/// Keeps the program's own file out of reach of the containers it enters (T-EXE-1).
enum Sealing {
    /// Runs this program again from a read-only mount of itself, unless no container could ever
    /// write to its file: that is so on a read-only mount, and where the file belongs to somebody
    /// whom no user namespace of this caller's can contain.
    static func ensure() throws(Problem) {
        let caller = Caller.present()
        do {
            // First of all, so that there is no moment in which somebody could look.
            try Privileges.setDumpable(false)
            let program = try Files.open("/proc/self/exe", .place)
            if try Mounts.isReadOnly(program) { return }
            let status = try program.status()
            let isInitial = try Files.readText("/proc/self/uid_map").split {
                $0 == " " || $0 == "\n"
            }
            let isOthers = status.uid != caller.uid && status.permissions & 0o022 == 0
            if isInitial == ["0", "0", "4294967295"], caller.uid != 0, isOthers { return }
            let sealed = try Sealed.executable(Caller.program(), userNamespace: nil)
            let environment = caller.environment.filter { $0.key != "SWIFT_BACKTRACE" }
                .map { "\($0.key)=\($0.value)" }
            try Tasks.execute(sealed, caller.arguments, environment)
        } catch {
            throw error.problem("cannot run from a sealed mount of this program")
        }
    }
}
