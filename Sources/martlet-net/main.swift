import Kernel
import Networks

Processes.end(code: NetworkProgram.run(Caller.words(orEnd: 1)))
