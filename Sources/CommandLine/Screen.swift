import Base
import Kernel
import Operations

/// What the user reads: replies on standard output, problems on standard error.
enum Screen {
    /// Shows a reply and what went wrong with it, and returns the exit status.
    static func show(_ view: View) throws(Problem) -> CInt {
        var status = write(try Rendering.text(of: view.content))
        if !view.problems.isEmpty { status = report(view.problems) }
        return view.status ?? status
    }

    /// Shows one reply after the other until one fails, or nobody reads any more.
    static func `repeat`(
        _ repetition: Repetition, _ reply: () throws(Problem) -> View
    ) throws(Problem) -> CInt {
        let clears = repetition.clears && Terminals.isTerminal(standard: 1)
        while true {
            let view = try reply()
            // To the upper left, and all below is empty: a screen that is cleared first flickers.
            let text = (clears ? "\u{1B}[H\u{1B}[J" : "") + (try Rendering.text(of: view.content))
            do throws(KernelFault) { try Console.write(text) } catch {
                return error.name == "EPIPE"
                    ? 0 : report([error.problem("cannot write the output")])
            }
            if !view.problems.isEmpty { return report(view.problems) }
            if let status = view.status, status != 0 { return status }
            Clock.pause(milliseconds: repetition.pauseMilliseconds)
        }
    }

    /// Writes to standard output and returns the exit status.
    ///
    /// Where nobody reads any more, as in `martlet ps | head -1`, that is the reader's wish and no
    /// failure.
    static func write(_ text: String) -> CInt {
        guard !text.isEmpty else { return 0 }
        do throws(KernelFault) {
            try Console.write(text)
            return 0
        } catch {
            return error.name == "EPIPE" ? 0 : report([error.problem("cannot write the output")])
        }
    }

    /// Shows problems on standard error, and returns the exit status of the first.
    static func report(_ problems: [Problem]) -> CInt {
        let text = problems.map { "\($0)\n" }.joined()
        // Where standard error is closed there is nowhere left to say so.
        _ = try? Console.write(text, to: .error)
        return problems.first?.code.exitStatus ?? 0
    }
}
