import CommandLine
import Kernel
import Quadlet

// One program, several parts: argv[0] says which.
Standard.complete()
Entrance.answer(.present())
Processes.end(code: Int(Front.run(Array(Swift.CommandLine.arguments.dropFirst()))))
