package import Base
import Kernel
import UnitFiles

/// The drop-in by which `martlet-quadlet.path` watches the directories below the search path too.
///
/// A path unit watches the directories it names and none below them. So whoever reads them writes
/// down which there are: a directory that is made later shows in the one above it, and is written
/// down then. See systemd.path(5), `PathChanged=`.
package enum WatchDropIn {
    /// The drop-in's path below the directory of units.
    package static let path = "martlet-quadlet.path.d/directories.conf"

    /// Returns the drop-in for the directories that are not in the search path themselves; nil
    /// where there are none.
    package static func text(_ directories: [String], roots: [String]) -> String? {
        // A name that cannot be written in a unit is not watched; the directory above it is.
        let below = directories.filter { directory in
            let isPlain = directory.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            return isPlain && !directory.hasSuffix("\\") && !roots.contains(directory)
        }.sorted()
        if below.isEmpty { return nil }
        let lines = below.map { "PathChanged=\(Quoting.literal($0, variables: false))" }
        return Output.mark + "\n[Path]\n" + lines.joined(separator: "\n") + "\n"
    }

    /// Writes the drop-in, or removes one that is not needed any more.
    ///
    /// - Returns: whether anything changed.
    package static func write(_ text: String?, into units: String) throws(Problem) -> Bool {
        let full = "\(units)/\(path)"
        let (directory, name) = Paths.split(full)
        let present = try? Files.readText(full, limit: Limits.unitFileBytes)
        if present == text { return false }
        try explaining("cannot write \"\(full.printable)\"") { () throws(KernelFault) in
            guard let text else {
                return try Files.remove(at: try Files.open(directory, [.read, .directory]), name)
            }
            try Files.replace(
                at: try Files.ensureDirectory(directory, permissions: 0o755), name,
                with: Array(text.utf8), permissions: 0o644)
        }
        return true
    }
}
