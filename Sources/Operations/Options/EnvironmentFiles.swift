import Base
import Kernel
import Specs

/// Files of `KEY=VALUE` lines, as `--env-file` and `--label-file` read them.
enum EnvironmentFiles {
    /// Returns the variables of every file; a line without "=" names a variable of the caller's.
    ///
    /// Blank lines and lines that begin with "#" are passed over; values are taken as they are.
    static func variables(_ paths: [String]) throws(Problem) -> [ProcessChoices.Variable] {
        var variables: [ProcessChoices.Variable] = []
        for path in paths {
            let text = try explaining("cannot read \"\(path)\"") { () throws(KernelFault) in
                try Files.readText(path)
            }
            for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated()
            {
                let line = raw.drop { $0 == " " || $0 == "\t" }
                if line.isEmpty || line.hasPrefix("#") || line == "\r" { continue }
                let parts = line.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let name = String(parts[0])
                guard !name.isEmpty, !name.contains(" ") else {
                    throw Problem(
                        .badDocument, "\"\(line.prefix(40))\" is no variable",
                        why: "a name without spaces was expected before \"=\"",
                        at: .init(file: path, line: index + 1))
                }
                variables.append(.init(name, parts.count > 1 ? String(parts[1]) : nil))
            }
        }
        return variables
    }
}
