import Kernel

/// The four kinds of socket that lead into a container.
package struct SocketKind: Hashable, Sendable {
    package let isTCP: Bool
    package let isV4: Bool

    /// The kind's number in messages.
    var code: UInt8 { (isTCP ? 0 : 2) + (isV4 ? 0 : 1) }

    package init(isTCP: Bool, isV4: Bool) {
        self.isTCP = isTCP
        self.isV4 = isV4
    }

    init?(code: UInt8) {
        guard code < 4 else { return nil }
        self.init(isTCP: code < 2, isV4: code % 2 == 0)
    }

    var transport: InternetSockets.Transport { isTCP ? .tcp : .udp }
}
