import Base
import Kernel

/// Copying files of lower layers into the upper directory, before they are changed.
extension Overlay {
    /// Makes the file one of the upper directory, with all that belongs to it.
    ///
    /// - Parameter isEmptied: whether the content is not wanted, as it is about to be cut off.
    func copyUp(_ node: Node, isEmptied: Bool = false) -> Int {
        if node.hasUpper { return 0 }
        if isReadOnly { return -ErrorNumber.readOnly }
        guard let parent = node.parent else { return -ErrorNumber.readOnly }
        if !node.isRemoved {
            let error = copyUp(parent)
            if error < 0 { return error }
        }
        let from = spot(node)
        var facts = FileFacts()
        var error = from.facts(&facts)
        if error < 0 { return error }
        let to = draft()
        error = copy(from, facts, to: to, isEmptied: isEmptied)
        if error == 0 {
            error = node.isRemoved ? keepNameless(node, to) : settle(node, from, facts, to)
        }
        if error < 0 { discard(to, isDirectory: facts.isDirectory) }
        return error
    }

    func discard(_ draft: Spot, isDirectory: Bool) {
        // What cannot be removed is when the work directory is used next.
        _ = draft.remove(isDirectory: isDirectory)
    }

    private func copy(_ from: Spot, _ facts: FileFacts, to: Spot, isEmptied: Bool) -> Int {
        let mask = use(mask: 0)
        defer { use(mask: mask) }
        let made: Int
        switch facts.kind {
        case FileFacts.directory: made = to.makeDirectory(0o700)
        case FileFacts.regular: made = copyContent(from, facts, to: to, isEmptied: isEmptied)
        case FileFacts.link:
            let (target, error) = from.target()
            made = target.map { to.makeLink(to: $0) } ?? error
        default: made = to.makeNode(facts.kind | 0o600, facts.represents)
        }
        if made < 0 { return made }
        return dress(to, like: from, facts)
    }

    private func copyContent(_ from: Spot, _ facts: FileFacts, to: Spot, isEmptied: Bool) -> Int {
        let target = to.open(OpenFlags.readWrite | OpenFlags.creating, mode: 0o600)
        if target < 0 { return target }
        defer { OpenFiles.close(Int32(target)) }
        if isEmptied { return 0 }
        let source = from.open(OpenFlags.readOnly)
        if source < 0 { return source }
        defer { OpenFiles.close(Int32(source)) }
        let copied = OpenFiles.copyContent(
            from: Int32(source), to: Int32(target), size: facts.size)
        if copied <= 0 || isVolatile { return min(copied, 0) }
        // A power cut must find the copy whole, or not at all. Shared blocks are there already.
        return OpenFiles.order(Int32(target))
    }

    /// Gives a copy owner, attributes, permissions and times of the original, in this order: a
    /// change of owner takes capabilities and set-id bits away, and everything changes times.
    private func dress(_ to: Spot, like from: Spot, _ facts: FileFacts) -> Int {
        var error = to.setOwner(shift.user(facts.uid), shift.group(facts.gid))
        if error == 0 { error = copyAttributes(from, to: to) }
        if error == 0, !facts.isLink { error = to.setMode(facts.mode) }
        if error == 0 { error = to.setTimes(facts.accessed, facts.modified) }
        return error
    }

    private func copyAttributes(_ from: Spot, to: Spot) -> Int {
        var names: [FileName] = []
        let error = from.attributes(&names)
        if error < 0 { return error }
        for name in names where Marks.shown(name) != nil {
            guard var value = from.attribute(name) else { continue }
            if name == Marks.accessList || name == Marks.defaultList { value = shift.list(value) }
            let error = to.setAttribute(name, value)
            if error == 0 { continue }
            // Labels and signatures of a security module are the machine's, not the file's.
            if name.bytes.starts(with: "security.".utf8), name != Marks.capability { continue }
            if error == -ErrorNumber.unsupported { continue }
            return error
        }
        return 0
    }

    /// Puts a finished copy into its place; whoever has the file open reads the copy from now on.
    private func settle(_ node: Node, _ from: Spot, _ facts: FileFacts, _ to: Spot) -> Int {
        guard let parent = node.parent else { return -ErrorNumber.stale }
        markOrigin(from, facts, parent, to)
        let directory = Spot(upperFile(parent))
        var above = FileFacts()
        var error = directory.facts(&above)
        if error < 0 { return error }
        let place = Spot(directory.base, node.name)
        error = to.rename(to: place)
        if error < 0 { return error }
        // Nothing was changed in there as far as anybody sees.
        _ = directory.setTimes(above.accessed, above.modified)
        var copied = FileFacts()
        error = place.facts(&copied)
        if error < 0 { return error }
        node.hasUpper = true
        rekey(node, .init(device: copied.device, inode: copied.inode, salt: 0))
        parent.namesChanged()
        if node.isDirectory { node.isImpure = false }
        // What was open is the original.
        closeFile(node)
        return 0
    }

