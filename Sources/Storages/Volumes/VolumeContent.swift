package import Base
import Kernel

/// What is in a volume: an image's files at its first use, and whom it belongs to.
extension Store {
    /// Copies what an image has at `destination` into an empty new volume, once.
    ///
    /// Two first users at a time are told apart by a lock, and one that comes later finds the note
    /// in the record (T-CP-5). A volume that has content already is left alone. The volume's root
    /// gets owner and mode of the image's directory, also where that is empty.
    ///
    /// - Parameters:
    ///   - volume: the absolute path of the volume's directory of content.
    ///   - layers: where the image's layers are, topmost first.
    ///   - owner: whom the volume's root belongs to where the image has no such directory; nil leaves
    ///     it as it is.
    ///   - isNeeded: asked once the volume is locked; false where another user was first.
    ///   - isDone: notes that the copying is over.
    /// - Requires: the caller stands in the user namespace whose ids the stored files have.
    package func copyUp(
        into volume: String, from layers: LowerStack, at destination: String,
        owner: (uid: UInt32, gid: UInt32)?, whileNeeded isNeeded: () throws(Problem) -> Bool,
        then isDone: () throws(Problem) -> Void
    ) throws(Problem) {
        let parts = volume.split(separator: "/").suffix(2)
        guard let name = parts.first else { return }
        let lock = try hold("volume.\(name)", exclusive: true)
        guard try isNeeded() else { return }
        try explaining("cannot copy the image's \"\(destination)\" into volume \"\(name)\"") {
            () throws(KernelFault) in
            let content = SharedDescriptor(try Files.open(volume, [.read, .directory, .noFollow]))
            guard try Files.entries(in: content.descriptor).isEmpty else { return }
            let source = try MergedTree.directories(
                at: destination, in: try TreePart.open(all: layers.paths))
            if source.isEmpty {
                if let owner { try content.descriptor.setOwner(uid: owner.uid, gid: owner.gid) }
                return
            }
            var copy = TreeCopy(into: content, marks: .applied) { ($0, $1) }
            try copy.copy(source)
            try content.descriptor.syncFileSystem()
        }
        try isDone()
        _ = consume lock
    }

    /// Gives everything below a directory to one owner (`:U`), links themselves and never their
    /// targets.
    ///
    /// Goes no further than the directory's own file system, and not at all where its root is right
    /// already, as podman-run(1) has it for a second start.
    package static func giveTree(_ path: String, uid: UInt32, gid: UInt32) throws(Problem) {
        try explaining("cannot give \"\(path)\" to \(uid):\(gid)") { () throws(KernelFault) in
            let root = try Files.open(path, [.read, .directory])
            let status = try root.status()
            if status.uid == uid, status.gid == gid { return }
            try give(root, uid, gid, device: status.device)
            try root.setOwner(uid: uid, gid: gid)
        }
    }

    private static func give(
        _ directory: borrowing Descriptor, _ uid: UInt32, _ gid: UInt32, device: UInt64
    ) throws(KernelFault) {
        for entry in try Files.entries(in: directory) {
            if entry.isDirectory {
                let inside = try Files.open(
                    at: directory, entry.name, [.read, .directory, .noFollow])
                if try inside.status().device != device { continue }
                try give(inside, uid, gid, device: device)
            }
            try Files.setOwner(at: directory, entry.name, uid: uid, gid: gid)
        }
    }
}
