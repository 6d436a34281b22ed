import Base
import Kernel

/// Several layers seen as one tree, as an overlay of them would show it, without mounting one.
///
/// See overlayfs.rst: a whiteout hides a name of lower layers, an opaque directory all of them.
enum MergedTree {
    /// Returns the directories that make up the one called `name`, topmost first; none where there
    /// is no such directory.
    static func directories(_ name: FileName, in stack: [SharedDescriptor]) throws(KernelFault)
        -> [SharedDescriptor]
    {
        var found: [SharedDescriptor] = []
        for layer in stack {
            guard let status = try Files.statusIfPresent(at: layer.descriptor, name) else {
                continue
            }
            guard status.kind == .directory else { break }
            let directory = try open(name, in: layer)
            found.append(directory)
            if try directory.descriptor.attribute(Whiteout.opaque) == Whiteout.yes { break }
        }
        return found
    }

    static func open(_ name: FileName, in layer: SharedDescriptor) throws(KernelFault)
        -> SharedDescriptor
    {
        SharedDescriptor(
            try Files.open(at: layer.descriptor, name, [.read, .directory, .noFollow]))
    }

    /// Returns the directories that make up the one at a path of the image; links are followed
    /// within the tree. None where there is no such directory.
    static func directories(at path: String, in root: [SharedDescriptor]) throws(KernelFault)
        -> [SharedDescriptor]
    {
        var rest = Array(path.utf8).split(separator: UInt8(ascii: "/"))
        var way: [[SharedDescriptor]] = [root]
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
    private static func link(_ name: FileName, in stack: [SharedDescriptor]) throws(KernelFault)
        -> FileName?
    {
        for layer in stack {
            guard let status = try Files.statusIfPresent(at: layer.descriptor, name) else {
                continue
            }
            return status.kind == .link ? try Files.target(at: layer.descriptor, name) : nil
        }
        return nil
    }
}
