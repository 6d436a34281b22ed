package import Kernel

/// Making files, directories, links and names.
extension Overlay {
    /// Who makes a file.
    package struct Maker {
        package var uid: UInt32
        package var gid: UInt32
        /// The permissions that new files do not get, unless their directory has a default list.
        package var mask: UInt32

        package init(uid: UInt32, gid: UInt32, mask: UInt32) {
            self.uid = uid
            self.gid = gid
            self.mask = mask
        }
    }

    /// What is made.
    package enum Novelty {
        case directory(UInt32)
        case node(UInt32, UInt64)
        case link(FileName)
    }

    /// Makes something new under a name that shows nothing.
    package func make(
        _ number: UInt64, _ name: FileName, _ novelty: Novelty, by maker: Maker,
        _ answer: inout Answer
    ) -> Int {
        // A whiteout is no file: it would vanish, and something below with it.
        if case .node(let mode, 0) = novelty,
            mode & FileFacts.kindMask == FileFacts.character
        {
            return -ErrorNumber.notPermitted
        }
        guard let parent = node(number) else { return -ErrorNumber.stale }
        var isDirectory = false
        if case .directory = novelty { isDirectory = true }
        use(mask: maker.mask)
        let error = put(parent, name, isDirectory: isDirectory) { place in
            let made: Int
            switch novelty {
            case .directory(let mode): made = place.makeDirectory(mode)
            case .node(let mode, let device): made = place.makeNode(mode, device)
            case .link(let target): made = place.makeLink(to: target)
            }
            return made < 0 ? made : self.give(place, to: maker, in: parent)
        }
        if error < 0 { return error }
        return tellNew(parent, name, &answer)
    }

    /// Tells the kernel of a file that was made just now: nothing of it can come from below.
    private func tellNew(_ parent: Node, _ name: FileName, _ answer: inout Answer) -> Int {
        var facts = FileFacts()
        let error = Spot(upperFile(parent), name).facts(&facts)
        if error < 0 { return error }
        let key = Node.Key(device: facts.device, inode: facts.inode, salt: 0)
        if known[key] != nil { return tell(parent, name, 0, facts, &answer) }
        let node = makeNode(
            facts.kind, inode: shown(facts.inode, on: facts.device), parent: parent, name: name,
            key: key)
        node.hasUpper = true
        node.isImpure = false
        tell(node, facts, &answer)
        return 0
    }

    /// Gives a new file to whoever made it; in a directory that gives its group, that stays.
    func give(_ place: Spot, to maker: Maker, in parent: Node) -> Int {
        let keepsGroup = givesGroup(parent)
        let uid = maker.uid == ownIDs.uid ? UInt32.max : maker.uid
        let gid = maker.gid == ownIDs.gid || keepsGroup ? UInt32.max : maker.gid
        if uid == .max, gid == .max { return 0 }
        var facts = FileFacts()
        var error = place.facts(&facts)
        if error == 0 { error = place.setOwner(uid, gid) }
        // The change of owner took them away.
        if error == 0, facts.isRegular, facts.mode & 0o6000 != 0 {
            error = place.setMode(facts.mode)
        }
        return error
    }

    private func givesGroup(_ directory: Node) -> Bool {
        if let known = directory.givesGroup { return known }
        var facts = FileFacts()
        guard spot(directory).facts(&facts) == 0 else { return false }
        let gives = facts.mode & 0o2000 != 0
        directory.givesGroup = gives
        return gives
    }

