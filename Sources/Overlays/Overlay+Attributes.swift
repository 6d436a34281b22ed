package import Kernel

/// Changing what belongs to a file: owner, permissions, times, size and extended attributes.
extension Overlay {
    /// What is to be changed; nil is left as it is.
    package struct Change {
        package var mode: UInt32?
        package var uid: UInt32?
        package var gid: UInt32?
        package var size: Int64?
        package var accessed: FileTime?
        package var modified: FileTime?
        /// Whether the set-id bits go, as the content changes.
        package var takesSetID = false
        /// Whether it is changed through an open file.
        package var isOpen = false

        package init() {}
    }

    /// Changes a file, and reads what it is now.
    package func change(_ number: UInt64, _ change: Change, _ facts: inout FileFacts) -> Int {
        guard let node = node(number) else { return -ErrorNumber.stale }
        var error = copyUp(node, isEmptied: change.size == 0)
        if error < 0 { return error }
        let place = spot(node)
        if let mode = change.mode {
            error = place.setMode(mode)
            if error < 0 { return error }
            node.givesGroup = nil
        }
        if change.uid != nil || change.gid != nil {
            error = place.setOwner(change.uid ?? .max, change.gid ?? .max)
            if error < 0 { return error }
        }
        if let size = change.size {
            error = cut(node, size, isOpen: change.isOpen)
            if error < 0 { return error }
            if change.takesSetID { takeSetID(node) }
        }
        if change.accessed != nil || change.modified != nil {
            error = place.setTimes(
                change.accessed ?? .unchanged, change.modified ?? .unchanged)
            if error < 0 { return error }
        }
        return self.facts(number, &facts)
    }

    /// Sets a file's size. Opening with O_TRUNC comes as this, and changes the times of a file that
    /// was empty already: so does ftruncate(2), and truncate(2) does not.
    private func cut(_ node: Node, _ size: Int64, isOpen: Bool) -> Int {
        if !isOpen, size != 0, node.access != .writing { return spot(node).setSize(size) }
        let file = file(node, .writing)
        return file < 0 ? Int(file) : OpenFiles.setSize(file, size)
    }

    /// Reads an extended attribute.
    package func attribute(_ number: UInt64, _ name: FileName, _ value: inout [UInt8]) -> Int {
        guard let node = node(number) else { return -ErrorNumber.stale }
        guard let stored = Marks.stored(name) else { return -ErrorNumber.noData }
        let error = spot(node).attribute(stored, into: &value)
        // The kernel takes it for an error where it asks for an access list itself.
        let isList = name == Marks.accessList || name == Marks.defaultList
        if error == -ErrorNumber.unsupported, isList { return -ErrorNumber.noData }
        if error < 0 { return error }
        if !node.hasUpper, isList {
            value = shift.list(value)
        }
        return 0
    }

    /// Sets an extended attribute.
    package func setAttribute(
        _ number: UInt64, _ name: FileName, _ value: [UInt8], flags: Int32
    ) -> Int {
        guard let node = node(number) else { return -ErrorNumber.stale }
        guard let stored = Marks.stored(name) else { return -ErrorNumber.notPermitted }
        let error = copyUp(node)
        if error < 0 { return error }
        return spot(node).setAttribute(stored, value, flags: flags)
    }

    /// Removes an extended attribute; one that is not there copies nothing.
    package func removeAttribute(_ number: UInt64, _ name: FileName) -> Int {
        guard let node = node(number) else { return -ErrorNumber.stale }
        guard let stored = Marks.stored(name) else { return -ErrorNumber.notPermitted }
        if !node.hasUpper {
            if spot(node).attribute(stored) == nil { return -ErrorNumber.noData }
            let error = copyUp(node)
            if error < 0 { return error }
        }
        return spot(node).removeAttribute(stored)
    }

    /// Returns the names of the extended attributes, each with the zero that ends it.
    package func attributes(_ number: UInt64, _ bytes: inout [UInt8]) -> Int {
        guard let node = node(number) else { return -ErrorNumber.stale }
        var names: [FileName] = []
        let error = spot(node).attributes(&names)
        if error < 0 { return error }
        for name in names {
            guard let shown = Marks.shown(name) else { continue }
            bytes += shown.bytes
            bytes.append(0)
        }
        return 0
    }
}
