import CFuse3
import Kernel

extension Callbacks {
    // MARK: Files

    static func files(_ table: inout fuse_lowlevel_ops) {
        unsafe table.open = { request, number, info in
            guard let info = unsafe info else { return }
            let flags = unsafe info.pointee.flags
            Callbacks.overlay { overlay in
                let handle = overlay.open(
                    UInt64(number), flags: flags, takesSetID: unsafe Session.takesSetID)
                if handle < 0 { return unsafe Callbacks.error(request, handle) }
                unsafe mf_open(info, UInt64(handle))
                if unsafe fuse_reply_open(request, info) != 0 { overlay.close(UInt64(handle)) }
            }
        }
        unsafe table.release = { request, _, info in
            let handle = unsafe Callbacks.handle(info)
            Callbacks.overlay { $0.close(handle) }
            unsafe Callbacks.error(request, 0)
        }
        unsafe table.read = { request, _, size, offset, info in
            let handle = unsafe Callbacks.handle(info)
            Callbacks.overlay { overlay in
                unsafe Callbacks.read(request, overlay.file(handle), size, Int64(offset))
            }
        }
        unsafe table.write = { request, _, bytes, size, offset, info in
            let handle = unsafe Callbacks.handle(info)
            let content = unsafe UnsafeRawBufferPointer(start: bytes, count: size)
            Callbacks.overlay { overlay in
                let wrote = unsafe OpenFiles.write(
                    overlay.file(handle), content, at: Int64(offset))
                if wrote < 0 { return unsafe Callbacks.error(request, wrote) }
                if unsafe Session.takesSetID { overlay.takeSetID(handle: handle) }
                _ = unsafe fuse_reply_write(request, wrote)
            }
        }
        unsafe table.fsync = { request, _, dataOnly, info in
            let handle = unsafe Callbacks.handle(info)
            Callbacks.overlay {
                unsafe Callbacks.error(request, $0.sync(handle, dataOnly: dataOnly != 0))
            }
        }
        unsafe table.fallocate = { request, _, mode, offset, count, info in
            let handle = unsafe Callbacks.handle(info)
            Callbacks.overlay {
                unsafe Callbacks.error(
                    request,
                    OpenFiles.allocate($0.file(handle), mode, Int64(offset), Int64(count)))
            }
        }
        unsafe table.lseek = { request, _, offset, whence, info in
            let handle = unsafe Callbacks.handle(info)
            Callbacks.overlay {
                let place = OpenFiles.seek($0.file(handle), Int64(offset), whence)
                if place < 0 { return unsafe Callbacks.error(request, place) }
                _ = unsafe fuse_reply_lseek(request, place)
            }
        }
        unsafe table.copy_file_range = { request, _, from, source, _, to, target, count, flags in
            let (old, new) = unsafe (Callbacks.handle(source), Callbacks.handle(target))
            Callbacks.overlay {
                let copied = OpenFiles.copyRange(
                    from: OpenFiles.Place($0.file(old), at: Int64(from)),
                    to: OpenFiles.Place($0.file(new), at: Int64(to)), count,
                    flags: UInt32(bitPattern: flags))
                if copied < 0 { return unsafe Callbacks.error(request, copied) }
                _ = unsafe fuse_reply_write(request, copied)
            }
        }
    }

    static func handle(_ info: UnsafeMutablePointer<fuse_file_info>?) -> UInt64 {
        guard let info = unsafe info else { return .max }
        return unsafe info.pointee.fh
    }

    /// Little is read and sent at once; of much, pages go from file to kernel without a copy.
    private static func read(_ request: Request, _ file: Int32, _ size: Int, _ offset: Int64) {
        if size > 32 << 10 { return unsafe mf_reply_content(request, file, size, Int(offset)) }
        unsafe withUnsafeTemporaryAllocation(byteCount: max(size, 1), alignment: 16) { room in
            let got = unsafe OpenFiles.read(
                file, UnsafeMutableRawBufferPointer(rebasing: room[..<size]), at: offset)
            if got < 0 { return unsafe error(request, got) }
            let bytes = unsafe room.baseAddress?.assumingMemoryBound(to: CChar.self)
            _ = unsafe fuse_reply_buf(request, bytes, got)
        }
    }

    // MARK: Directories

    static func directories(_ table: inout fuse_lowlevel_ops) {
        unsafe table.opendir = { request, number, info in
            guard let info = unsafe info else { return }
            Callbacks.overlay { overlay in
                let handle = overlay.openDirectory(UInt64(number))
                if handle < 0 { return unsafe Callbacks.error(request, handle) }
                unsafe mf_open(info, UInt64(handle))
                if unsafe fuse_reply_open(request, info) != 0 {
                    overlay.closeDirectory(UInt64(handle))
                }
            }
        }
        unsafe table.releasedir = { request, _, info in
            let handle = unsafe Callbacks.handle(info)
            Callbacks.overlay { $0.closeDirectory(handle) }
            unsafe Callbacks.error(request, 0)
        }
        unsafe table.readdir = { request, number, size, offset, info in
            let handle = unsafe Callbacks.handle(info)
            unsafe Callbacks.list(
                request, Page(handle: handle, offset: Int(offset), size: size), plus: nil)
        }
        unsafe table.readdirplus = { request, number, size, offset, info in
            let handle = unsafe Callbacks.handle(info)
            unsafe Callbacks.list(
                request, Page(handle: handle, offset: Int(offset), size: size),
                plus: UInt64(number))
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
        let handle: UInt64
        let offset: Int
        let size: Int
    }

    /// - Parameter plus: the directory's number, where all of each file is wanted.
    private static func list(_ request: Request, _ page: Page, plus: UInt64?) {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: max(page.size, 1)) { room in
            overlay { overlay in
                var used = 0
                var place = page.offset
                var shown = Overlay.Shown(name: ".", inode: 0, mode: 0, next: 0)
                while true {
                    let error = overlay.entry(
                        page.handle, at: place, &shown, isLookedUp: plus != nil)
                    if error < 0, used == 0 { return unsafe Callbacks.error(request, error) }
                    if error <= 0 { break }
                    guard let start = room.baseAddress else { break }
                    let rest = unsafe UnsafeMutableBufferPointer(
                        start: start + used, count: page.size - used)
                    let added = unsafe add(request, shown, rest, plus, overlay)
                    if added == 0 { break }
                    used += max(added, 0)
                    place = shown.next
                }
                _ = unsafe fuse_reply_buf(request, room.baseAddress, used)
            }
        }
    }

    /// Adds one name; 0 where there is no room for it, less where it has gone meanwhile.
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
                    shown.next)
                return size
            }
            var entry = fuse_entry_param()
            if shown.next > 2 {
                var answer = Overlay.Answer()
                if overlay.lookUp(number, shown.name, &answer) < 0 { return -1 }
                entry = Callbacks.entry(answer)
            } else {
                unsafe mf_name_entry(&entry, shown.inode, shown.mode)
            }
            return Int(
                unsafe fuse_add_direntry_plus(
                    request, room.baseAddress, room.count, name, &entry, shown.next))
        }
    }
}
