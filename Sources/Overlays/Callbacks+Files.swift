import CFuse3
import Kernel

extension Callbacks {
    // MARK: Files

    static func files(_ table: inout fuse_lowlevel_ops) {
        // Neither open nor close is told from the first answer on, and files keep their cache.
        unsafe table.open = { request, _, _ in
            unsafe Callbacks.error(request, -ErrorNumber.noCall)
        }
        // A file that was made before the first was opened.
        unsafe table.release = { request, _, _ in unsafe Callbacks.error(request, 0) }
        unsafe table.read = { request, number, size, offset, _ in
            Callbacks.overlay { overlay in
                let error = overlay.read(UInt64(number)) {
                    unsafe Callbacks.read(request, $0, size, Int64(offset))
                }
                if error < 0 { unsafe Callbacks.error(request, error) }
            }
        }
        unsafe table.write = { request, number, bytes, size, offset, _ in
            let content = unsafe UnsafeRawBufferPointer(start: bytes, count: size)
            Callbacks.overlay { overlay in
                let wrote = unsafe overlay.write(
                    UInt64(number), takesSetID: Session.takesSetID
                ) { unsafe OpenFiles.write($0, content, at: Int64(offset)) }
                if wrote < 0 { return unsafe Callbacks.error(request, wrote) }
                _ = unsafe fuse_reply_write(request, wrote)
            }
        }
        unsafe table.fsync = { request, number, dataOnly, _ in
            Callbacks.overlay {
                unsafe Callbacks.error(
                    request, $0.sync(UInt64(number), dataOnly: dataOnly != 0))
            }
        }
        unsafe table.fallocate = { request, number, mode, offset, count, _ in
            Callbacks.overlay {
                let error = $0.write(UInt64(number), takesSetID: false) {
                    OpenFiles.allocate($0, mode, Int64(offset), Int64(count))
                }
                unsafe Callbacks.error(request, error)
            }
        }
        unsafe table.lseek = { request, number, offset, whence, _ in
            Callbacks.overlay {
                let place = $0.read(UInt64(number)) {
                    OpenFiles.seek($0, Int64(offset), whence)
                }
                if place < 0 { return unsafe Callbacks.error(request, place) }
                _ = unsafe fuse_reply_lseek(request, place)
            }
        }
        unsafe table.copy_file_range = { request, from, start, _, to, end, _, count, flags in
            Callbacks.overlay {
                let copied = $0.copyRange(
                    from: (UInt64(from), Int64(start)), to: (UInt64(to), Int64(end)), count,
                    flags: UInt32(bitPattern: flags))
                if copied < 0 { return unsafe Callbacks.error(request, copied) }
                _ = unsafe fuse_reply_write(request, copied)
            }
        }
    }

    /// Sends what was read out of memory that is kept: libfuse's own way takes new pages from the
    /// kernel for each answer, and gives them back.
    private static func read(
        _ request: Request, _ file: Int32, _ size: Int, _ offset: Int64
    ) -> Int {
        let room = unsafe Session.room
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<min(size, room.count)])
        let got = unsafe OpenFiles.read(file, part, at: offset)
        if got < 0 { return got }
        let bytes = unsafe room.baseAddress?.assumingMemoryBound(to: CChar.self)
        _ = unsafe fuse_reply_buf(request, bytes, got)
        return 0
    }

    // MARK: Directories

    static func directories(_ table: inout fuse_lowlevel_ops) {
        unsafe table.opendir = { request, _, _ in
            unsafe Callbacks.error(request, -ErrorNumber.noCall)
        }
        unsafe table.readdir = { request, number, size, cookie, _ in
            unsafe Callbacks.list(
                request, Page(number: UInt64(number), cookie: Int(cookie), size: size),
                isLookedUp: false)
        }
        unsafe table.readdirplus = { request, number, size, cookie, _ in
            unsafe Callbacks.list(
                request, Page(number: UInt64(number), cookie: Int(cookie), size: size),
                isLookedUp: true)
        }
        unsafe table.fsyncdir = { request, number, _, _ in
            Callbacks.overlay { unsafe Callbacks.error(request, $0.syncDirectory(UInt64(number))) }
        }
        unsafe table.statfs = { request, _ in
            Callbacks.overlay { overlay in
                var room = OpenFiles.Room()
                let error = overlay.room(&room)
                if error < 0 { return unsafe Callbacks.error(request, error) }
                var raw = mf_room(
                    block_size: room.blockSize, fragment_size: room.fragmentSize,
                    blocks: room.blocks, free_blocks: room.freeBlocks,
                    available_blocks: room.availableBlocks, files: room.files,
                    free_files: room.freeFiles, name_length: room.nameLength)
                unsafe mf_reply_room(request, &raw)
            }
        }
    }

    /// What part of a directory is asked for.
    private struct Page {
        let number: UInt64
        let cookie: Int
        let size: Int
    }

    /// - Parameter isLookedUp: whether all of each file is wanted.
    private static func list(_ request: Request, _ page: Page, isLookedUp: Bool) {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: max(page.size, 1)) { room in
            overlay { overlay in
                var used = 0
                let error = overlay.names(
                    page.number, after: page.cookie, isLookedUp: isLookedUp
                ) { shown in
                    guard let start = room.baseAddress else { return false }
                    let rest = unsafe UnsafeMutableBufferPointer(
                        start: start + used, count: page.size - used)
                    let added = unsafe add(
                        request, shown, rest, isLookedUp ? page.number : nil, overlay)
                    used += max(added, 0)
                    return added != 0
                }
                if error < 0, used == 0 { return unsafe Callbacks.error(request, error) }
                _ = unsafe fuse_reply_buf(request, room.baseAddress, used)
            }
        }
    }

    /// Adds one name; 0 where there is no room for it, less where it has gone meanwhile.
    ///
    /// - Parameter plus: the directory's number, where all of the file is wanted.
    private static func add(
        _ request: Request, _ shown: Overlay.Shown, _ room: UnsafeMutableBufferPointer<CChar>,
        _ plus: UInt64?, _ overlay: Overlay
    ) -> Int {
        unsafe shown.name.lending { name in
            let size =
                unsafe plus != nil
                ? mf_entry_plus_size(request, name) : mf_entry_size(request, name)
            if size > room.count { return 0 }
            guard let number = plus else {
                unsafe mf_add_entry(
                    request, room.baseAddress, room.count, name, shown.inode, shown.mode,
                    shown.cookie)
                return size
            }
            var entry = fuse_entry_param()
            if shown.cookie > 2 {
                var answer = Overlay.Answer()
                if overlay.lookUp(number, shown.name, &answer) < 0 { return -1 }
                entry = Callbacks.entry(answer)
            } else {
                unsafe mf_name_entry(&entry, shown.inode, shown.mode)
            }
            return Int(
                unsafe fuse_add_direntry_plus(
                    request, room.baseAddress, room.count, name, &entry, shown.cookie))
        }
    }
}
