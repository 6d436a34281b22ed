package import Kernel

/// Open files, and the names in directories.
///
/// The kernel opens files and directories without asking, so there are no handles: a file is opened
/// when it is first read or written, and a reading of a directory goes on after a cookie.
extension Overlay {
    /// Returns an open descriptor of a file, or the error number negated; a file that is to be
    /// written is copied before.
    func file(_ node: Node, _ access: Node.Access) -> Int32 {
        if node.access.rawValue >= access.rawValue, node.file >= 0 {
            node.isRecent = true
            return node.file
        }
        if access == .writing {
            let error = copyUp(node)
            if error < 0 { return Int32(error) }
            if node.access == .writing, node.file >= 0 { return node.file }
        }
        let flags = access == .writing ? OpenFlags.readWrite : OpenFlags.readOnly
        let file = Int32(spot(node).open(flags))
        if file >= 0 { keep(file, of: node, access) }
        return file
    }

    /// Keeps an open file in the place of one that was open until now.
    func keep(_ file: Int32, of node: Node, _ access: Node.Access) {
        OpenFiles.close(node.file)
        node.file = file
        node.access = access
        if !node.isPinned, node.slot < 0 { ring.add(node) }
    }

    func closeFile(_ node: Node) {
        ring.remove(node)
        OpenFiles.close(node.file)
        node.file = -1
        node.isPinned = false
    }

    /// A file is reached by its name again.
    func unpin(_ node: Node) {
        if node.access == .place { return closeFile(node) }
        node.isPinned = false
        ring.add(node)
    }

    /// Lends a file that is read to `body`, which answers for it.
    package func read(_ number: UInt64, _ body: (Int32) -> Int) -> Int {
        guard let node = node(number) else { return -ErrorNumber.stale }
        let file = file(node, .reading)
        return file < 0 ? Int(file) : body(file)
    }

    /// Lends a file that is written to `body`, which answers for it.
    ///
    /// - Parameter takesSetID: whether that takes the set-id bits away.
    package func write(_ number: UInt64, takesSetID: Bool, _ body: (Int32) -> Int) -> Int {
        guard let node = node(number) else { return -ErrorNumber.stale }
        let file = file(node, .writing)
        if file < 0 { return Int(file) }
        let wrote = body(file)
        if wrote >= 0, takesSetID { takeSetID(node) }
        return wrote
    }

    /// Copies from one file into another in the kernel.
    package func copyRange(
        from source: (number: UInt64, offset: Int64), to target: (number: UInt64, offset: Int64),
        _ count: Int, flags: UInt32
    ) -> Int {
        guard let from = node(source.number), let to = node(target.number) else {
            return -ErrorNumber.stale
        }
        // First: what is copied up is another file from then on, perhaps the one that is read.
        let written = file(to, .writing)
        if written < 0 { return Int(written) }
        let read = file(from, .reading)
        if read < 0 { return Int(read) }
        return OpenFiles.copyRange(
            from: OpenFiles.Place(read, at: source.offset),
            to: OpenFiles.Place(written, at: target.offset), count, flags: flags)
    }

    /// Takes set-user-ID and, where the group may execute, set-group-ID away, as a write does.
    func takeSetID(_ node: Node) {
        guard node.hasSetID else { return }
        let place = spot(node)
        var facts = FileFacts()
        guard place.facts(&facts) == 0, facts.isRegular else { return }
        var mode = facts.mode & ~0o4000
        if mode & 0o010 != 0 { mode &= ~0o2000 }
        if mode != facts.mode { _ = place.setMode(mode) }
        node.hasSetID = mode & 0o6000 != 0
    }

    /// Waits until a file is on the disk, unless nothing ever does.
    package func sync(_ number: UInt64, dataOnly: Bool) -> Int {
        guard let node = node(number) else { return -ErrorNumber.stale }
        if isVolatile || !node.hasUpper { return 0 }
        let file = file(node, .reading)
        return file < 0 ? Int(file) : OpenFiles.sync(file, dataOnly: dataOnly)
    }

    // MARK: Directories

    /// Waits until the names in a directory are on the disk.
    package func syncDirectory(_ number: UInt64) -> Int {
        guard let node = node(number) else { return -ErrorNumber.stale }
        if isVolatile || !node.hasUpper { return 0 }
        return OpenFiles.sync(upperFile(node), dataOnly: false)
    }

    /// What one name of a directory is shown as.
    package struct Shown {
        package var name: FileName
        package var inode: UInt64
        package var mode: UInt32
        /// What the reading goes on after.
        package var cookie: Int
    }

