package import Kernel

/// What this program is when systemd calls it by its other name.
package enum Entrance {
    /// Does the generator's work where the program was called as one, and returns the exit status;
    /// nil where it was not.
    package static func answer(_ caller: Caller) -> CInt? {
        guard Generator.answers(to: caller.arguments.first ?? "") else { return nil }
        return Generator.main(caller)
    }
}
