package import Kernel

/// How much a tree of files holds: each file once, however many names it has.
package struct TreeSize: Codable, Equatable, Sendable {
    /// Bytes of all regular files.
    package var bytes: Int64 = 0
    /// Names below the top.
    package var names = 0

    package init() {}

    /// Counts what lies below a directory; links are counted, never followed.
    package static func of(_ directory: borrowing Descriptor) throws(KernelFault) -> TreeSize {
        var size = TreeSize()
        var seen: Set<UInt64> = []
        try size.add(directory, &seen)
        return size
    }

    private mutating func add(_ directory: borrowing Descriptor, _ seen: inout Set<UInt64>)
        throws(KernelFault)
    {
        for entry in try Files.entries(in: directory) {
            names += 1
            if entry.isDirectory {
                let inside = try Files.open(
                    at: directory, entry.name, [.read, .directory, .noFollow])
                try add(inside, &seen)
                continue
            }
            // A file that went away since the directory was read counts no more.
            guard let status = try Files.statusIfPresent(at: directory, entry.name),
                status.kind == .regular
            else { continue }
            if status.links > 1, !seen.insert(status.inode).inserted { continue }
            bytes += status.size
        }
    }
}