    /// Lets `making` make a file in the upper directory, over a whiteout if one stands there.
    ///
    /// A new directory over a whiteout must hide what that hid.
    func put(
        _ parent: Node, _ name: FileName, isDirectory: Bool, _ making: (Spot) -> Int
    ) -> Int {
        if parent.isRemoved { return -ErrorNumber.noEntry }
        if readsMarkFiles, Marks.isFile(name) { return -ErrorNumber.invalid }
        var error = copyUp(parent)
        if error < 0 { return error }
        let place = Spot(upperFile(parent), name)
        if writesFileMarks, let mark = Marks.file(hiding: name) {
            return putOverFileMark(parent, place, Spot(place.base, mark), isDirectory, making)
        }
        parent.namesChanged()
        error = making(place)
        if error != -ErrorNumber.exists {
            if error < 0 { discardHalf(place, error, isDirectory) }
            return error
        }
        var facts = FileFacts()
        guard place.facts(&facts) == 0, facts.isWhiteout else { return error }
        let draft = draft()
        error = making(draft)
        if error == 0, isDirectory { error = markOpaque(draft) }
        if error == 0 { error = draft.rename(to: place, isDirectory ? .exchanging : .replacing) }
        if error < 0 || isDirectory { discard(draft, isDirectory: isDirectory && error < 0) }
        return error
    }

    /// A file that was made and could not be given its owner must not stay.
    private func discardHalf(_ place: Spot, _ error: Int, _ isDirectory: Bool) {
        if error == -ErrorNumber.notPermitted || error == -ErrorNumber.invalid
            || error == -ErrorNumber.noSpace
        {
            _ = place.remove(isDirectory: isDirectory)
        }
    }

    private func putOverFileMark(
        _ parent: Node, _ place: Spot, _ mark: Spot, _ isDirectory: Bool, _ making: (Spot) -> Int
    ) -> Int {
        parent.namesChanged()
        var facts = FileFacts()
        let isHidden = mark.facts(&facts) == 0
        let error = making(place)
        guard error == 0, isHidden else { return error }
        if isDirectory {
            let sealed = markOpaque(place)
            if sealed < 0 { return sealed }
        }
        return mark.remove()
    }

    /// Gives a file another name.
    package func link(
        _ number: UInt64, _ parentNumber: UInt64, _ name: FileName, _ answer: inout Answer
    ) -> Int {
        guard let node = node(number), let parent = self.node(parentNumber) else {
            return -ErrorNumber.stale
        }
        var error = copyUp(node)
        if error < 0 { return error }
        let from = spot(node)
        error = put(parent, name, isDirectory: false) { from.link(to: $0) }
        if error < 0 { return error }
        return tellNew(parent, name, &answer)
    }

    // MARK: Files

    /// Makes a file that is open from then on.
    package func create(
        _ number: UInt64, _ name: FileName, mode: UInt32, by maker: Maker, _ answer: inout Answer
    ) -> Int {
        guard let parent = node(number) else { return -ErrorNumber.stale }
        use(mask: maker.mask)
        // Only a request for a file without a name has this one.
        if name == "/" { return createNameless(parent, mode, maker, &answer) }
        var file = -1
        var error = put(parent, name, isDirectory: false) { place in
            file = place.open(OpenFlags.readWrite | OpenFlags.creating, mode: mode)
            return file < 0 ? file : self.give(place, to: maker, in: parent)
        }
        if error == 0 { error = tellNew(parent, name, &answer) }
        guard error == 0, let node = self.node(answer.number) else {
            OpenFiles.close(Int32(file))
            return error
        }
        keep(Int32(file), of: node, .writing)
        return 0
    }

    private func createNameless(
        _ parent: Node, _ mode: UInt32, _ maker: Maker, _ answer: inout Answer
    ) -> Int {
        if isReadOnly { return -ErrorNumber.readOnly }
        var error = copyUp(parent)
        if error < 0 { return error }
        let file = Spot(upperFile(parent), ".").open(
            OpenFlags.readWrite | OpenFlags.nameless, mode: mode)
        if file < 0 { return file }
        error = give(Spot(Int32(file)), to: maker, in: parent)
        var facts = FileFacts()
        if error == 0 { error = Spot(Int32(file)).facts(&facts) }
        if error < 0 {
            OpenFiles.close(Int32(file))
            return error
        }
        let node = makeNode(
            facts.kind, inode: shown(facts.inode, on: facts.device), parent: parent, name: "/",
            key: .init(device: facts.device, inode: facts.inode, salt: 0))
        node.hasUpper = true
        node.isRemoved = true
        node.isPinned = true
        keep(Int32(file), of: node, .writing)
        tell(node, facts, &answer)
        return 0
    }
}
