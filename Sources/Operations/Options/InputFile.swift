import Base
import Kernel

/// A file that an option names: a path, or standard input.
enum InputFile {
    /// Opens it; nil and "-" are standard input.
    static func open(_ path: String?) throws(Problem) -> Descriptor {
        guard let path, path != "-" else {
            return try explaining("cannot read standard input") { () throws(KernelFault) in
                try Standard.duplicate(0)
            }
        }
        if path.hasPrefix("http://") || path.hasPrefix("https://") {
            throw Problem(
                .notBuilt, "fetching \"\(path)\" is not built yet", next: "fetch it to a file first"
            )
        }
        return try explaining("cannot open \"\(path.printable)\"") { () throws(KernelFault) in
            try Files.open(path, [.read, .noTerminal])
        }
    }
}
