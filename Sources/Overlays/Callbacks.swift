import CFuse3
import Kernel

/// What libfuse calls for each kind of request: arguments out of C, the overlay's answer back.
enum Callbacks {
    typealias Request = fuse_req_t?

    /// The table for `fuse_session_new`.
    static var operations: fuse_lowlevel_ops {
        var table = fuse_lowlevel_ops()
        names(&table)
        making(&table)
        files(&table)
        directories(&table)
        attributes(&table)
        return table
    }

    /// Lends the overlay; there is one from before the first request on.
    static func overlay(_ body: (Overlay) -> Void) {
        if let overlay = unsafe Session.overlay { body(overlay) }
    }

    static func error(_ request: Request, _ answer: Int) {
        // An answer that does not reach the kernel has lost its asker: nobody else is to be told.
        _ = unsafe fuse_reply_err(request, answer < 0 ? Int32(-answer) : 0)
    }

    static func raw(_ facts: FileFacts) -> mf_attributes {
        var raw = mf_attributes()
        raw.inode = facts.inode
        raw.links = facts.links
        raw.device = facts.represents
        raw.mode = facts.mode
        raw.uid = facts.uid
        raw.gid = facts.gid
        raw.size = facts.size
        raw.block_size = facts.blockSize
        raw.blocks = facts.blocks
        raw.seconds = (facts.accessed.seconds, facts.modified.seconds, facts.changed.seconds)
        raw.nanoseconds = (
            facts.accessed.nanoseconds, facts.modified.nanoseconds, facts.changed.nanoseconds
        )
        return raw
    }

    static func entry(_ answer: Overlay.Answer) -> fuse_entry_param {
        var entry = fuse_entry_param()
        var raw = raw(answer.facts)
        unsafe mf_fill_entry(&entry, answer.number, answer.generation, &raw, Session.lifetime)
        return entry
    }

    static func tell(_ request: Request, _ error: Int, _ answer: Overlay.Answer) {
        if error < 0 { return unsafe Callbacks.error(request, error) }
        var entry = entry(answer)
        if unsafe fuse_reply_entry(request, &entry) != 0 { forget(answer) }
    }

    /// The kernel never heard of it: the request was interrupted.
    static func forget(_ answer: Overlay.Answer) {
        overlay { $0.forget(answer.number, 1) }
    }

    static func maker(_ request: Request) -> Overlay.Maker {
        unsafe Overlay.Maker(uid: mf_uid(request), gid: mf_gid(request), mask: mf_mask(request))
    }

    // MARK: Names

