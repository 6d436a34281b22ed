import Base
import Kernel
import Specs

/// Files of an image, read from its layers without mounting them.
///
/// Whatever an image holds at a path, reading is bounded in size and never leaves the layer, and
/// what is no regular file counts as absent (T-USER-3).
struct ImageFiles {
    /// Directories from the uppermost to the lowest.
    private let directories: [String]
    /// Beside the uppermost: there where it hides names by files (`OverlayPlan.fileMarksSign`).
    private let sign: String?

    /// Those of layers alone.
    init(layers: [String]) { (directories, sign) = (layers, nil) }

    /// Those that a container sees.
    ///
    /// - Parameter own: the container's directory, with what it has written.
    init(of own: String, above layers: [String]) {
        directories = [own + "/upper"] + layers
        sign = own + "/work" + "/\(OverlayPlan.fileMarksSign)"
    }

    /// Returns the text at an absolute path of the image; empty where there is none.
    func text(_ path: String) -> String {
        let parts = path.split(separator: "/").map(String.init)
        for (index, directory) in directories.enumerated() {
            guard let root = try? Files.open(directory, [.read, .directory]) else { continue }
            do throws(KernelFault) {
                let file = try Files.openBeneath(
                    root, parts.joined(separator: "/"), [.read, .nonBlocking, .noTerminal])
                guard try file.status().kind == .regular else { return "" }
                return String(
                    decoding: try file.readAll(limit: Limits.accountFileBytes), as: UTF8.self)
            } catch {
                // Absent here: a lower layer may have it, unless this one hides it.
                let byName = index == 0 && sign.map(Files.exists) == true
                if hides(parts, in: root, byName: byName) { return "" }
            }
        }
        return ""
    }

    /// Whether a whiteout, or a link that leads nowhere, stands at the path or above it.
    private func hides(_ parts: [String], in root: borrowing Descriptor, byName: Bool) -> Bool {
        func status(_ parts: [String]) -> FileStatus? {
            let path = parts.joined(separator: "/")
            return try? Files.openBeneath(root, path, [.place, .noFollow]).status()
        }
        for count in 1...parts.count {
            guard let status = status(Array(parts.prefix(count))) else {
                let mark = ".wh." + parts[count - 1]
                return byName && status(parts.prefix(count - 1) + [mark]) != nil
            }
            if status.kind == .character || status.kind == .link { return true }
        }
        return true
    }
}
