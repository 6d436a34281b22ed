import CKernel

extension Loop.Readiness {
    /// Every change of readiness, told once: for sockets that are read and written until they would
    /// wait. See epoll(7), "Level-triggered and edge-triggered".
    package static let changes: Self = [.readable, .writable, .peerClosed, .edge]
    private static let edge = Self(rawValue: 1 << 31)
}
