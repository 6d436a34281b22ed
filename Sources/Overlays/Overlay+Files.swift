package import Kernel

/// Open files and directories.
extension Overlay {
    /// Keeps a handle for its user, and answers its number.
    func keep(_ handle: Handle) -> Int {
        handle.node.handles.append(handle)
        if let number = freeHandles.popLast() {
            handles[number] = handle
            return number
        }
        handles.append(handle)
        return handles.count - 1
    }

    /// Opens a file; answers the number of the handle.
    ///
    /// - Parameter takesSetID: whether the set-id bits go, as the content is cut off.
    package func open(_ number: UInt64, flags: Int32, takesSetID: Bool) -> Int {
        guard let node = node(number) else { return -ErrorNumber.stale }
        let access = flags & OpenFlags.accessMask
        let cuts = flags & OpenFlags.truncate != 0
        if access != OpenFlags.readOnly || cuts {
            let error = copyUp(node, isEmptied: cuts)
            if error < 0 { return error }
        }
        let passed = flags & OpenFlags.passed
        let file = spot(node).open(passed)
        if file < 0 { return file }
        if takesSetID { takeSetID(spot(node)) }
        return keep(
            Handle(
                file: Int32(file), node: node, isUpper: node.hasUpper,
                flags: passed & ~OpenFlags.truncate))
    }

    /// Takes set-user-ID and, where the group may execute, set-group-ID away, as a write does.
    func takeSetID(_ spot: Spot) {
        var facts = FileFacts()
        guard spot.facts(&facts) == 0, facts.isRegular else { return }
        var mode = facts.mode & ~0o4000
        if mode & 0o010 != 0 { mode &= ~0o2000 }
        if mode != facts.mode { _ = spot.setMode(mode) }
    }

    /// Returns the open file behind a handle; -1 where there is none.
    package func file(_ handle: UInt64) -> Int32 {
        let number = Int(truncatingIfNeeded: handle)
        guard handles.indices.contains(number) else { return -1 }
        return handles[number]?.file ?? -1
    }

    /// A write takes the set-id bits away.
    package func takeSetID(handle: UInt64) {
        let number = Int(truncatingIfNeeded: handle)
        guard handles.indices.contains(number), let node = handles[number]?.node else { return }
        takeSetID(spot(node))
    }

    /// Closes an open file.
    package func close(_ handle: UInt64) {
        let number = Int(truncatingIfNeeded: handle)
        guard handles.indices.contains(number), let closing = handles[number] else { return }
        handles[number] = nil
        freeHandles.append(number)
        OpenFiles.close(closing.file)
        closing.node.handles.removeAll { $0 === closing }
        drop(ifUnused: closing.node)
    }

    /// Waits until a file is on the disk, unless nothing ever does.
    package func sync(_ handle: UInt64, dataOnly: Bool) -> Int {
        isVolatile ? 0 : OpenFiles.sync(file(handle), dataOnly: dataOnly)
    }

    // MARK: Directories

    /// Begins to read a directory; answers the number of the reading.
    package func openDirectory(_ number: UInt64) -> Int {
        guard let node = node(number), node.isDirectory else { return -ErrorNumber.stale }
        let reading = Reading(node: node)
        if let free = freeReadings.popLast() {
            readings[free] = reading
            return free
        }
        readings.append(reading)
        return readings.count - 1
    }

    /// Ends a reading.
    package func closeDirectory(_ handle: UInt64) {
        let number = Int(truncatingIfNeeded: handle)
        guard readings.indices.contains(number), readings[number] != nil else { return }
        readings[number] = nil
        freeReadings.append(number)
    }

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
        /// Where the reading goes on after it.
        package var next: Int
    }

    /// Returns the name at a place of a reading, which from 0 on sees the directory as it is now.
    ///
    /// - Parameter isLookedUp: whether all of the file is asked for next, its number too.
    package func entry(
        _ handle: UInt64, at place: Int, _ shown: inout Shown, isLookedUp: Bool
    ) -> Int {
        let number = Int(truncatingIfNeeded: handle)
        guard readings.indices.contains(number), let reading = readings[number] else {
            return -ErrorNumber.stale
        }
        let node = reading.node
        if place < 2 {
            shown = Shown(
                name: place == 0 ? "." : "..",
                inode: place == 0 ? node.inode : node.parent?.inode ?? node.inode,
                mode: FileFacts.directory, next: place + 1)
            if place == 0 { reading.listing = nil }
            return 1
        }
        if reading.listing == nil {
            let (listing, error) = listing(of: node)
            guard let listing else { return error }
            reading.listing = listing
        }
        guard let listing = reading.listing, place - 2 < listing.entries.count else { return 0 }
        let entry = listing.entries[place - 2]
        guard let name = listing.name(entry) else { return -ErrorNumber.inputOutput }
        shown = Shown(
            name: name, inode: isLookedUp ? 0 : inode(of: entry, name, in: node),
            mode: UInt32(entry.kind) << 12, next: place + 1)
        return 1
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
        node.listing = listing
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
