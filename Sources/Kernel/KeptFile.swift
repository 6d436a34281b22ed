/// A file of somebody's that several programs change: while one has this, the others wait.
///
/// The lock lies on the directory, as each change puts another file in the place of the old one. A
/// file that is a symbolic link stays one, and what it leads to is changed. See flock(2).
package struct KeptFile: ~Copyable {
    private let directory: Descriptor
    private let name: String

    /// Waits for the file's turn; a directory that is missing is made.
    ///
    /// - Parameter directoryPermissions: of directories that are made.
    package init(_ path: String, directoryPermissions: UInt32 = 0o700) throws(KernelFault) {
        var path = path
        // As many as the kernel follows; see path_resolution(7).
        for _ in 0..<40 {
            guard let target = try KeptFile.target(path) else { break }
            path = target.hasPrefix("/") ? target : "\(KeptFile.parts(path).directory)/\(target)"
        }
        let parts = KeptFile.parts(path)
        let place =
            try parts.directory.hasPrefix("/")
            ? Files.ensureDirectory(parts.directory, permissions: directoryPermissions)
            : Files.open(parts.directory, [.read, .directory])
        do throws(KernelFault) {
            _ = try place.lock(exclusive: true, waiting: true)
        } catch {
            // Without its turn a change may be lost to another; the file is whole all the same.
            guard error.isLockless else { throw error }
        }
        directory = place
        name = parts.name
    }

    /// Puts a file with these bytes in its place, on the disk when this returns.
    package func replace(with bytes: [UInt8], permissions: UInt32) throws(KernelFault) {
        try Files.replace(
            at: directory, name, with: bytes, permissions: permissions, durable: true)
    }

    private static func target(_ path: String) throws(KernelFault) -> String? {
        do throws(KernelFault) { return try Files.target(path) } catch {
            guard error.isAbsence || error.isInvalid else { throw error }
            return nil
        }
    }

    private static func parts(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = path[..<slash]
        return (
            directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...])
        )
    }
}