    /// Keeps the number of the original for later; a name of several would share it wrongly.
    private func markOrigin(_ from: Spot, _ facts: FileFacts, _ parent: Node, _ to: Spot) {
        if !facts.isDirectory, facts.links > 1 || !facts.isRegular { return }
        // Without it the file gets another number once the kernel has forgotten it, no more.
        guard facts.device == homeDevice, let mark = Origin.mark(of: from, uuid: uuid),
            to.setAttribute(Marks.origin, mark) == 0
        else { return }
        if isImpure(parent) { return }
        if Spot(upperFile(parent)).setAttribute(Marks.impure, Marks.yes) == 0 {
            parent.isImpure = true
        }
    }

    /// A file without a name is changed by those who have it open: it gets a copy without one.
    private func keepNameless(_ node: Node, _ draft: Spot) -> Int {
        let file = draft.open(OpenFlags.readWrite)
        if file < 0 { return file }
        let error = draft.remove()
        if error < 0 {
            OpenFiles.close(Int32(file))
            return error
        }
        keep(Int32(file), of: node, .writing)
        node.hasUpper = true
        rekey(node, nil)
        return 0
    }

    // MARK: Whole directories

    /// Copies all of a directory, so that it can be renamed: a moved directory finds nothing below.
    func flatten(_ node: Node) -> Int {
        if node.parts.isEmpty { return 0 }
        var budget = Budget()
        let error = measure(node, &budget)
        return error < 0 ? error : flattenBelow(node)
    }

    struct Budget {
        var files = 0
        var bytes: Int64 = 0
    }

    /// Whether copying a directory is so little that a rename may wait for it.
    private func measure(_ node: Node, _ budget: inout Budget) -> Int {
        let (listing, error) = listing(of: node)
        guard let listing else { return error }
        // Held while it is worked on: those below come and go.
        node.lookups += 1
        defer { node.lookups -= 1 }
        for entry in listing.entries {
            budget.files += 1
            if budget.files > Limits.renamedFiles { return -ErrorNumber.crossDevice }
            if entry.source == 0, entry.kind != 4 { continue }
            let (child, error) = child(node, listing, entry)
            guard let child else { return error }
            defer { drop(ifUnused: child) }
            if child.isDirectory {
                if child.parts.isEmpty { continue }
                let error = measure(child, &budget)
                if error < 0 { return error }
                continue
            }
            var facts = FileFacts()
            let known = spot(child).facts(&facts)
            if known < 0 { return known }
            budget.bytes += facts.size
            if budget.bytes > Limits.renamedBytes { return -ErrorNumber.crossDevice }
        }
        return 0
    }

    private func child(_ node: Node, _ listing: Listing, _ entry: Listing.Entry) -> (Node?, Int) {
        guard let name = listing.name(entry) else { return (nil, -ErrorNumber.inputOutput) }
        var facts = FileFacts()
        let source = find(node, name, &facts)
        return source < 0 ? (nil, source) : descend(node, name, source, facts)
    }

    private func flattenBelow(_ node: Node) -> Int {
        let (found, error) = listing(of: node)
        guard let found else { return error }
        var failed = copyUp(node)
        if failed < 0 { return failed }
        node.lookups += 1
        defer { node.lookups -= 1 }
        for entry in found.entries {
            let (child, error) = child(node, found, entry)
            guard let child else { return error }
            failed = copyUp(child)
            if failed == 0, !child.parts.isEmpty { failed = flattenBelow(child) }
            drop(ifUnused: child)
            if failed < 0 { return failed }
        }
        return seal(node)
    }

    /// Ends the view of what lies below a directory whose names are all in the upper layer.
    func seal(_ node: Node) -> Int {
        let directory = Spot(upperFile(node))
        var error = markOpaque(directory)
        if error < 0 { return error }
        clearWhiteouts(directory.base)
        // The mark may have been one of those files.
        if hasNoAttributes { error = markOpaque(directory) }
        if error < 0 { return error }
        openDirectories -= node.closeDirectories()
        node.parts = []
        node.namesChanged()
        return 0
    }
}
