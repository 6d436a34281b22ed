package import Kernel

/// Removing files and directories.
extension Overlay {
    /// Takes a file's name away; whoever has it open keeps it.
    package func unlink(_ number: UInt64, _ name: FileName) -> Int {
        guard let parent = node(number) else { return -ErrorNumber.stale }
        if isReadOnly { return -ErrorNumber.readOnly }
        var facts = FileFacts()
        let source = find(parent, name, &facts)
        if source < 0 { return source }
        if facts.isDirectory { return -ErrorNumber.isDirectory }
        var error = copyUp(parent)
        if error < 0 { return error }
        let found = knownNode(parent, name, source, facts)
        if let found {
            error = pin(found, parent, name)
            if error < 0 { return error }
        }
        let place = Spot(upperFile(parent), name)
        error =
            isBelow(parent, name)
            ? hide(parent, place, hasUpper: source == 0, isDirectory: false) : place.remove()
        if error == 0 { parent.namesChanged() }
        settle(found, hasGone: error == 0, links: facts.links, isUpper: source == 0)
        return error
    }

    /// Returns the node that the kernel knows behind a name, if it knows one.
    func knownNode(_ parent: Node, _ name: FileName, _ source: Int, _ facts: FileFacts) -> Node? {
        var key = Node.Key(device: facts.device, inode: facts.inode, salt: 0)
        if source > 0, !facts.isDirectory, facts.links > 1 {
            key.salt = Listing.hash(name.bytes) ^ UInt64(parent.id + 1) &* 0x9E37_79B9_7F4A_7C15
        }
        return known[key]
    }

    /// Keeps a file reachable that is about to lose the name it is reached by.
    func pin(_ node: Node, _ parent: Node, _ name: FileName) -> Int {
        guard !node.isPinned, node.parent === parent, node.name == name, !node.isDirectory else {
            return 0
        }
        if node.file < 0 {
            let file = spot(node).open(OpenFlags.place)
            if file < 0 { return file }
            node.file = Int32(file)
            node.access = .place
        }
        ring.remove(node)
        node.isPinned = true
        return 0
    }

    /// Records that a name of a file has gone, or that it has not after all.
    func settle(_ node: Node?, hasGone: Bool, links: UInt64, isUpper: Bool) {
        guard let node, node.isPinned else { return }
        if !hasGone {
            unpin(node)
        } else if !isUpper || links <= 1 {
            // Its number may be another file's soon.
            node.isRemoved = true
            rekey(node, nil)
        }
    }

    /// Puts a whiteout where a file or directory of the upper layer stands, or nothing does.
    ///
    /// One rename does it, so that no crash shows what lies below.
    func hide(_ parent: Node, _ place: Spot, hasUpper: Bool, isDirectory: Bool) -> Int {
        if writesFileMarks {
            guard let name = place.name, let mark = Marks.file(hiding: name) else {
                return -ErrorNumber.invalid
            }
            let made = Spot(place.base, mark).makeNode(FileFacts.regular | 0o600, 0)
            if made < 0, made != -ErrorNumber.exists { return made }
            if !hasUpper { return 0 }
            return isDirectory ? clearAway(place) : place.remove()
        }
        if !hasUpper { return place.makeNode(FileFacts.character, 0) }
        let whiteout = draft()
        var error = whiteout.makeNode(FileFacts.character, 0)
        if error < 0 { return error }
        error = whiteout.rename(to: place, isDirectory ? .exchanging : .replacing)
        if error < 0 {
            discard(whiteout, isDirectory: false)
        } else if isDirectory {
            removeMarks(whiteout)
        }
        return error
    }

    /// Removes an empty directory.
    package func removeDirectory(_ number: UInt64, _ name: FileName) -> Int {
        guard let parent = node(number) else { return -ErrorNumber.stale }
        if isReadOnly { return -ErrorNumber.readOnly }
        var facts = FileFacts()
        let source = find(parent, name, &facts)
        if source < 0 { return source }
        if !facts.isDirectory { return -ErrorNumber.notDirectory }
        let (found, missing) = descend(parent, name, source, facts)
        guard let found else { return missing }
        defer { drop(ifUnused: found) }
        if found.parts.isEmpty, !isBelow(parent, name) {
            // The kernel knows whether it is empty, unless whiteouts are left from older times.
            let error = removePlain(found, parent, name)
            if error != -ErrorNumber.notEmpty { return error }
        }
        var error = requireEmpty(found)
        if error == 0 { error = copyUp(parent) }
        if error < 0 { return error }
        hold(found)
        let place = Spot(upperFile(parent), name)
        if isBelow(parent, name) {
            error = hide(parent, place, hasUpper: found.hasUpper, isDirectory: true)
        } else {
            error = clearAway(place)
        }
        if error == 0 { bury(found, parent) }
        return error
    }

    private func removePlain(_ node: Node, _ parent: Node, _ name: FileName) -> Int {
        hold(node)
        let error = Spot(upperFile(parent), name).remove(isDirectory: true)
        if error == 0 { bury(node, parent) }
        return error
    }

    /// Opens what will have no name: somebody may still stand in it.
    func hold(_ node: Node) {
        if node.lookups == 0 { return }
        if node.hasUpper {
            _ = upperFile(node)
        } else if !node.parts.isEmpty {
            _ = partFile(node, 0)
        }
    }

    func bury(_ node: Node, _ parent: Node) {
        node.isRemoved = true
        node.namesChanged()
        parent.namesChanged()
        rekey(node, nil)
    }

    func requireEmpty(_ node: Node) -> Int {
        let (listing, error) = listing(of: node)
        guard let listing else { return error }
        return listing.entries.isEmpty ? 0 : -ErrorNumber.notEmpty
    }

    /// Removes a directory that has nothing but marks in it; its name is free at once.
    func clearAway(_ place: Spot) -> Int {
        let grave = draft()
        let error = place.rename(to: grave)
        if error == 0 { removeMarks(grave) }
        return error
    }

    /// Removes a directory out of the work directory that has nothing but marks in it.
    private func removeMarks(_ grave: Spot) {
        if grave.remove(isDirectory: true) == 0 { return }
        let file = grave.open(OpenFlags.directory)
        // What is left is removed when the work directory is used next.
        if file < 0 { return }
        clearWhiteouts(Int32(file))
        OpenFiles.close(Int32(file))
        _ = grave.remove(isDirectory: true)
    }

    /// Removes the marks in a directory that hide names of lower layers.
    func clearWhiteouts(_ directory: Int32) {
        var buffer = [UInt8](repeating: 0, count: 32 << 10)
        guard OpenFiles.seek(directory, 0, 0) == 0 else { return }
        var marks: [FileName] = []
        while true {
            let count = OpenFiles.entries(directory, into: &buffer)
            if count <= 0 { break }
            var place = 0
            while place + 19 < count {
                let length = Int(buffer[place + 16]) | Int(buffer[place + 17]) << 8
                if length < 20 { break }
                let padded = buffer[(place + 19)..<min(place + length, count)]
                if let name = FileName(padded.prefix { $0 != 0 }) { marks.append(name) }
                place += length
            }
        }
        for name in marks {
            var facts = FileFacts()
            let spot = Spot(directory, name)
            guard spot.facts(&facts) == 0 else { continue }
            if facts.isWhiteout || writesFileMarks && Marks.isFile(name) { _ = spot.remove() }
        }
    }
}
