package import Kernel

/// Finding names, and what they are.
extension Overlay {
    /// What the kernel is told of a file.
    package struct Answer {
        package var number: UInt64 = 0
        package var generation: UInt64 = 0
        package var facts = FileFacts()
    }

    /// Looks a name up; the kernel knows the file once more, if it is there.
    package func lookUp(_ number: UInt64, _ name: FileName, _ answer: inout Answer) -> Int {
        guard let parent = node(number) else { return -ErrorNumber.stale }
        var facts = FileFacts()
        let source = find(parent, name, &facts)
        if source < 0 { return source }
        return tell(parent, name, source, facts, &answer)
    }

    /// Makes the node of a file that was just found, and tells the kernel of it.
    func tell(
        _ parent: Node, _ name: FileName, _ source: Int, _ facts: FileFacts,
        _ answer: inout Answer
    ) -> Int {
        let (node, error) = descend(parent, name, source, facts)
        guard let node else { return error }
        tell(node, facts, &answer)
        return 0
    }

    func tell(_ node: Node, _ facts: FileFacts, _ answer: inout Answer) {
        node.lookups += 1
        answer.number = node.number
        answer.generation = node.generation
        answer.facts = shown(node, facts)
    }

    /// Returns facts as users see them.
    func shown(_ node: Node, _ facts: FileFacts) -> FileFacts {
        var facts = facts
        facts.inode = node.inode
        if node.isDirectory {
            node.givesGroup = facts.mode & 0o2000 != 0
            // As the kernel's overlay: how many there are below is not counted.
            if node.parts.count + (node.hasUpper ? 1 : 0) > 1 { facts.links = 1 }
        } else {
            node.hasSetID = facts.mode & 0o6000 != 0
        }
        if !node.hasUpper, !shift.isNothing {
            facts.uid = shift.user(facts.uid)
            facts.gid = shift.group(facts.gid)
        }
        return facts
    }

    /// Finds a name: 0 in the upper directory, 1 and up in a part; or why it was not found.
    func find(_ parent: Node, _ name: FileName, _ facts: inout FileFacts) -> Int {
        if parent.isRemoved { return -ErrorNumber.noEntry }
        if readsMarkFiles, Marks.isFile(name) { return -ErrorNumber.noEntry }
        if let listing = parent.listing, listing.isIndexed {
            guard let source = listing.source(of: name) else { return -ErrorNumber.noEntry }
            let error = spot(parent, source: source, name).facts(&facts)
            return error < 0 ? error : source
        }
        let first = parent.hasUpper ? 0 : 1
        for source in first..<parent.parts.count + 1 {
            let error = spot(parent, source: source, name).facts(&facts)
            if error == 0 { return facts.isWhiteout ? -ErrorNumber.noEntry : source }
            if error != -ErrorNumber.noEntry { return error }
            if isHidden(by: parent, source, name) { return -ErrorNumber.noEntry }
        }
        return -ErrorNumber.noEntry
    }

    /// Whether a file named `.wh.NAME` may mean something anywhere.
    var readsMarkFiles: Bool { readsForeignMarks || writesFileMarks }

    func readsMarkFiles(source: Int) -> Bool {
        source == 0 ? writesFileMarks : readsForeignMarks
    }

    private func isHidden(by parent: Node, _ source: Int, _ name: FileName) -> Bool {
        guard readsMarkFiles(source: source), let mark = Marks.file(hiding: name) else {
            return false
        }
        var facts = FileFacts()
        return spot(parent, source: source, mark).facts(&facts) == 0
    }

    /// Whether the name shows something in a lower layer, so that a whiteout is needed to hide it.
    func isBelow(_ parent: Node, _ name: FileName) -> Bool {
        var facts = FileFacts()
        for source in 1..<parent.parts.count + 1 {
            if spot(parent, source: source, name).facts(&facts) == 0 { return !facts.isWhiteout }
            if isHidden(by: parent, source, name) { return false }
        }
        return false
    }

    /// Whether nothing of lower layers is seen in the directory.
    func isOpaque(_ directory: Spot) -> Bool {
        if directory.attribute(Marks.opaque) == Marks.yes { return true }
        guard readsForeignMarks || writesFileMarks else { return false }
        if directory.attribute(Marks.foreignOpaque) == Marks.yes { return true }
        let file = Int32(directory.open(OpenFlags.directory))
        if file < 0 { return false }
        defer { OpenFiles.close(file) }
        var facts = FileFacts()
        return Spot(file, Marks.opaqueFile).facts(&facts) == 0
    }

    /// Marks a directory of the upper layer as one that shows nothing of lower layers.
    func markOpaque(_ directory: Spot) -> Int {
        guard hasNoAttributes else { return directory.setAttribute(Marks.opaque, Marks.yes) }
        let file = Int32(directory.open(OpenFlags.directory))
        if file < 0 { return Int(file) }
        defer { OpenFiles.close(file) }
        let made = Spot(file, Marks.opaqueFile).makeNode(FileFacts.regular | 0o600, 0)
        return made == -ErrorNumber.exists ? 0 : made
    }

