import CFuse3
import Kernel

extension Callbacks {
    static func attributes(_ table: inout fuse_lowlevel_ops) {
        unsafe table.getattr = { request, number, _ in
            Callbacks.overlay { overlay in
                var facts = FileFacts()
                unsafe Callbacks.tell(request, overlay.facts(UInt64(number), &facts), facts)
            }
        }
        unsafe table.setattr = { request, number, values, wanted, info in
            guard let values = unsafe values else { return }
            var raw = mf_attributes()
            unsafe mf_take(&raw, values)
            var change = Callbacks.change(raw, wanted)
            unsafe change.isOpen = info != nil
            unsafe change.takesSetID = Session.takesSetID
            let final = change
            Callbacks.overlay { overlay in
                var facts = FileFacts()
                unsafe Callbacks.tell(request, overlay.change(UInt64(number), final, &facts), facts)
            }
        }
        unsafe table.readlink = { request, number in
            Callbacks.overlay {
                let (target, error) = $0.target(UInt64(number))
                guard let target else { return unsafe Callbacks.error(request, error) }
                unsafe target.lending { _ = unsafe fuse_reply_readlink(request, $0) }
            }
        }
        unsafe table.getxattr = { request, number, name, size in
            guard let name = unsafe name else { return }
            let text = unsafe FileName(copying: name)
            Callbacks.overlay {
                var value: [UInt8] = []
                let error = $0.attribute(UInt64(number), text, &value)
                unsafe Callbacks.tell(request, error, value, room: size)
            }
        }
        unsafe table.listxattr = { request, number, size in
            Callbacks.overlay {
                var names: [UInt8] = []
                let error = $0.attributes(UInt64(number), &names)
                unsafe Callbacks.tell(request, error, names, room: size)
            }
        }
        unsafe table.setxattr = { request, number, name, value, size, flags in
            guard let name = unsafe name else { return }
            let text = unsafe FileName(copying: name)
            let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: value, count: size))
            Callbacks.overlay {
                unsafe Callbacks.error(
                    request, $0.setAttribute(UInt64(number), text, bytes, flags: flags))
            }
        }
        unsafe table.removexattr = { request, number, name in
            guard let name = unsafe name else { return }
            let text = unsafe FileName(copying: name)
            Callbacks.overlay {
                unsafe Callbacks.error(request, $0.removeAttribute(UInt64(number), text))
            }
        }
    }

    private static func tell(_ request: Request, _ error: Int, _ facts: FileFacts) {
        if error < 0 { return unsafe Callbacks.error(request, error) }
        var raw = raw(facts)
        unsafe mf_reply_attributes(request, &raw, Session.lifetime)
    }

    /// Sends a value, or how much room it needs where there is none.
    private static func tell(_ request: Request, _ error: Int, _ bytes: [UInt8], room: Int) {
        if error < 0 { return unsafe Callbacks.error(request, error) }
        if room == 0 {
            _ = unsafe fuse_reply_xattr(request, bytes.count)
        } else if bytes.count > room {
            unsafe Callbacks.error(request, -ErrorNumber.range)
        } else {
            unsafe bytes.withUnsafeBytes {
                _ = unsafe fuse_reply_buf(
                    request, $0.assumingMemoryBound(to: CChar.self).baseAddress, $0.count)
            }
        }
    }

    private static func change(_ raw: mf_attributes, _ wanted: Int32) -> Overlay.Change {
        var change = Overlay.Change()
        func has(_ bit: Int32) -> Bool { wanted & bit != 0 }
        if has(FUSE_SET_ATTR_MODE) { change.mode = raw.mode }
        if has(FUSE_SET_ATTR_UID) { change.uid = raw.uid }
        if has(FUSE_SET_ATTR_GID) { change.gid = raw.gid }
        if has(FUSE_SET_ATTR_SIZE) { change.size = raw.size }
        if has(FUSE_SET_ATTR_ATIME) {
            change.accessed =
                has(FUSE_SET_ATTR_ATIME_NOW)
                ? .now : FileTime(seconds: raw.seconds.0, nanoseconds: raw.nanoseconds.0)
        }
        if has(FUSE_SET_ATTR_MTIME) {
            change.modified =
                has(FUSE_SET_ATTR_MTIME_NOW)
                ? .now : FileTime(seconds: raw.seconds.1, nanoseconds: raw.nanoseconds.1)
        }
        return change
    }
}
