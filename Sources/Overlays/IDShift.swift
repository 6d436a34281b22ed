import Specs

/// How the owners of files in layers are shown. See `OverlayPlan.uids`.
struct IDShift {
    let ranges: [IDRange]

    /// What the kernel shows for an id that has no place in a map.
    static let nobody: UInt32 = 65534

    func callAsFunction(_ id: UInt32) -> UInt32 {
        if ranges.isEmpty { return id }
        for range in ranges where id >= range.inside && id - range.inside < range.count {
            return range.outside + (id - range.inside)
        }
        return IDShift.nobody
    }
}

/// The owners of files, and of entries of POSIX access lists. See acl(5).
struct OwnerShift {
    let user: IDShift
    let group: IDShift
    var isNothing: Bool { user.ranges.isEmpty && group.ranges.isEmpty }

    /// Returns an access list, as getxattr(2) has it, with its users and groups shifted.
    ///
    /// After 4 bytes of version come entries of 8: kind, permissions, id, all little-endian.
    func list(_ bytes: [UInt8]) -> [UInt8] {
        if isNothing { return bytes }
        var shifted = bytes
        var place = 4
        while place + 8 <= bytes.count {
            let kind = UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
            if kind == 0x02 || kind == 0x08 {
                var id: UInt32 = 0
                for byte in (0..<4).reversed() { id = id << 8 | UInt32(bytes[place + 4 + byte]) }
                let new = kind == 0x02 ? user(id) : group(id)
                for byte in 0..<4 {
                    shifted[place + 4 + byte] = UInt8(truncatingIfNeeded: new >> (8 * UInt32(byte)))
                }
            }
            place += 8
        }
        return shifted
    }
}
