package import Base
import Kernel
package import Specs

/// A stack of layers seen, and written to, as one tree.
///
/// It knows nothing of FUSE: every method answers as a system call does, with 0 or more, or with an
/// error number negated. Directories are reached by descriptors, files by one name in them, so no
/// path is ever walked (law 4).
package final class Overlay {
    /// The root directories of the lower layers, the uppermost first.
    let lower: [Int32]
    let shift: OwnerShift
    let isVolatile: Bool
    /// Whether what is written goes with the overlay.
    let isBrief: Bool
    let readsForeignMarks: Bool
    /// Whether the upper directory's file system refuses character devices, so that whiteouts are
    /// files named `.wh.NAME` there.
    private(set) var writesFileMarks = false
    /// Whether that file system refuses attributes of users, so that opaque directories hold a file
    /// `.wh..wh..opq`.
    private(set) var hasNoAttributes = false
    /// Where files are made before they get their place; -1 where nobody can write.
    private(set) var work: Int32 = -1
    /// The file system most files lie on: their numbers are shown as they are.
    private(set) var homeDevice: UInt64 = 0
    private(set) var devices: [UInt64] = []
    /// The identity of the lower file system, for marks of origin.
    var uuid = [UInt8](repeating: 0, count: 16)

    private var nodes: [Node?] = []
    private var free: [Int] = []
    private var generation: UInt64 = 0
    var known: [Node.Key: Node] = [:]
    var ring: OpenFileRing
    private var drafts = 0
    /// Descriptors of directories that are open, and how many may be before some are closed.
    var openDirectories = 0
    private let directoryLimit: Int
    let ownIDs: (uid: UInt32, gid: UInt32)
    private var creationMask: UInt32 = .max

    package var isReadOnly: Bool { work < 0 }

    /// The root directory; always there.
    let root: Node

    /// Opens the layers of a plan.
    ///
    /// - Requires: `Spot.prepare` has been called.
    package init(_ plan: OverlayPlan, descriptorLimit: Int) throws(Problem) {
        try plan.check()
        isVolatile = plan.isVolatile
        isBrief = plan.isBrief ?? false
        readsForeignMarks = plan.readsForeignMarks
        shift = OwnerShift(user: IDShift(ranges: plan.uids), group: IDShift(ranges: plan.gids))
        directoryLimit = max(64, descriptorLimit / 2)
        ring = OpenFileRing(room: min(Limits.overlayFiles, descriptorLimit / 8))
        ownIDs = Processes.ids
        var opened: [Int32] = []
        for path in plan.lower { opened.append(try Overlay.directory(path, "lower")) }
        lower = opened
        var facts = FileFacts()
        _ = Spot(opened[0]).facts(&facts)
        var upperFile: Int32 = -1
        if let upper = plan.upper {
            upperFile = try Overlay.directory(upper, "upper")
            _ = Spot(upperFile).facts(&facts)
        }
        homeDevice = facts.device
        root = Node(
            id: 0, generation: 0, kind: FileFacts.directory, inode: facts.inode, parent: nil,
            name: ".")
        root.upperFile = upperFile
        root.hasUpper = upperFile >= 0
        root.lookups = 1
        for (layer, file) in opened.enumerated() {
            root.parts.append(.init(layer: layer, file: file))
            if layer + 1 < opened.count, isOpaque(Spot(file)) { break }
        }
        if upperFile >= 0, isOpaque(Spot(upperFile)) { root.parts = [] }
        nodes = [root]
        if let path = plan.work { try prepareWork(path) }
        uuid = OpenFiles.uuid(opened[opened.count - 1]) ?? uuid
    }

    private static func directory(_ path: String, _ word: String) throws(Problem) -> Int32 {
        try explaining("cannot open the \(word) directory \"\(path)\" of the overlay") {
            () throws(KernelFault) in try Files.open(path, [.read, .directory]).release()
        }
    }

    /// Takes over the work directory as the kernel's overlay leaves it, and empties `work` in it.
    private func prepareWork(_ path: String) throws(Problem) {
        let what = "cannot use the work directory \"\(path)\" of the overlay"
        var outer: Int32 = -1
        defer { if outer >= 0 { OpenFiles.close(outer) } }
        work = try explaining(what) { () throws(KernelFault) in
            let own = try Files.open(path, [.read, .directory])
            if try own.status().device != homeDevice {
                throw KernelFault(
                    call: "fstat", subject: path, number: Int32(ErrorNumber.crossDevice))
            }
            try Files.makeDirectory(at: own, "work", permissions: 0o700)
            let work = try Files.open(at: own, "work", [.read, .directory]).release()
            outer = own.release()
            return work
        }
        let mark = Spot(work, "incompat")
        var facts = FileFacts()
        if mark.facts(&facts) == 0 {
            throw Problem(
                .wrongState, "the overlay's writable directory was last used without syncing",
                why: "\"work/incompat\" is in \"\(path)\": a crash may have lost some of it",
                next: "remove that directory if the content is right, or make the container anew")
        }
        try explaining("cannot clear the work directory \"\(path)\"") { () throws(KernelFault) in
            let own = Descriptor(owning: Int32(try duplicate(work)))
            for name in try Files.names(in: own) { try Files.removeTree(at: own, name) }
        }
        if isVolatile {
            _ = mark.makeDirectory(0o700)
            let inside = mark.open(OpenFlags.directory)
            if inside >= 0 {
                _ = Spot(Int32(inside), "volatile").makeDirectory(0o700)
                OpenFiles.close(Int32(inside))
            }
        }
        try explaining(what) { () throws(KernelFault) in try chooseMarks(outer, path) }
    }

    /// Tries what marks the file system takes; that they are files is told beside the work
    /// directory to those who read the upper one without us.
    private func chooseMarks(_ outer: Int32, _ path: String) throws(KernelFault) {
        let trial = draft()
        let made = trial.makeNode(FileFacts.character, 0)
        switch -made {
        case 0: _ = trial.remove()
        case ErrorNumber.notPermitted, ErrorNumber.access, ErrorNumber.unsupported,
            ErrorNumber.invalid, ErrorNumber.noCall:
            writesFileMarks = true
        // What may pass, as a full disk does, must not change how the directory is marked.
        default: throw KernelFault(call: "mknodat", subject: path, number: Int32(-made))
        }
        let own = Spot(work)
        if own.setAttribute(Marks.impure, Marks.yes) == -ErrorNumber.unsupported {
            (hasNoAttributes, writesFileMarks) = (true, true)
        } else {
            _ = own.removeAttribute(Marks.impure)
        }
        let sign = Spot(outer, FileName(OverlayPlan.fileMarksSign))
        var facts = FileFacts()
        if sign.facts(&facts) == 0 {
            writesFileMarks = true
        } else if writesFileMarks {
            let told = sign.makeNode(FileFacts.regular | 0o600, 0)
            if told < 0 {
                throw KernelFault(call: "mknodat", subject: path, number: Int32(-told))
            }
        }
    }

    private func duplicate(_ file: Int32) throws(KernelFault) -> Int {
        let number = OpenFiles.duplicate(file)
        if number < 0 { throw KernelFault(call: "fcntl", subject: "", number: Int32(-number)) }
        return number
    }

    /// Takes the mark of an unsynchronised use away, once all of it is on the disk.
    package func finish() {
        guard work >= 0, isVolatile, !isBrief else { return }
        guard OpenFiles.syncFileSystem(work) == 0 else { return }
        let mark = Spot(work, "incompat").open(OpenFlags.directory)
        if mark < 0 { return }
        _ = Spot(Int32(mark), "volatile").remove(isDirectory: true)
        OpenFiles.close(Int32(mark))
        _ = Spot(work, "incompat").remove(isDirectory: true)
    }

    /// A name in the work directory that nothing has yet.
    func draft() -> Spot {
        drafts += 1
        return Spot(work, FileName("#\(drafts)"))
    }

    // MARK: Nodes

    /// Returns the node that the kernel means.
    ///
    /// Every request begins with it: the one moment at which no descriptor is on its way.
    func node(_ number: UInt64) -> Node? {
        if openDirectories >= directoryLimit { closeIdleDirectories() }
        let id = Int(truncatingIfNeeded: number) - 1
        return nodes.indices.contains(id) ? nodes[id] : nil
    }

    func makeNode(
        _ kind: UInt32, inode: UInt64, parent: Node, name: FileName, key: Node.Key?
    ) -> Node {
        generation += 1
        let id: Int
        if let last = free.popLast() {
            id = last
        } else {
            id = nodes.count
            nodes.append(nil)
        }
        let node = Node(
            id: id, generation: generation, kind: kind, inode: inode, parent: parent, name: name)
        parent.children += 1
        nodes[id] = node
        node.key = key
        if let key { known[key] = node }
        return node
    }

    /// Finds the node by another key from now on, or by none.
    func rekey(_ node: Node, _ key: Node.Key?) {
        if let old = node.key, known[old] === node { known[old] = nil }
        node.key = key
        if let key { known[key] = node }
    }

    func move(_ node: Node, to parent: Node, _ name: FileName) {
        if node.parent !== parent {
            node.parent?.children -= 1
            let old = node.parent
            node.parent = parent
            parent.children += 1
            if let old { drop(ifUnused: old) }
        }
        node.name = name
    }

    /// The kernel has forgotten a file `count` times.
    package func forget(_ number: UInt64, _ count: UInt64) {
        guard let node = node(number), node !== root else { return }
        node.lookups -= min(count, node.lookups)
        drop(ifUnused: node)
    }

    func drop(ifUnused first: Node) {
        var node = first
        while node !== root, node.lookups == 0, node.children == 0 {
            rekey(node, nil)
            openDirectories -= node.closeDirectories()
            closeFile(node)
            nodes[node.id] = nil
            free.append(node.id)
            guard let parent = node.parent else { return }
            node.parent = nil
            parent.children -= 1
            node = parent
        }
    }

    // MARK: Where things are

    /// The open directory of a node in the upper layer; negative where it cannot be opened.
    func upperFile(_ node: Node) -> Int32 {
        if node.upperFile >= 0 { return node.upperFile }
        guard let parent = node.parent, node.hasUpper else { return -1 }
        let file = openDirectory(Spot(upperFile(parent), node.name))
        node.upperFile = file
        return file
    }

    /// The open directory of a node in its `index`th lower layer.
    func partFile(_ node: Node, _ index: Int) -> Int32 {
        let part = node.parts[index]
        if part.file >= 0 { return part.file }
        guard let parent = node.parent,
            let above = parent.parts.firstIndex(where: { $0.layer == part.layer })
        else { return -1 }
        let file = openDirectory(Spot(partFile(parent, above), node.name))
        node.parts[index] = .init(layer: part.layer, file: file)
        return file
    }

    private func openDirectory(_ spot: Spot) -> Int32 {
        let file = Int32(spot.open(OpenFlags.directory))
        if file >= 0 { openDirectories += 1 }
        return file
    }

    /// Closes directories that can be opened again by their names.
    private func closeIdleDirectories() {
        for case let node? in nodes
        where node.isDirectory && node !== root && !node.isRemoved {
            openDirectories -= node.closeDirectories()
        }
    }

    /// The real file that stands for a node: what its attributes are read from.
    func spot(_ node: Node) -> Spot {
        if node.isDirectory {
            guard let parent = node.parent, !node.isRemoved else {
                return Spot(node.hasUpper ? upperFile(node) : partFile(node, 0))
            }
            if node.hasUpper {
                return node.upperFile >= 0
                    ? Spot(node.upperFile) : Spot(upperFile(parent), node.name)
            }
            return Spot(partFile(node, 0))
        }
        guard !node.isPinned, let parent = node.parent else { return Spot(node.file) }
        if node.hasUpper { return Spot(upperFile(parent), node.name) }
        return spot(parent, inLayer: node.layer, node.name)
    }

    func spot(_ parent: Node, inLayer layer: Int, _ name: FileName) -> Spot {
        guard let index = parent.parts.firstIndex(where: { $0.layer == layer }) else {
            return Spot(-1)
        }
        return Spot(partFile(parent, index), name)
    }

    /// The place of a name in `source`: 0 is the upper directory, then come the parts.
    func spot(_ parent: Node, source: Int, _ name: FileName) -> Spot {
        Spot(source == 0 ? upperFile(parent) : partFile(parent, source - 1), name)
    }

    /// Makes files get the permissions that the caller's mask leaves; returns the mask before.
    @discardableResult
    func use(mask: UInt32) -> UInt32 {
        let before = creationMask
        if mask == before { return before }
        OpenFiles.setCreationMask(mask)
        creationMask = mask
        return before
    }

    /// The number shown for a file: real numbers of other file systems get a mark of theirs on top.
    func shown(_ inode: UInt64, on device: UInt64) -> UInt64 {
        if device == homeDevice { return inode }
        let index: Int
        if let found = devices.firstIndex(of: device) {
            index = found
        } else {
            index = devices.count
            devices.append(device)
        }
        return inode ^ UInt64(index + 1) << 52
    }
}

/// What open(2) calls its flags.
enum OpenFlags {
    /// Opens a directory to read it.
    static let directory = Files.Mode([.read, .directory]).rawValue
    static let place = Files.Mode([.place]).rawValue
    static let readOnly = Files.Mode.read.rawValue
    static let readWrite = Files.Mode.readWrite.rawValue
    static let creating = Files.Mode([.create, .exclusive]).rawValue
    /// O_TMPFILE
    static let nameless: Int32 = 0o20000000 | directory
}
