import Base
import Kernel

/// Going from directory to directory, and giving files their owners, modes, attributes and times.
extension LayerWriter {
    /// Makes `path` the present place, with what is missing of it.
    mutating func enter(_ path: EntryPath) throws(KernelFault) {
        if place.path == path { return }
        try leave()
        do throws(KernelFault) {
            place = try LayerWriter.place(at: path, beneath: root.descriptor)
        } catch  where error.isAbsence {
            try makeParents(path)
            place = try LayerWriter.place(at: path, beneath: root.descriptor)
        }
    }

    /// Puts the present place's time back.
    mutating func leave() throws(KernelFault) {
        if place.isTouched { try place.directory.setTimes(place.time) }
        place.isTouched = false
    }

    static func place(at path: EntryPath, beneath root: borrowing Descriptor)
        throws(KernelFault) -> Place
    {
        let directory = try Files.openBeneath(root, path.name, [.read, .directory])
        let status = try directory.status()
        return Place(
            path: path, directory: directory, time: status.time,
            givesGroup: status.permissions & 0o2000 != 0)
    }

    /// Makes the directories of a path that the archive did not name.
    ///
    /// In an overlay they stand before those below and would change their owners and modes, so they
    /// are made like them; where there are none they are root's, with mode 0755.
    private mutating func makeParents(_ path: EntryPath) throws(KernelFault) {
        for count in 1...path.parts.count {
            let step = EntryPath(parts: Array(path.parts.prefix(count)))
            do throws(KernelFault) {
                _ = try Files.openBeneath(root.descriptor, step.name, [.place, .directory])
            } catch  where error.isAbsence {
                let parent = try Files.openBeneath(
                    root.descriptor, step.parent.name, [.read, .directory])
                let time = try parent.status().time
                try makeParent(step, in: parent)
                try parent.setTimes(time)
            }
        }
    }

    private mutating func makeParent(_ path: EntryPath, in parent: borrowing Descriptor) throws(KernelFault)
    {
        let leaf = path.leaf
        let standing = try Files.statusIfPresent(at: parent, leaf)
        if let standing, !standing.isWhiteout {
            throw refusal("\"\(leaf)\" on the way to it is no directory")
        }
        if standing != nil { try Files.remove(at: parent, leaf) }
        try Files.makeDirectory(at: parent, exactly: leaf, permissions: 0o700)
        let made = try Files.open(at: parent, leaf, [.read, .directory, .noFollow])
        if standing != nil { try made.setAttribute(Whiteout.opaque, Whiteout.yes) }
        if ownership == .kept { try made.setOwner(uid: 0, gid: 0) }
        // What a whiteout of this layer hid is not there any more.
        if standing == nil { imply(path) }
        try LayerWriter.dress(made, as: path, of: standing == nil ? below : [])
    }

    /// Gives a directory owner, mode and time of the topmost one at the same path below.
    static func dress(_ directory: borrowing Descriptor, as path: EntryPath, of below: [Below])
        throws(KernelFault)
    {
        for layer in below {
            let place = [Array(layer.name.utf8)[...], Array("diff".utf8)[...]] + path.parts
            let status: FileStatus
            do throws(KernelFault) {
                status = try Files.openBeneath(
                    layer.base.descriptor, EntryPath(parts: place).name, [.place, .noFollow],
                    [.beneath, .noLinks]
                ).status()
            } catch {
                // It is not in that layer, or only behind a link, which another layer's archive
                // would have followed.
                if error.isAbsence { continue }
                break
            }
            guard status.kind == .directory else { break }
            try directory.setOwner(uid: status.uid, gid: status.gid)
            try directory.setPermissions(status.permissions)
            return try directory.setTimes(status.time)
        }
        try directory.setPermissions(0o755)
    }

    /// Gives an open file or directory what its entry says.
    ///
    /// The owner comes first, as a change of owner clears set-uid and file capabilities; the time
    /// comes last.
    mutating func dress(_ file: borrowing Descriptor) throws(KernelFault) {
        let isPlain = entry.uid == 0 && entry.gid == 0 && !place.givesGroup
        if ownership == .kept, !isPlain { try file.setOwner(uid: entry.uid, gid: entry.gid) }
        try file.setPermissions(entry.permissions)
        for attribute in entry.attributes {
            guard let kept = LayerAttributes.accepted(attribute) else { continue }
            do throws(KernelFault) {
                try file.setAttribute(kept.name, kept.value)
            } catch  where error.isUnsupported {
                lostAttributes += 1
            }
        }
        try file.setTimes(entry.modified)
    }

    /// Gives what cannot be opened, a link or a FIFO, what its entry says.
    mutating func dressNamed(_ leaf: FileName, isLink: Bool) throws(KernelFault) {
        let isPlain = entry.uid == 0 && entry.gid == 0 && !place.givesGroup
        if ownership == .kept, !isPlain {
            try Files.setOwner(at: place.directory, leaf, uid: entry.uid, gid: entry.gid)
        }
        if !isLink { try Files.setPermissions(at: place.directory, leaf, entry.permissions) }
        lostAttributes += entry.attributes.count { LayerAttributes.accepted($0) != nil }
        try Files.setTimes(at: place.directory, leaf, entry.modified)
    }

    /// A refusal of ours, in the form in which the kernel's come.
    func refusal(_ why: String) -> KernelFault { .refusal(why) }

    /// Turns a fault into the Problem that names the entry.
    func problem(_ fault: KernelFault) -> Problem {
        let what = "cannot unpack \"\(entry.shown)\""
        if let why = fault.ownRefusal { return Problem(.badDocument, what, why: why) }
        let isMark = fault.call == "mknodat" || fault.call == "fsetxattr"
        if isMark, fault.isRefusal || fault.isUnsupported {
            return Problem(
                .missingOnMachine, what,
                why: "the store's file system takes no marks of what a layer hides: \(fault)",
                next: "keep the store on another one, with --root DIRECTORY or XDG_DATA_HOME")
        }
        if fault.isInvalid, fault.call.hasPrefix("fchown") {
            return Problem(
                .missingOnMachine, what,
                why:
                    "it belongs to \(entry.uid):\(entry.gid), which is outside the ids you may use",
                next: "let an administrator widen the range: "
                    + "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER")
        }
        return fault.problem(what)
    }
}

extension KernelFault {
    fileprivate static let ownCall = "refuse"

    fileprivate static func refusal(_ why: String) -> KernelFault {
        KernelFault(call: ownCall, subject: why, number: 0)
    }

    /// The words of a refusal that is ours and not the kernel's.
    fileprivate var ownRefusal: String? { call == KernelFault.ownCall ? subject : nil }
}
