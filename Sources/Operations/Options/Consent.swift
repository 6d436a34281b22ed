import Base
import Kernel

/// A person's word before something is removed that nobody named.
enum Consent {
    /// Asks on standard output and reads one line of standard input; only "y" and "yes" mean yes.
    ///
    /// - Throws: `badUsage` where nobody answers, so that a script never removes by accident.
    static func given(_ warning: String) throws(Problem) -> Bool {
        let answer: String
        do throws(KernelFault) {
            let out = try Standard.duplicate(1)
            try out.writeAll(warning + "\nAre you sure you want to continue? [y/N] ")
            var line: [UInt8] = []
            let input = try Standard.duplicate(0)
            while line.last != 0x0A, line.count < 256 {
                let byte = try input.read(upTo: 1)
                if byte.isEmpty { break }
                line += byte
            }
            answer = String(decoding: line, as: UTF8.self)
        } catch {
            throw error.problem("cannot ask before removing")
        }
        guard !answer.isEmpty else {
            throw Problem(
                .badUsage, "nothing was removed", why: "nobody answered the question",
                next: "answer it with y, or use --force to be asked nothing")
        }
        return ["y", "yes"].contains(answer.lowercased().filter { !$0.isWhitespace })
    }
}
