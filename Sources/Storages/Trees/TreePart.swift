package import Kernel

/// One of the directories that an overlay shows as one.
package struct TreePart {
    package let directory: SharedDescriptor
    /// Whether a file named `.wh.NAME` in it hides NAME of the directories below it, as in the
    /// upper directories that our own overlay writes where a file system takes no other marks.
    package let hidesByName: Bool

    package init(_ directory: SharedDescriptor, hidesByName: Bool = false) {
        self.directory = directory
        self.hidesByName = hidesByName
    }

    /// Opens directories in which nothing is hidden by names.
    package static func open(all paths: [String]) throws(KernelFault) -> [TreePart] {
        var parts: [TreePart] = []
        for path in paths {
            parts.append(TreePart(SharedDescriptor(try Files.open(path, [.read, .directory]))))
        }
        return parts
    }

    /// Opens a directory in this one.
    func open(_ name: FileName) throws(KernelFault) -> TreePart {
        TreePart(
            SharedDescriptor(
                try Files.open(at: directory.descriptor, name, [.read, .directory, .noFollow])),
            hidesByName: hidesByName)
    }

    /// The file, if there is one and it is no mark.
    func status(_ name: FileName) throws(KernelFault) -> FileStatus? {
        if hidesByName, Whiteout.isMark(name) { return nil }
        return try Files.statusIfPresent(at: directory.descriptor, name)
    }

    /// Whether a file named like it in the directories below is not seen, though none is here.
    func hides(_ name: FileName) throws(KernelFault) -> Bool {
        guard hidesByName, let mark = Whiteout.mark(hiding: name) else { return false }
        return try Files.statusIfPresent(at: directory.descriptor, mark) != nil
    }

    /// Whether nothing of the directories below it is seen.
    func isOpaque() throws(KernelFault) -> Bool {
        if try directory.descriptor.attribute(Whiteout.opaque) == Whiteout.yes { return true }
        guard hidesByName else { return false }
        return try Files.statusIfPresent(at: directory.descriptor, Whiteout.opaqueMarker) != nil
    }

    /// What is in the directory, whiteouts of an overlay's included, and the names that files
    /// beside it hide.
    func content() throws(KernelFault) -> (entries: [Files.Entry], hidden: [FileName]) {
        let all = try Files.entries(in: directory.descriptor)
        guard hidesByName else { return (all, []) }
        var (entries, hidden): ([Files.Entry], [FileName]) = ([], [])
        for entry in all {
            if !Whiteout.isMark(entry.name) {
                entries.append(entry)
            } else if entry.name != Whiteout.opaqueMarker,
                let name = FileName(entry.name.bytes.dropFirst(Whiteout.prefix.count))
            {
                hidden.append(name)
            }
        }
        return (entries, hidden)
    }
}
