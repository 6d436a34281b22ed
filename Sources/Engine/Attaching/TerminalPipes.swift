import Base
import Kernel

/// The two pipes between a terminal session and a monitor: keys one way, output the other.
struct TerminalPipes: ~Copyable {
    private let input: Pipe
    private let output: Pipe

    static func make() throws(Problem) -> TerminalPipes {
        try explaining("cannot make the pipes of a terminal") { () throws(KernelFault) in
            TerminalPipes(input: try Descriptor.pipe(), output: try Descriptor.pipe())
        }
    }

    private init(input: consuming Pipe, output: consuming Pipe) {
        self.input = input
        self.output = output
    }

    /// The ends the monitor gets, in the order of an attachment.
    func theirs(withInput: Bool) -> [Int32] {
        withInput ? [input.reading.number, output.writing.number] : [output.writing.number]
    }

    /// The ends that stay here.
    struct Ours: ~Copyable {
        let input: Descriptor
        let output: Descriptor
    }

    /// Closes the monitor's ends and gives ours to the session.
    consuming func ours() -> Ours {
        let keys = input.ends()
        let shown = output.ends()
        // Closed here, so that the end of the monitor's copies is seen.
        _ = Descriptor(owning: keys.reading)
        _ = Descriptor(owning: shown.writing)
        return Ours(
            input: Descriptor(owning: keys.writing), output: Descriptor(owning: shown.reading))
    }
}
