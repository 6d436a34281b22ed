import Kernel
import Runtimes

// The OCI runtime with one system call refused, for RefusalTests: MARTLET_REFUSE=n refuses its own
// n-th call with EIO, MARTLET_REFUSE_COPY=n the n-th of the processes it makes. Ends with a line on
// standard output where it made fewer calls itself.
let words = Array(CommandLine.arguments.dropFirst())
let own = Console.variable("MARTLET_REFUSE").flatMap { Int($0) }
let count = own ?? Console.variable("MARTLET_REFUSE_COPY").flatMap { Int($0) } ?? .max
let (code, reached) = Gate.refusing(call: count, with: 5, inCopies: own == nil) {
    Int(RuntimeCommandLine.run(words, version: "test"))
}
if !reached { try? Console.write("no such call\n") }
Processes.end(code: code)
