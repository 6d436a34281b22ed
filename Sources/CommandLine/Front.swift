import Base
import Kernel
import Operations

/// The command line: from the words of argv to what the user reads.
package enum Front {
    /// Does what the words ask for and returns the exit status of the process.
    ///
    /// - Parameter arguments: the words after the program's name.
    package static func run(_ arguments: [String]) -> CInt {
        if arguments.first == "__complete" {
            let lines = Completer.lines(for: Array(arguments.dropFirst()))
            return Screen.write(lines.map { $0 + "\n" }.joined())
        }
        do throws(Problem) {
            if arguments.first == "__generate" { return try generate(arguments.dropFirst().first) }
            switch try Dispatch.read(arguments[...]) {
            case .show(let text): return Screen.write(text)
            case .call(let call, let options):
                let house = try options.house()
                guard let repetition = call.repetition else {
                    return try Screen.show(call.perform(house))
                }
                return try Screen.repeat(repetition) { () throws(Problem) in
                    try call.perform(house)
                }
            }
        } catch {
            return Screen.report([error])
        }
    }

    /// Writes the files that are made from the Cards below the project's root.
    private static func generate(_ root: String?) throws(Problem) -> CInt {
        let present = try explaining("cannot find the present directory") {
            () throws(KernelFault) in
            try Caller.directory()
        }
        for file in Generated.files() {
            let path = (root ?? present) + "/" + file.path
            try explaining("cannot write \"\(path)\"") { () throws(KernelFault) in
                let directory = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
                _ = try Files.ensureDirectory(directory, permissions: 0o755)
                try Files.open(path, [.write, .create, .truncate], permissions: 0o644)
                    .writeAll(file.text)
            }
        }
        return 0
    }
}