    /// Returns the node of a file that was found, known or new.
    func descend(_ parent: Node, _ name: FileName, _ source: Int, _ facts: FileFacts) -> (
        Node?, Int
    ) {
        var key = Node.Key(device: facts.device, inode: facts.inode, salt: 0)
        if source > 0, !facts.isDirectory, facts.links > 1 {
            key.salt = Listing.hash(name.bytes) ^ UInt64(parent.id + 1) &* 0x9E37_79B9_7F4A_7C15
        }
        if let node = known[key] {
            if node.isPinned {
                // It had lost the name it was reached by, and has another.
                unpin(node)
                node.isRemoved = false
                move(node, to: parent, name)
            }
            return (node, 0)
        }
        if facts.isDirectory { return directory(parent, name, source, facts, key) }
        if source == 0, facts.isRegular, facts.size == 0 || facts.blocks == 0,
            isWithoutContent(parent, name)
        {
            return (nil, -ErrorNumber.inputOutput)
        }
        let node = makeNode(
            facts.kind, inode: number(parent, name, source, facts), parent: parent, name: name,
            key: key)
        if source == 0 {
            node.hasUpper = true
        } else {
            node.layer = parent.parts[source - 1].layer
        }
        return (node, 0)
    }

    /// A copy of attributes alone would show zeros for content: better nothing than that.
    private func isWithoutContent(_ parent: Node, _ name: FileName) -> Bool {
        if parent.parts.isEmpty, !isImpure(parent) { return false }
        return Spot(upperFile(parent), name).attribute(Marks.metacopy) != nil
    }

    /// The number a file is shown with: that of the original, also once it has been copied.
    private func number(_ parent: Node, _ name: FileName, _ source: Int, _ facts: FileFacts)
        -> UInt64
    {
        if source == 0, isImpure(parent),
            let mark = Spot(upperFile(parent), name).attribute(Marks.origin),
            let inode = Origin.inode(in: mark)
        {
            return inode
        }
        return shown(facts.inode, on: facts.device)
    }

    func isImpure(_ directory: Node) -> Bool {
        if let known = directory.isImpure { return known }
        let found =
            directory.hasUpper
            && Spot(upperFile(directory)).attribute(Marks.impure) == Marks.yes
        directory.isImpure = found
        return found
    }

    private func directory(
        _ parent: Node, _ name: FileName, _ source: Int, _ facts: FileFacts, _ key: Node.Key
    ) -> (Node?, Int) {
        var parts: [Node.Part] = []
        var lowerNumber: UInt64?
        var top = facts
        var place = spot(parent, source: source, name)
        var next = source
        while true {
            if next > 0 {
                parts.append(.init(layer: parent.parts[next - 1].layer, file: -1))
                lowerNumber = lowerNumber ?? shown(top.inode, on: top.device)
            }
            if next >= parent.parts.count || isOpaque(place) { break }
            guard let below = partBelow(parent, name, after: next, &top) else { break }
            next = below
            place = spot(parent, source: next, name)
        }
        let node = makeNode(
            FileFacts.directory, inode: lowerNumber ?? number(parent, name, source, facts),
            parent: parent, name: name, key: key)
        node.hasUpper = source == 0
        node.parts = parts
        return (node, 0)
    }

    /// Finds the next layer with a directory of that name; nil where another file ends the search.
    private func partBelow(
        _ parent: Node, _ name: FileName, after source: Int, _ facts: inout FileFacts
    ) -> Int? {
        if isHidden(by: parent, source, name) { return nil }
        for next in source + 1..<parent.parts.count + 1 {
            let error = spot(parent, source: next, name).facts(&facts)
            if error == 0 { return facts.isDirectory ? next : nil }
            if isHidden(by: parent, next, name) { return nil }
        }
        return nil
    }

    // MARK: Attributes

    /// Reads what is known of a file.
    package func facts(_ number: UInt64, _ facts: inout FileFacts) -> Int {
        guard let node = node(number) else { return -ErrorNumber.stale }
        var raw = FileFacts()
        let place = node.file >= 0 ? Spot(node.file) : spot(node)
        let error = place.facts(&raw)
        if error == 0 { facts = shown(node, raw) }
        return error
    }

    /// Returns where a symbolic link points.
    package func target(_ number: UInt64) -> (FileName?, Int) {
        guard let node = node(number) else { return (nil, -ErrorNumber.stale) }
        return spot(node).target()
    }

    /// Reads what is known of the file system that is written to.
    package func room(_ room: inout OpenFiles.Room) -> Int {
        OpenFiles.room(isReadOnly ? lower[0] : upperFile(root), &room)
    }
}
