import Base
import Kernel

/// Several layers seen as one tree, as an overlay of them would show it, without mounting one.
///
/// See overlayfs.rst: a whiteout hides a name of lower layers, an opaque directory all of them.
enum MergedTree {
    /// Returns the directories that make up the one called `name`, topmost first; none where there
    /// is no such directory.
    static func directories(_ name: FileName, in stack: [TreePart]) throws(KernelFault)
        -> [TreePart]
    {
        var found: [TreePart] = []
        for part in stack {
            guard let status = try part.status(name) else {
                if try part.hides(name) { break }
                continue
            }
            guard status.kind == .directory else { break }
            let directory = try part.open(name)
            found.append(directory)
            if try directory.isOpaque() { break }
        }
        return found
    }

    /// Returns the directories that make up the one at a path of the image; links are followed
    /// within the tree. None where there is no such directory.
    static func directories(at path: String, in root: [TreePart]) throws(KernelFault)
        -> [TreePart]
    {
        var rest = Array(path.utf8).split(separator: UInt8(ascii: "/"))
        var way: [[TreePart]] = [root]
        var followed = 0
        while !rest.isEmpty {
            let part = rest.removeFirst()
            if part.elementsEqual([0x2E]) { continue }
            if part.elementsEqual([0x2E, 0x2E]) {
                if way.count > 1 { way.removeLast() }
                continue
            }
            guard let name = FileName(part), let here = way.last else { return [] }
            if let target = try link(name, in: here) {
                followed += 1
                guard followed <= 40 else { return [] }
                if target.bytes.first == UInt8(ascii: "/") { way = [root] }
                rest = target.bytes.split(separator: UInt8(ascii: "/")) + rest
                continue
            }
            let next = try directories(name, in: here)
            if next.isEmpty { return [] }
            way.append(next)
        }
        return way.last ?? root
    }

    /// Returns where a link of that name points; nil where it is none.
    private static func link(_ name: FileName, in stack: [TreePart]) throws(KernelFault)
        -> FileName?
    {
        for part in stack {
            guard let status = try part.status(name) else {
                if try part.hides(name) { return nil }
                continue
            }
            guard status.kind == .link else { return nil }
            return try Files.target(at: part.directory.descriptor, name)
        }
        return nil
    }
}
