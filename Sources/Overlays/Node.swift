import Kernel

/// One file of the merged tree that the kernel knows, or that one it knows lies below.
final class Node {
    /// Its place in the table; the kernel's number for it is one more.
    let id: Int
    /// Tells it from earlier ones in the same place.
    let generation: UInt64
    /// The bits of st_mode that say what it is.
    let kind: UInt32
    /// The number it is shown with, the same for as long as it is known.
    let inode: UInt64
    /// What it is found again by.
    var key: Key?
    /// How often the kernel was told of it.
    var lookups: UInt64 = 0
    /// Nodes that have it as their parent.
    var children = 0
    var parent: Node?
    var name: FileName
    var hasUpper = false
    /// Whether it has gone from its directory: `name` means nothing any more.
    var isRemoved = false

    // Directories
    /// The directory in the upper layer; -1 while it is not open.
    var upperFile: Int32 = -1
    /// The directories of lower layers that it is made of, topmost first.
    var parts: [Part] = []
    /// Its names, while nothing has changed them.
    var listing: Listing?
    /// Whether copies with numbers of lower layers lie in it; nil until it was looked for.
    var isImpure: Bool?
    /// Whether new files get its group, see inode(7), S_ISGID.
    var givesGroup: Bool?

    // Other files
    /// Which layer it is in, while it is in no upper one.
    var layer = 0
    /// The file itself, where no name leads to it any more; -1 otherwise.
    var pin: Int32 = -1
    /// What is open of it.
    var handles: [Handle] = []

    /// A directory in a lower layer.
    struct Part {
        let layer: Int
        /// -1 while it is not open.
        var file: Int32
    }

    /// Real files are told apart by device and number. Second names of a file in a lower layer
    /// become files of their own when they are copied, so there the name is part of it: `salt`.
    struct Key: Hashable {
        var device: UInt64
        var inode: UInt64
        var salt: UInt64
    }

    var isDirectory: Bool { kind == FileFacts.directory }
    var number: UInt64 { UInt64(id) + 1 }

    init(id: Int, generation: UInt64, kind: UInt32, inode: UInt64, parent: Node?, name: FileName) {
        self.id = id
        self.generation = generation
        self.kind = kind
        self.inode = inode
        self.parent = parent
        self.name = name
    }

    /// Closes what is open of a directory; it is opened again when it is needed.
    ///
    /// - Returns: how many descriptors that were.
    func closeDirectories() -> Int {
        var closed = 0
        if upperFile >= 0 {
            OpenFiles.close(upperFile)
            upperFile = -1
            closed += 1
        }
        for index in parts.indices where parts[index].file >= 0 {
            OpenFiles.close(parts[index].file)
            parts[index].file = -1
            closed += 1
        }
        return closed
    }
}

/// A file that somebody has open.
final class Handle {
    var file: Int32
    let node: Node
    var isUpper: Bool
    /// As it was opened, without what the kernel does itself.
    let flags: Int32

    init(file: Int32, node: Node, isUpper: Bool, flags: Int32) {
        self.file = file
        self.node = node
        self.isUpper = isUpper
        self.flags = flags
    }
}

/// A directory that somebody reads.
final class Reading {
    let node: Node
    /// What it shows until it is read from the start again.
    var listing: Listing?

    init(node: Node) { self.node = node }
}
