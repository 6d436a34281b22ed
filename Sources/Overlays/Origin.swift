import Kernel

/// Where a copied file came from, in the form in which the kernel's overlay keeps it: after a start
/// anew the copy still has the number of the original. See fs/overlayfs, `struct ovl_fb`.
enum Origin {
    private static let headBytes = 21
    private static let magic: UInt8 = 0xFB

    /// Returns the attribute's value for a file; nil where its file system gives no handles.
    ///
    /// - Parameter uuid: the file system's, 16 bytes; zeros are one that matches none.
    static func mark(of spot: Spot, uuid: [UInt8]) -> [UInt8]? {
        guard let handle = OpenFiles.handle(of: spot), handle.bytes.count <= 128 else { return nil }
        let count = headBytes + handle.bytes.count
        return [0, magic, UInt8(count), 0, UInt8(truncatingIfNeeded: handle.kind)] + uuid
            + handle.bytes
    }

    /// Returns the number of the file that a mark names; nil where it cannot be told.
    static func inode(in mark: [UInt8]) -> UInt64? {
        guard mark.count > headBytes, mark[1] == magic, Int(mark[2]) == mark.count else {
            return nil
        }
        func number(at start: Int, _ count: Int) -> UInt64 {
            (0..<count).reduce(0) { $0 | UInt64(mark[headBytes + start + $1]) << (8 * UInt64($1)) }
        }
        let count = mark.count - headBytes
        switch (mark[4], count) {
        // ext4 and others: number, generation, perhaps those of the parent.
        case (0x01, 8), (0x02, 16): return number(at: 0, 4)
        // tmpfs: generation, then the number.
        case (0x01, 12): return number(at: 4, 8)
        // XFS with large numbers, and btrfs.
        case (0x81, 12...), (0x82, 12...), (0x4D, 20...), (0x4E, 20...): return number(at: 0, 8)
        default: return nil
        }
    }
}