    /// Lends the names of a directory that come after a cookie, until `body` wants no more; from 0
    /// on they are those of this moment.
    ///
    /// - Parameter isLookedUp: whether all of each file is asked for next, its number too.
    package func names(
        _ number: UInt64, after cookie: Int, isLookedUp: Bool, _ body: (Shown) -> Bool
    ) -> Int {
        guard let node = node(number), node.isDirectory else { return -ErrorNumber.stale }
        if cookie < 1 {
            let own = Shown(name: ".", inode: node.inode, mode: FileFacts.directory, cookie: 1)
            if !body(own) { return 0 }
        }
        if cookie < 2 {
            let inode = node.parent?.inode ?? node.inode
            let above = Shown(name: "..", inode: inode, mode: FileFacts.directory, cookie: 2)
            if !body(above) { return 0 }
        }
        var found = cookie > 2 ? node.snapshot : nil
        if found == nil {
            let (fresh, error) = listing(of: node)
            guard let fresh else { return error }
            found = fresh
            node.beginReading()
        }
        guard let listing = found else { return 0 }
        // Held: a look at a file may let go of others.
        node.lookups += 1
        defer { node.lookups -= 1 }
        for place in listing.places(after: cookie) {
            let entry = listing.entry(at: place)
            guard let name = listing.name(entry) else { return -ErrorNumber.inputOutput }
            let shown = Shown(
                name: name, inode: isLookedUp ? 0 : inode(of: entry, name, in: node),
                mode: UInt32(entry.kind) << 12, cookie: entry.cookie)
            if !body(shown) { return 0 }
        }
        node.endReading()
        return 0
    }

    /// A copy in the upper layer is shown with the number of its original.
    private func inode(of entry: Listing.Entry, _ name: FileName, in node: Node) -> UInt64 {
        guard entry.source == 0, node.hasUpper, !node.parts.isEmpty || isImpure(node) else {
            return entry.inode
        }
        var facts = FileFacts()
        let source = find(node, name, &facts)
        guard source >= 0 else { return entry.inode }
        let (child, _) = descend(node, name, source, facts)
        guard let child else { return entry.inode }
        defer { drop(ifUnused: child) }
        return child.inode
    }

    /// Returns the names of a directory, read anew where something has changed.
    func listing(of node: Node) -> (Listing?, Int) {
        if let known = node.listing { return (known, 0) }
        if node.isRemoved { return (Listing(sources: 1), 0) }
        let first = node.hasUpper ? 0 : 1
        let listing = Listing(sources: node.parts.count + 1 - first)
        for source in first..<node.parts.count + 1 {
            let file = source == 0 ? upperFile(node) : partFile(node, source - 1)
            let error = read(file, source: source, into: listing)
            if error < 0 { return (nil, error) }
        }
        listing.finish()
        node.keep(listing)
        return (listing, 0)
    }

    private func read(_ file: Int32, source: Int, into listing: Listing) -> Int {
        let error = OpenFiles.seek(file, 0, 0)
        if error < 0 { return error }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let readsMarks = readsMarkFiles(source: source)
        var hidden: [[UInt8]] = []
        while true {
            let count = OpenFiles.entries(file, into: &buffer)
            if count < 0 { return count }
            if count == 0 { break }
            var place = 0
            while place + 19 < count {
                let length = Int(buffer[place + 16]) | Int(buffer[place + 17]) << 8
                if length < 20 || place + length > count { return -ErrorNumber.inputOutput }
                let name = Overlay.name(buffer[(place + 19)..<(place + length)])
                if readsMarks, name.starts(with: Marks.filePrefix) {
                    let rest = Array(name.dropFirst(Marks.filePrefix.count))
                    if !rest.starts(with: Marks.filePrefix) { hidden.append(rest) }
                } else if !Overlay.isDots(name) {
                    let inode = (0..<8).reversed().reduce(0 as UInt64) {
                        $0 << 8 | UInt64(buffer[place + $1])
                    }
                    add(
                        Raw(name: name, inode: inode, kind: buffer[place + 18]), of: file, source,
                        to: listing)
                }
                place += length
            }
        }
        // They hide what lies below, not what stands beside them.
        for name in hidden {
            listing.add(name[...], inode: 0, kind: 0, source: source, isShown: false)
        }
        return 0
    }

    /// A name as the kernel has it.
    private struct Raw {
        let name: ArraySlice<UInt8>
        let inode: UInt64
        let kind: UInt8
    }

    private func add(_ raw: Raw, of file: Int32, _ source: Int, to listing: Listing) {
        var kind = raw.kind
        var isShown = true
        // Whiteouts are character devices; some file systems do not say what a name stands for.
        if kind == 0 || kind == 2, let name = FileName(raw.name) {
            var facts = FileFacts()
            if Spot(file, name).facts(&facts) == 0 {
                kind = UInt8(truncatingIfNeeded: facts.kind >> 12)
                isShown = !facts.isWhiteout
            }
        }
        listing.add(raw.name, inode: raw.inode, kind: kind, source: source, isShown: isShown)
    }

    private static func name(_ padded: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        padded[..<(padded.firstIndex(of: 0) ?? padded.endIndex)]
    }

    private static func isDots(_ name: ArraySlice<UInt8>) -> Bool {
        guard let first = name.first, first == 0x2E, name.count < 3 else { return false }
        return name.count == 1 || name[name.startIndex + 1] == 0x2E
    }
}
