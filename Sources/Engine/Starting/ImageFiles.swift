import Base
import Kernel
import Specs

/// Files of an image, read from its layers without mounting them.
///
/// Whatever an image holds at a path, reading is bounded in size and never leaves the layer, and
/// what is no regular file counts as absent (T-USER-3).
struct ImageFiles {
    /// Directories from the uppermost to the lowest.
    let directories: [String]

    /// Returns the text at an absolute path of the image; empty where there is none.
    func text(_ path: String) -> String {
        let parts = path.split(separator: "/").map(String.init)
        for directory in directories {
            guard let root = try? Files.open(directory, [.read, .directory]) else { continue }
            do throws(KernelFault) {
                let file = try Files.openBeneath(
                    root, parts.joined(separator: "/"), [.read, .nonBlocking, .noTerminal])
                guard try file.status().kind == .regular else { return "" }
                return String(
                    decoding: try file.readAll(limit: Limits.accountFileBytes), as: UTF8.self)
            } catch {
                // Absent here: a lower layer may have it, unless this one hides it.
                if hides(parts, in: root) { return "" }
            }
        }
        return ""
    }

    /// Whether a whiteout, or a link that leads nowhere, stands at the path or above it.
    private func hides(_ parts: [String], in root: borrowing Descriptor) -> Bool {
        for count in 1...parts.count {
            let path = parts.prefix(count).joined(separator: "/")
            guard
                let place = try? Files.openBeneath(root, path, [.place, .noFollow]),
                let status = try? place.status()
            else { return false }
            if status.kind == .character || status.kind == .link { return true }
        }
        return true
    }
}
