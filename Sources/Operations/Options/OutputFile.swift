import Base
import Kernel

/// A file that an option names for what a verb writes: a path, or standard output.
enum OutputFile {
    /// Opens it; nil and "-" are standard output, which must not be a terminal.
    static func open(_ path: String?) throws(Problem) -> Descriptor {
        guard let path, path != "-" else {
            let out = try explaining("cannot write to standard output") {
                () throws(KernelFault) in try Standard.duplicate(1)
            }
            if Terminals.isTerminal(out) {
                throw Problem(
                    .badUsage, "refusing to write an archive to a terminal",
                    next: "use --output FILE, or redirect standard output")
            }
            return out
        }
        return try explaining("cannot make \"\(path.printable)\"") { () throws(KernelFault) in
            try Files.open(
                path, [.write, .create, .truncate, .noTerminal], permissions: 0o644)
        }
    }
}
