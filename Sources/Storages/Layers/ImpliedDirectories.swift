/// Directories that a layer's archive uses without naming them.
///
/// In an overlay they stand before those below and are to be like them. While the layers below are
/// still being made they are only written down, and dressed when all is there.
struct ImpliedDirectories: Codable, Equatable, Sendable {
    /// Their paths; `.` is the layer's root.
    private(set) var paths: Set<[UInt8]> = []
    private var count = 0
    /// Whether there are more of them than are written down: memory does not grow with the archive
    /// (T-TAR-11).
    private(set) var areTooMany = false

    private static let bytes = 16 << 10

    mutating func insert(_ path: some Collection<UInt8>) {
        guard !areTooMany, paths.insert(Array(path)).inserted else { return }
        count += path.count
        if count > Self.bytes { (paths, areTooMany) = ([], true) }
    }

    mutating func remove(_ path: some Collection<UInt8>) {
        if !paths.isEmpty { paths.remove(Array(path)) }
    }
}