    private static func names(_ table: inout fuse_lowlevel_ops) {
        unsafe table.`init` = { _, connection in
            guard let connection = unsafe connection else { return }
            let wanted =
                UInt32(FUSE_CAP_PARALLEL_DIROPS) | UInt32(FUSE_CAP_CACHE_SYMLINKS)
                | UInt32(FUSE_CAP_POSIX_ACL) | UInt32(FUSE_CAP_DONT_MASK)
                | UInt32(FUSE_CAP_NO_OPEN_SUPPORT) | UInt32(FUSE_CAP_NO_OPENDIR_SUPPORT)
                | UInt32(FUSE_CAP_READDIRPLUS)
                | UInt32(FUSE_CAP_READDIRPLUS_AUTO) | UInt32(FUSE_CAP_EXPLICIT_INVAL_DATA)
                | UInt32(FUSE_CAP_ASYNC_READ) | UInt32(FUSE_CAP_ASYNC_DIO)
            unsafe connection.pointee.want |= wanted & connection.pointee.capable
            // Requests are read whole: through a pipe each of them would cost a second call.
            unsafe connection.pointee.want &=
                ~(UInt32(FUSE_CAP_SPLICE_READ) | UInt32(FUSE_CAP_SPLICE_WRITE)
                | UInt32(FUSE_CAP_AUTO_INVAL_DATA) | UInt32(FUSE_CAP_ATOMIC_O_TRUNC)
                | UInt32(FUSE_CAP_WRITEBACK_CACHE)
                | UInt32(FUSE_CAP_POSIX_LOCKS) | UInt32(FUSE_CAP_FLOCK_LOCKS)
                | UInt32(FUSE_CAP_HANDLE_KILLPRIV))
            unsafe connection.pointee.time_gran = 1
        }
        unsafe table.lookup = { request, parent, name in
            guard let name = unsafe name else { return }
            let text = unsafe FileName(copying: name)
            Callbacks.overlay { overlay in
                var answer = Overlay.Answer()
                let error = overlay.lookUp(UInt64(parent), text, &answer)
                // The kernel remembers that there is nothing, too.
                unsafe Callbacks.tell(
                    request, error == -ErrorNumber.noEntry ? 0 : error, answer)
            }
        }
        unsafe table.forget = { request, number, count in
            Callbacks.overlay { $0.forget(UInt64(number), count) }
            unsafe fuse_reply_none(request)
        }
        unsafe table.forget_multi = { request, count, list in
            if let list = unsafe list {
                for index in 0..<count {
                    let (number, lookups) = unsafe (UInt64(list[index].ino), list[index].nlookup)
                    Callbacks.overlay { $0.forget(number, lookups) }
                }
            }
            unsafe fuse_reply_none(request)
        }
        unsafe table.unlink = { request, parent, name in
            guard let name = unsafe name else { return }
            let text = unsafe FileName(copying: name)
            Callbacks.overlay { unsafe Callbacks.error(request, $0.unlink(UInt64(parent), text)) }
        }
        unsafe table.rmdir = { request, parent, name in
            guard let name = unsafe name else { return }
            let text = unsafe FileName(copying: name)
            Callbacks.overlay {
                unsafe Callbacks.error(request, $0.removeDirectory(UInt64(parent), text))
            }
        }
        unsafe table.rename = { request, parent, name, newParent, newName, flags in
            guard let name = unsafe name, let newName = unsafe newName else { return }
            let (old, new) = unsafe (FileName(copying: name), FileName(copying: newName))
            Callbacks.overlay {
                guard let kind = Spot.Renaming(rawValue: flags) else {
                    return unsafe Callbacks.error(request, -ErrorNumber.invalid)
                }
                unsafe Callbacks.error(
                    request, $0.rename(UInt64(parent), old, to: UInt64(newParent), new, kind))
            }
        }
    }

    // MARK: Making

    private static func making(_ table: inout fuse_lowlevel_ops) {
        unsafe table.mkdir = { request, parent, name, mode in
            unsafe Callbacks.make(request, parent, name, .directory(mode))
        }
        unsafe table.mknod = { request, parent, name, mode, device in
            unsafe Callbacks.make(request, parent, name, .node(mode, UInt64(device)))
        }
        unsafe table.symlink = { request, target, parent, name in
            guard let target = unsafe target else { return }
            unsafe Callbacks.make(request, parent, name, .link(FileName(copying: target)))
        }
        unsafe table.link = { request, number, parent, name in
            guard let name = unsafe name else { return }
            let text = unsafe FileName(copying: name)
            Callbacks.overlay { overlay in
                var answer = Overlay.Answer()
                let error = overlay.link(UInt64(number), UInt64(parent), text, &answer)
                unsafe Callbacks.tell(request, error, answer)
            }
        }
        unsafe table.create = { request, parent, name, mode, info in
            guard let name = unsafe name, let info = unsafe info else { return }
            let text = unsafe FileName(copying: name)
            Callbacks.overlay { overlay in
                var answer = Overlay.Answer()
                let error = unsafe overlay.create(
                    UInt64(parent), text, mode: mode, by: Callbacks.maker(request), &answer)
                if error < 0 { return unsafe Callbacks.error(request, error) }
                unsafe mf_open(info)
                var entry = Callbacks.entry(answer)
                if unsafe fuse_reply_create(request, &entry, info) != 0 {
                    Callbacks.forget(answer)
                }
            }
        }
    }

    private static func make(
        _ request: Request, _ parent: fuse_ino_t, _ name: UnsafePointer<CChar>?,
        _ novelty: Overlay.Novelty
    ) {
        guard let name = unsafe name else { return }
        let text = unsafe FileName(copying: name)
        overlay { overlay in
            var answer = Overlay.Answer()
            let error = unsafe overlay.make(
                UInt64(parent), text, novelty, by: maker(request), &answer)
            unsafe tell(request, error, answer)
        }
    }
}
