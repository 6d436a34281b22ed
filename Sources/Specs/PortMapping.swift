/// A published port: what arrives at the host's port goes to the container's.
package struct PortMapping: Codable, Hashable, Sendable {
    package enum Transport: String, Codable, Sendable { case tcp, udp, sctp }
    /// The host's address, or nil for every one.
    package var hostAddress: String?
    /// The host's first port; nil lets the kernel choose.
    package var hostPort: UInt16?
    /// The container's first port.
    package var containerPort: UInt16
    /// How many ports in a row.
    package var count: UInt16
    package var transport: Transport

    package init(
        hostAddress: String? = nil, hostPort: UInt16?, containerPort: UInt16, count: UInt16 = 1,
        transport: Transport = .tcp
    ) {
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.count = count
        self.transport = transport
    }
}
