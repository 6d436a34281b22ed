package import Kernel

/// What this program is when systemd calls it by its other name.
package enum Entrance {
    /// Does the generator's work and ends the process, where the program was called as one.
    package static func answer(_ caller: Caller) {
        if Generator.answers(to: caller.arguments.first ?? "") { Generator.main(caller) }
    }
}
