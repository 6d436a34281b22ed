package import Base
import Kernel

/// A path inside a container, which has no present directory of ours, or one of the host that must
/// mean the same wherever it is used later.
package enum AbsolutePath {
    /// - Throws: `badValue` for a path that does not begin with `/`.
    package static func parse(_ text: String, for field: String) throws(Problem) -> String {
        guard text.hasPrefix("/") else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no path for \(field)",
                why: "it does not begin with \"/\"")
        }
        return text
    }

    /// Returns a path of the host's as it is from the root on: the caller's directory before it.
    package static func here(_ path: String) throws(Problem) -> String {
        if path.hasPrefix("/") || path.isEmpty { return path }
        let directory = try explaining("cannot tell where \"\(path.printable)\" is") {
            () throws(KernelFault) in try Caller.directory()
        }
        return joined(directory, path)
    }

    /// Joins both, without the parts that stay in place.
    static func joined(_ directory: String, _ path: String) -> String {
        let parts = path.split(separator: "/").filter { $0 != "." }
        return ([directory == "/" ? "" : directory[...]] + parts).joined(separator: "/")
    }
}
