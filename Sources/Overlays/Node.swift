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
    private(set) var listing: Listing?
    /// Its names as they were when reading last began: what a reader goes on with.
    private(set) var snapshot: Listing?
    /// Whether copies with numbers of lower layers lie in it; nil until it was looked for.
    var isImpure: Bool?
    /// Whether new files get its group, see inode(7), S_ISGID.
    var givesGroup: Bool?

    // Other files
    /// Which layer it is in, while it is in no upper one.
    var layer = 0
    /// The file itself, where it is open; see `OpenFileRing`.
    var file: Int32 = -1
    var access = Access.place
    /// Where in the ring it is; -1 where it is not, or not open.
    var slot = -1
    /// Whether it was asked for since the ring came by.
    var isRecent = false
    /// Whether no name leads to it any more, or may not: then it is reached by `file` alone.
    var isPinned = false
    /// Whether the last look at it found set-id bits.
    var hasSetID = true

    /// What a file is open for.
    enum Access: Int {
        case place
        case reading
        case writing
    }

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

    /// Keeps its names until they change.
    func keep(_ names: Listing) { listing = names }

    /// Begins a reading of the names that are kept.
    func beginReading() { snapshot = listing }

    /// The names are others from now on; whoever reads goes on with the old ones.
    func namesChanged() {
        if let listing { snapshot = listing }
        listing = nil
    }

    /// Nobody goes on with the names of an older reading.
    func endReading() { if listing !== snapshot { snapshot = nil } }

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
