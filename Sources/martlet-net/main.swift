import Kernel
import Networks

Processes.end(code: NetworkProgram.run(CommandLine.arguments))
