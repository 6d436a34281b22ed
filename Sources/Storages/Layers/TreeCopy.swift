import Base
import Kernel

/// Copies trees with all that files have: owners (as a map says), modes, times, extended
/// attributes, links, and content by reflink where the file system can.
///
/// Nothing is reached by a path: each name is opened in the descriptor of its directory, and links
/// are copied, never followed.
struct TreeCopy: ~Copyable {
    /// What the marks of an overlay mean in the source.
    enum Marks {
        /// They are copied like all else: the copy is a layer too.
        case copied
        /// They hide what lies below in the stack: the copy is what a container sees.
        case applied
    }

    /// Returns the owner and group in the copy.
    typealias Owners = (_ uid: UInt32, _ gid: UInt32) throws(KernelFault) -> (UInt32, UInt32)

    private let target: SharedDescriptor
    private let marks: Marks
    private let owners: Owners
    /// Where the first copy of a file with several names is, by its identity in the source.
    private var links: [[UInt64]: FileName] = [:]

    init(into target: SharedDescriptor, marks: Marks, owners: @escaping Owners) {
        self.target = target
        self.marks = marks
        self.owners = owners
    }

    /// Copies what is in the directories of `stack`, topmost first, and what the topmost itself
    /// has.
    mutating func copy(_ stack: [TreePart]) throws(KernelFault) {
        let target = target
        try copy(stack, into: target.descriptor, at: EntryPath(parts: []))
    }

    private mutating func copy(
        _ stack: [TreePart], into directory: borrowing Descriptor, at path: EntryPath
    ) throws(KernelFault) {
        guard let top = stack.first else { return }
        var seen: Set<FileName> = []
        for part in stack {
            let (entries, hidden) = try part.content()
            for entry in entries where seen.insert(entry.name).inserted {
                let inside = EntryPath(parts: path.parts + [entry.name.bytes])
                if entry.isDirectory {
                    let below =
                        marks == .copied
                        ? [try part.open(entry.name)]
                        : try MergedTree.directories(entry.name, in: stack)
                    try Files.makeDirectory(at: directory, exactly: entry.name, permissions: 0o700)
                    let made = try Files.open(
                        at: directory, entry.name, [.read, .directory, .noFollow])
                    try copy(below, into: made, at: inside)
                } else {
                    try copyFile(
                        entry.name, from: part.directory.descriptor, into: directory, at: inside)
                }
            }
            seen.formUnion(hidden)
        }
        try dress(directory, like: top.directory.descriptor)
    }

    private mutating func copyFile(
        _ name: FileName, from source: borrowing Descriptor, into directory: borrowing Descriptor,
        at path: EntryPath
    ) throws(KernelFault) {
        guard let status = try Files.statusIfPresent(at: source, name) else { return }
        if status.isWhiteout {
            if marks == .copied { try Files.makeWhiteout(at: directory, name) }
            return
        }
        let identity = [status.device, status.inode]
        if status.links > 1, let first = links[identity] {
            let place = EntryPath(parts: first.bytes.split(separator: UInt8(ascii: "/")))
            let parent = try Files.openBeneath(
                target.descriptor, place.parent.name, [.place, .directory], [.beneath, .noLinks])
            return try Files.hardLink(from: parent, place.leaf, to: directory, name)
        }
        switch status.kind {
        case .regular:
            let from = try Files.open(at: source, name, [.read, .noFollow, .nonBlocking])
            let to = try Files.open(
                at: directory, name, [.write, .create, .exclusive, .noFollow])
            if try !to.clone(from) { try to.copyAll(of: from) }
            try dress(to, like: from)
        case .link:
            try Files.link(at: directory, name, to: try Files.target(at: source, name))
            try dressNamed(name, in: directory, like: status)
        case .fifo:
            try Files.makeFIFO(at: directory, name, permissions: 0o600)
            try dressNamed(name, in: directory, like: status)
        case .socket, .character, .block, .unknown, .directory:
            // Sockets live only with their program, and devices cannot be made.
            return
        }
        if status.links > 1 { links[identity] = path.name }
    }

    /// Owner first, as it clears set-uid and capabilities; time last.
    private func dress(_ copy: borrowing Descriptor, like source: borrowing Descriptor)
        throws(KernelFault)
    {
        let status = try source.status()
        let (uid, gid) = try owners(status.uid, status.gid)
        try copy.setOwner(uid: uid, gid: gid)
        try copy.setPermissions(status.permissions)
        for name in try source.attributes() {
            let text = name.text
            if marks == .applied, text.hasPrefix("user.overlay.") { continue }
            if text.hasPrefix("security."), text != "security.capability" { continue }
            guard let value = try source.attribute(name) else { continue }
            do throws(KernelFault) {
                try copy.setAttribute(name, value)
            } catch  where error.isUnsupported || error.isRefusal {
                // trusted.* is not ours to set, and another file system may have no attributes.
                continue
            }
        }
        try copy.setTimes(status.time)
    }

    private func dressNamed(
        _ name: FileName, in directory: borrowing Descriptor, like status: FileStatus
    ) throws(KernelFault) {
        let (uid, gid) = try owners(status.uid, status.gid)
        try Files.setOwner(at: directory, name, uid: uid, gid: gid)
        if status.kind != .link {
            try Files.setPermissions(at: directory, name, status.permissions)
        }
        try Files.setTimes(at: directory, name, status.time)
    }
}
