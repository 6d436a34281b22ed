package import Kernel

/// One path that differs between two trees.
package struct TreeChange: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable {
        case added = "A"
        case changed = "C"
        case deleted = "D"
    }
    package var kind: Kind
    /// Absolute, for people: what is no text is made visible.
    package var path: String
}

/// What tells one stack of layers from another, as podman-diff(1) shows it.
///
/// Directories that both stacks take from the same places are passed over, so the difference
/// between a container and its image costs what the container wrote.
package struct TreeDifference {
    private typealias Stack = [TreePart]

    private var changes: [TreeChange] = []

    /// Compares two stacks of directories, topmost first.
    ///
    /// - Requires: the caller may read all of them.
    package static func between(_ new: [TreePart], and old: [TreePart]) throws(KernelFault)
        -> [TreeChange]
    {
        var difference = TreeDifference()
        try difference.compare(new, old, "")
        return difference.changes
    }

    /// The topmost thing of each name that is not hidden.
    private static func names(_ stack: Stack) throws(KernelFault) -> [FileName: FileStatus] {
        var found: [FileName: FileStatus] = [:]
        var hidden: Set<FileName> = []
        for part in stack {
            let (entries, marked) = try part.content()
            for entry in entries where found[entry.name] == nil && !hidden.contains(entry.name) {
                guard let status = try part.status(entry.name) else { continue }
                if status.isWhiteout {
                    hidden.insert(entry.name)
                } else {
                    found[entry.name] = status
                }
            }
            hidden.formUnion(marked)
        }
        return found
    }

    private mutating func compare(_ new: Stack, _ old: Stack, _ path: String) throws(KernelFault) {
        let (ours, theirs) = (try TreeDifference.names(new), try TreeDifference.names(old))
        let all = Set(ours.keys).union(theirs.keys).sorted {
            $0.bytes.lexicographicallyPrecedes($1.bytes)
        }
        for name in all {
            let place = "\(path)/\(name)"
            guard let mine = ours[name] else {
                changes.append(TreeChange(kind: .deleted, path: place))
                continue
            }
            guard let other = theirs[name] else {
                changes.append(TreeChange(kind: .added, path: place))
                if mine.kind == .directory {
                    try compare(try MergedTree.directories(name, in: new), [], place)
                }
                continue
            }
            guard mine.kind == .directory, other.kind == .directory else {
                if !mine.isSame(as: other), mine.differs(from: other) || mine.kind != .link {
                    changes.append(TreeChange(kind: .changed, path: place))
                }
                continue
            }
            let inside = try MergedTree.directories(name, in: new)
            let below = try MergedTree.directories(name, in: old)
            if try TreeDifference.areSame(inside, below) { continue }
            let mark = changes.count
            try compare(inside, below, place)
            if changes.count > mark || mine.differs(from: other) {
                changes.insert(TreeChange(kind: .changed, path: place), at: mark)
            }
        }
    }

    private static func areSame(_ one: Stack, _ other: Stack) throws(KernelFault) -> Bool {
        guard one.count == other.count else { return false }
        for (mine, theirs) in zip(one, other) {
            let standing = try theirs.directory.descriptor.status()
            if try !mine.directory.descriptor.status().isSame(as: standing) { return false }
        }
        return true
    }
}

extension FileStatus {
    /// Whether owner, mode, size or time tell this file from another of the same name.
    fileprivate func differs(from other: FileStatus) -> Bool {
        kind != other.kind || permissions != other.permissions || uid != other.uid
            || gid != other.gid
            || (kind != .directory && (size != other.size || modified != other.modified))
    }
}
