import CommandLine
import Kernel
import Quadlet

// One program, several parts: argv[0] says which.
Standard.complete()
let words = Caller.words(orEnd: 125)
Entrance.answer(.present())
Processes.end(code: Int(Front.run(Array(words.dropFirst()))))
