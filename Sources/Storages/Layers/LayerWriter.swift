package import Base
package import Kernel

/// Writes the entries of a layer's archive into a directory that becomes one lower directory of an
/// overlay, and never a byte outside it.
///
/// Parents are opened beneath the directory with RESOLVE_IN_ROOT, so a link in the archive leads at
/// most to another place in the layer (T-TAR-2); the last part of a name is never followed.
/// Whiteouts become what the kernel's overlay with `userxattr` reads: character devices 0/0 and
/// `user.overlay.opaque` (overlayfs.rst, "whiteouts and opaque directories"). A layer's whiteout
/// hides only what lies below the layer (image-spec layer.md, "Whiteouts").
///
/// Memory does not grow with the archive: a directory's time is put back each time the writer
/// leaves it, so no list of directories is kept (T-TAR-11).
///
/// - Requires: the caller is root in the user namespace whose ids the files are to have.
package struct LayerWriter: ~Copyable, TarSink {
    /// What to do with owners.
    package enum Ownership: Sendable {
        /// Files belong to whom the archive says, within the namespace's ids.
        case kept
        /// Everything belongs to the caller; for a user without a range of subordinate ids.
        case single
    }

    /// The directory that entries go into at present.
    struct Place: ~Copyable {
        let path: EntryPath
        let directory: Descriptor
        /// What its time must be again when the writer leaves.
        let time: FileTime
        /// Whether new files in it get its group (set-gid).
        let givesGroup: Bool
        var isTouched = false
    }

    /// A layer below this one: its directory's name in an open directory.
    package struct Below: Sendable {
        let base: SharedDescriptor
        let name: String
    }

    let root: SharedDescriptor
    let ownership: Ownership
    /// The layers below, topmost first.
    let below: [Below]
    var place: Place
    var file: Descriptor?
    var entry = TarEntry()
    /// Bytes of all files so far.
    package private(set) var size: Int64 = 0
    /// Device nodes that were left out: nobody could use them without privileges (T-TAR-9).
    package private(set) var skippedDevices = 0
    /// Extended attributes that the file system does not take.
    package internal(set) var lostAttributes = 0
    /// Writes down how the archive is made again; nil where nobody wants to know.
    var recipe: LayerRecipe?
    /// Whether content of the archive is not in the layer: a later entry took its place.
    package private(set) var hasOverwritten = false
    /// Directories to be made like those below later; nil where they are made so at once.
    private(set) var implied: ImpliedDirectories?
    /// Whether names with `.wh.` are whiteouts; off for archives that are no layers, which are
    /// unpacked over a directory that is somebody's and stays as it is.
    let readsWhiteouts: Bool

    /// Begins with an empty directory, which is as the root below it until the archive says more.
    package init(
        into root: SharedDescriptor, ownership: Ownership = .kept, above below: [Below] = [],
        readsWhiteouts: Bool = true
    ) throws(Problem) {
        self.readsWhiteouts = readsWhiteouts
        self.ownership = ownership
        self.below = below
        do throws(KernelFault) {
            if readsWhiteouts {
                try LayerWriter.dress(root.descriptor, as: EntryPath(parts: []), of: below)
            }
            place = try LayerWriter.place(at: EntryPath(parts: []), beneath: root.descriptor)
        } catch {
            throw error.problem("cannot write a layer")
        }
        self.root = root
    }

    /// Says that the layers below are not there yet: directories that are to be like those below are
    /// written down instead.
    mutating func implyAll() {
        var implied = ImpliedDirectories()
        implied.insert([0x2E])
        self.implied = implied
    }

    mutating func imply(_ path: EntryPath) { implied?.insert(path.name.bytes) }

    package mutating func begin(_ entry: TarEntry) throws(Problem) {
        self.entry = entry
        let path = try EntryPath(entry.path)
        do throws(KernelFault) {
            if path.isRoot { return try makeRoot() }
            try enter(path.parent)
            place.isTouched = true
            let leaf = path.leaf
            if readsWhiteouts, leaf.bytes.starts(with: Whiteout.prefix) {
                return try whiteOut(leaf)
            }
            switch entry.kind {
            case .directory:
                implied?.remove(path.name.bytes)
                try makeDirectory(leaf)
            case .file:
                file = try makeFile(leaf)
                recipe?.file(path, size: entry.size)
            case .symbolicLink: try makeLink(leaf)
            case .hardLink: try makeHardLink(leaf)
            case .fifo:
                try clear(leaf)
                try Files.makeFIFO(at: place.directory, leaf, permissions: 0o600)
                try dressNamed(leaf, isLink: false)
            case .device: skippedDevices += 1
            }
        } catch {
            throw problem(error)
        }
    }

    package mutating func content(_ bytes: ByteSpan) throws(Problem) {
        // The content of a whiteout has no meaning, and no file.
        guard file != nil else {
            try recipe?.literal(bytes)
            return
        }
        size += Int64(bytes.count)
        do throws(KernelFault) {
            try file?.writeAll(bytes)
        } catch {
            throw problem(error)
        }
    }

    package mutating func passed(_ bytes: ByteSpan) throws(Problem) { try recipe?.literal(bytes) }

    package mutating func end() throws(Problem) {
        guard let file = file.take() else { return }
        do throws(KernelFault) {
            // The disk works while the rest is unpacked; all is waited for at the end.
            if entry.size >= LayerWriter.largeBytes { try? file.beginWriting() }
            try dress(file)
            try file.close()
        } catch {
            throw problem(error)
        }
    }

    /// Puts the last directory's time back; to be called when the archive is complete.
    package mutating func finish() throws(Problem) {
        do throws(KernelFault) {
            try leave()
        } catch {
            throw error.problem("cannot finish a layer")
        }
        try recipe?.finish()
    }

    /// From this size on a file is worth a request to the disk of its own.
    private static let largeBytes: Int64 = 128 << 10

    // MARK: Entries

    private mutating func makeRoot() throws(KernelFault) {
        // A first entry "./" of another kind would replace the root itself (T-TAR-6).
        guard entry.kind == .directory else { throw refusal("the root of a layer is a directory") }
        implied?.remove([0x2E])
        try leave()
        let top = try Files.open(at: root.descriptor, ".", [.read, .directory])
        try dress(top)
        place = try LayerWriter.place(at: EntryPath(parts: []), beneath: root.descriptor)
    }

    private mutating func makeFile(_ leaf: FileName) throws(KernelFault) -> Descriptor {
        let mode: Files.Mode = [.write, .create, .exclusive, .noFollow]
        do throws(KernelFault) {
            return try Files.open(at: place.directory, leaf, mode)
        } catch  where error.isPresence {
            try clear(leaf)
            return try Files.open(at: place.directory, leaf, mode)
        }
    }

    private mutating func makeDirectory(_ leaf: FileName) throws(KernelFault) {
        var hidesLower = false
        do throws(KernelFault) {
            try Files.makeDirectory(at: place.directory, exactly: leaf, permissions: 0o700)
        } catch  where error.isPresence {
            let status = try Files.statusIfPresent(at: place.directory, leaf)
            if status?.kind != .directory {
                if status?.kind == .regular { hasOverwritten = true }
                // A whiteout in the same layer hid what lies below, and the new directory must too.
                hidesLower = status?.isWhiteout == true
                try Files.remove(at: place.directory, leaf)
                try Files.makeDirectory(at: place.directory, exactly: leaf, permissions: 0o700)
            }
        }
        let made = try Files.open(at: place.directory, leaf, [.read, .directory, .noFollow])
        if hidesLower { try made.setAttribute(Whiteout.opaque, Whiteout.yes) }
        try dress(made)
    }

    private mutating func makeLink(_ leaf: FileName) throws(KernelFault) {
        guard !entry.target.isEmpty, entry.target.count < Limits.pathBytes,
            let target = FileName(entry.target)
        else { throw refusal("its target is empty or too long") }
        do throws(KernelFault) {
            try Files.link(at: place.directory, leaf, to: target)
        } catch  where error.isPresence {
            try clear(leaf)
            try Files.link(at: place.directory, leaf, to: target)
        }
        try dressNamed(leaf, isLink: true)
    }

    /// Links to a file of this layer; its owner, mode and times are that file's (T-TAR-3).
    private mutating func makeHardLink(_ leaf: FileName) throws(KernelFault) {
        guard let target = try? EntryPath(entry.target), !target.isRoot else {
            throw refusal("its target is no name in the layer")
        }
        let source = try Files.openBeneath(
            root.descriptor, target.parent.name, [.place, .directory])
        guard let status = try Files.statusIfPresent(at: source, target.leaf) else {
            throw refusal("it is a link to \"\(target.name)\", which is not in the layer")
        }
        guard status.kind != .directory, status.kind != .character else {
            throw refusal("it is a hard link to what is no file")
        }
        do throws(KernelFault) {
            try Files.hardLink(from: source, target.leaf, to: place.directory, leaf)
        } catch  where error.isPresence {
            let standing = try Files.statusIfPresent(at: place.directory, leaf)
            if standing?.isSame(as: status) == true { return }
            try clear(leaf)
            try Files.hardLink(from: source, target.leaf, to: place.directory, leaf)
        }
    }

    private mutating func whiteOut(_ leaf: FileName) throws(KernelFault) {
        if leaf == Whiteout.opaqueMarker {
            return try place.directory.setAttribute(Whiteout.opaque, Whiteout.yes)
        }
        let rest = leaf.bytes.dropFirst(Whiteout.prefix.count)
        // Names with the prefix twice are aufs's own bookkeeping.
        if rest.starts(with: Whiteout.prefix) { return }
        guard !rest.isEmpty, !rest.elementsEqual([0x2E]), !rest.elementsEqual([0x2E, 0x2E]),
            let hidden = FileName(rest)
        else { throw refusal("it is a whiteout of no name") }
        guard let status = try Files.statusIfPresent(at: place.directory, hidden) else {
            return try Files.makeWhiteout(at: place.directory, hidden)
        }
        if status.kind == .directory {
            let directory = try Files.open(
                at: place.directory, hidden, [.read, .directory, .noFollow])
            try directory.setAttribute(Whiteout.opaque, Whiteout.yes)
        }
    }

    /// Removes what an earlier entry put at the name.
    private mutating func clear(_ leaf: FileName) throws(KernelFault) {
        if recipe != nil, try Files.statusIfPresent(at: place.directory, leaf) != nil {
            hasOverwritten = true
        }
        try Files.removeTree(at: place.directory, exactly: leaf)
    }
}

/// Names and values by which image layers and the kernel's overlay mark what is hidden.
package enum Whiteout {
    static let prefix = Array(".wh.".utf8)
    static let opaqueMarker: FileName = ".wh..wh..opq"
    static let opaque: FileName = "user.overlay.opaque"
    static let yes = Array("y".utf8)

    /// The file that hides `name` in archives of layers; nil where there can be none.
    static func mark(hiding name: FileName) -> FileName? { FileName(prefix + name.bytes) }

    static func isMark(_ name: FileName) -> Bool { name.bytes.starts(with: prefix) }
}

extension FileStatus {
    /// Whether this is the character device 0/0 by which an overlay hides a name of lower layers.
    package var isWhiteout: Bool { kind == .character && represents == 0 }
}
