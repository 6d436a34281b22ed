package import Kernel

/// Giving files and directories other names.
extension Overlay {
    /// One of the two names of a rename, and what was found there.
    struct Party {
        let parent: Node
        let name: FileName
        var source = -1
        var facts = FileFacts()
        var node: Node?
        /// Whether a whiteout is needed where the name shows nothing any more.
        var isBelow = false

        var isThere: Bool { source >= 0 }
    }

    private func party(_ number: UInt64, _ name: FileName) -> (Party?, Int) {
        guard let parent = node(number) else { return (nil, -ErrorNumber.stale) }
        var party = Party(parent: parent, name: name)
        party.source = find(parent, name, &party.facts)
        if party.source >= 0 {
            let (node, error) = descend(parent, name, party.source, party.facts)
            guard let node else { return (nil, error) }
            party.node = node
        } else if party.source != -ErrorNumber.noEntry {
            return (nil, party.source)
        }
        party.isBelow = isBelow(parent, name)
        return (party, 0)
    }

    /// Renames, replacing what has the new name, or neither, or exchanging both.
    package func rename(
        _ oldParent: UInt64, _ oldName: FileName, to newParent: UInt64, _ newName: FileName,
        _ kind: Spot.Renaming
    ) -> Int {
        if isReadOnly { return -ErrorNumber.readOnly }
        if kind == .leavingWhiteout { return -ErrorNumber.invalid }
        if readsMarkFiles, Marks.isFile(newName) { return -ErrorNumber.invalid }
        let (from, oldError) = party(oldParent, oldName)
        guard let from, let node = from.node else {
            return oldError < 0 ? oldError : -ErrorNumber.noEntry
        }
        node.lookups += 1
        defer {
            node.lookups -= 1
            drop(ifUnused: node)
        }
        let (to, newError) = party(newParent, newName)
        guard let to else { return newError }
        to.node?.lookups += 1
        defer {
            if let target = to.node {
                target.lookups -= 1
                drop(ifUnused: target)
            }
        }
        if node === to.node { return 0 }
        if kind == .ontoNothing, to.isThere { return -ErrorNumber.exists }
        if kind == .exchanging, !to.isThere { return -ErrorNumber.noEntry }
        var error = prepare(node, to.parent)
        if error == 0, kind == .exchanging, let other = to.node {
            error = prepare(other, from.parent)
        }
        if error < 0 { return error }
        return kind == .exchanging ? exchange(from, to) : replace(from, to)
    }

    /// Makes what is renamed, and the directory it goes to, part of the upper layer alone.
    private func prepare(_ node: Node, _ parent: Node) -> Int {
        if parent.isRemoved { return -ErrorNumber.noEntry }
        var error = node.isDirectory ? flatten(node) : 0
        if error == 0 { error = copyUp(node) }
        if error == 0 { error = copyUp(parent) }
        return error
    }

    /// A directory in a place where lower layers may have one of its name shows nothing of that.
    private func sealForMove(_ node: Node, _ parent: Node) -> Int {
        guard node.isDirectory, !parent.parts.isEmpty else { return 0 }
        return markOpaque(spot(node))
    }

    /// Tells the directory that it has files with numbers of lower layers in it.
    private func carryImpurity(_ from: Node, _ to: Node) {
        if from === to || !isImpure(from) || isImpure(to) { return }
        if Spot(upperFile(to)).setAttribute(Marks.impure, Marks.yes) == 0 { to.isImpure = true }
    }

    private func exchange(_ from: Party, _ to: Party) -> Int {
        guard let node = from.node, let other = to.node else { return -ErrorNumber.stale }
        var error = sealForMove(node, to.parent)
        if error == 0 { error = sealForMove(other, from.parent) }
        if error < 0 { return error }
        let (old, new) = (upperSpot(from), upperSpot(to))
        error = old.rename(to: new, .exchanging)
        if error < 0 { return error }
        carryImpurity(from.parent, to.parent)
        carryImpurity(to.parent, from.parent)
        moved(node, from, to)
        moved(other, to, from)
        return 0
    }

    private func upperSpot(_ party: Party) -> Spot { Spot(upperFile(party.parent), party.name) }

    /// The node follows its name, if it was reached by that one.
    private func moved(_ node: Node, _ from: Party, _ to: Party) {
        if node.parent === from.parent, node.name == from.name {
            move(node, to: to.parent, to.name)
        }
        from.parent.namesChanged()
        to.parent.namesChanged()
    }

    private func replace(_ from: Party, _ to: Party) -> Int {
        guard let node = from.node else { return -ErrorNumber.stale }
        var error = 0
        if let target = to.node {
            if node.isDirectory, !target.isDirectory { return -ErrorNumber.notDirectory }
            if !node.isDirectory, target.isDirectory { return -ErrorNumber.isDirectory }
            error = target.isDirectory ? requireEmpty(target) : pin(target, to.parent, to.name)
            if error < 0 { return error }
            if target.isDirectory { hold(target) }
        }
        error = sealForMove(node, to.parent)
        if error == 0 { error = replaceFiles(from, to, node) }
        if let target = to.node {
            if !target.isDirectory {
                settle(
                    target, hasGone: error == 0, links: to.facts.links, isUpper: to.source == 0)
            } else if error == 0 {
                bury(target, to.parent)
            }
        }
        if error < 0 { return error }
        carryImpurity(from.parent, to.parent)
        moved(node, from, to)
        return 0
    }

    /// Renames in the upper layer; a whiteout stays where the old name would show a lower file.
    private func replaceFiles(_ from: Party, _ to: Party, _ node: Node) -> Int {
        let (old, new) = (upperSpot(from), upperSpot(to))
        if writesFileMarks { return replaceWithFileMarks(from, to, old, new, node) }
        var standing = FileFacts()
        let stands = new.facts(&standing) == 0
        // A directory cannot replace a whiteout, nor one that has whiteouts in it.
        if node.isDirectory, stands {
            let error = old.rename(to: new, .exchanging)
            return error < 0 ? error : clear(old, standing, from)
        }
        if from.isBelow {
            let error = old.rename(to: new, .leavingWhiteout)
            if error != -ErrorNumber.invalid, error != -ErrorNumber.notPermitted { return error }
            // The file system cannot do both in one: a crash in between shows the file twice.
            let apart = old.rename(to: new)
            return apart < 0 ? apart : old.makeNode(FileFacts.character, 0)
        }
        return old.rename(to: new)
    }

    /// Does away with what an exchange has put in the old place.
    private func clear(_ old: Spot, _ standing: FileFacts, _ from: Party) -> Int {
        if standing.isWhiteout { return from.isBelow ? 0 : old.remove() }
        if from.isBelow { return hide(from.parent, old, hasUpper: true, isDirectory: true) }
        return clearAway(old)
    }

    private func replaceWithFileMarks(
        _ from: Party, _ to: Party, _ old: Spot, _ new: Spot, _ node: Node
    ) -> Int {
        if node.isDirectory, to.node?.hasUpper == true {
            let error = clearAway(new)
            if error < 0 { return error }
        }
        let error = old.rename(to: new)
        if error < 0 { return error }
        if let mark = Marks.file(hiding: to.name) { _ = Spot(new.base, mark).remove() }
        return from.isBelow
            ? hide(from.parent, old, hasUpper: false, isDirectory: false) : 0
    }
}
