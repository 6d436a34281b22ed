import Base
package import Kernel

/// The part of the program that is about unit files: the generator, and `martlet quadlet …`.
package enum Entrance {
    /// Does what was asked where it concerns unit files, and returns the exit status; nil where it
    /// does not.
    package static func answer(_ caller: Caller) -> CInt? {
        if Generator.answers(to: caller.arguments.first ?? "") { return Generator.main(caller) }
        let words = caller.arguments.dropFirst()
        guard words.first == "quadlet" else { return nil }
        if words.dropFirst().first == "fail" {
            return Failure.tell(Array(words.dropFirst(2)), caller)
        }
        return nil
    }
}
