import Kernel
import Monitors
import Runtimes

// One static program for the processes that enter namespaces: the first word says which it is.
Standard.complete()
let arguments = Caller.words(orEnd: 1)
let words = Array(arguments.dropFirst())
switch words.first {
case "monitor": Processes.end(code: MonitorProgram.run(Array(words.dropFirst())))
case "infra" where words.count == 1: Processes.end(code: InfraProgram.run())
// An OCI runtime's "pause" has a container's id behind it.
case "pause" where words.dropFirst().first?.hasPrefix("--ready-fd=") == true:
    Processes.end(code: PauseProgram.run(Array(words.dropFirst())))
default:
    let name = arguments.first?.split(separator: "/").last.map(String.init)
    Processes.end(
        code: Int(
            RuntimeCommandLine.run(
                words, version: "0.1.0", name: name ?? "martlet-runtime", scopes: .systemd)))
}
