import Kernel
import Runtimes

// The OCI runtime with its n-th system call refused, in every process of it, for RefusalTests:
// MARTLET_REFUSE=n, with EIO. Ends with a line on standard output where there were fewer calls.
let words = Array(CommandLine.arguments.dropFirst())
let count = Console.variable("MARTLET_REFUSE").flatMap { Int($0) } ?? .max
let (code, reached) = Gate.refusing(call: count, with: 5, everywhere: true) {
    Int(RuntimeCommandLine.run(words, version: "test"))
}
if !reached { try? Console.write("no such call\n") }
Processes.end(code: code)
