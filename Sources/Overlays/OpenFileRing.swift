import Kernel

/// The files that are open though nobody says so any more: the kernel opens and closes files
/// without asking (FUSE_NO_OPEN_SUPPORT), so they are opened when they are first read or written,
/// and closed when room is needed for others and they were not used lately.
struct OpenFileRing {
    private var nodes: [Node?]
    private var hand = 0

    init(room: Int) { nodes = [Node?](repeating: nil, count: max(8, room)) }

    /// Takes a file in that was just opened; another may be closed for it.
    mutating func add(_ node: Node) {
        while let other = nodes[hand], other.isRecent {
            other.isRecent = false
            advance()
        }
        if let other = nodes[hand] {
            OpenFiles.close(other.file)
            other.file = -1
            other.slot = -1
        }
        nodes[hand] = node
        node.slot = hand
        node.isRecent = true
        advance()
    }

    /// Lets go of a file that somebody else closes.
    mutating func remove(_ node: Node) {
        if node.slot >= 0 { nodes[node.slot] = nil }
        node.slot = -1
    }

    private mutating func advance() { hand = hand + 1 == nodes.count ? 0 : hand + 1 }
}
