import CommandLine
import Kernel

// One program, several parts: argv[0] says which.
Processes.end(code: Int(Front.run(Array(Swift.CommandLine.arguments.dropFirst()))))
