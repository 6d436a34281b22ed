import Kernel
import Overlays

Processes.end(code: OverlayProgram.run(CommandLine.arguments))
