import Kernel
import Monitors

// One static program for the processes that enter namespaces: the first word says which it is.
let words = Array(CommandLine.arguments.dropFirst())
switch words.first {
case "monitor": Processes.end(code: MonitorProgram.run(Array(words.dropFirst())))
case "pause": Processes.end(code: PauseProgram.run(Array(words.dropFirst())))
default:
    try Console.write("error: the OCI command line is not built yet\n", to: .error)
    Processes.end(code: 125)
}
