package import Base

/// What one `martlet-net` does for one network namespace: the stack that is its way out, and the
/// host's ports that lead in.
///
/// It holds nothing secret. The helper reads it from `--plan-fd=N`, opens the published ports, and
/// then joins the namespaces: those named here or, where `namespaces` is nil, the descriptors that
/// come beside the first message on its channel (network namespace first, then user namespace). So
/// it can be started before the container, and be half done when the container's namespace exists.
package struct NetworkPlan: Codable, Equatable, Sendable {
    /// nil: descriptors come over the channel, beside one message of any content.
    package var namespaces: Namespaces?
    /// The link's name inside.
    package var interface = "tap0"
    /// Bytes of the largest packet. Large ones make the stack fast: nothing real is on the link.
    package var mtu: UInt32 = 65520
    package var ipv4 = Addresses.standardV4
    /// nil leaves the namespace without IPv6.
    package var ipv6: Addresses? = Addresses.standardV6
    /// Whether the gateway's address leads to services on the host's own loopback (T-NET-1).
    package var hostLoopback = false
    /// The host's addresses that outgoing connections come from; nil lets the host route.
    package var outboundV4: IPAddress?
    package var outboundV6: IPAddress?
    /// The servers that names are asked of; empty means those of the host's /etc/resolv.conf.
    package var nameServers: [IPAddress] = []
    package var ports: [PortMapping] = []

    package init(namespaces: Namespaces? = nil, ports: [PortMapping] = []) {
        self.namespaces = namespaces
        self.ports = ports
    }

    /// Where the namespaces to serve are found.
    package enum Namespaces: Codable, Equatable, Sendable {
        /// Those of a process, by its number in the helper's own view of /proc.
        case process(pid: Int32)
        /// Inherited descriptors; nil where the helper is in the user namespace already.
        case descriptors(network: Int32, user: Int32?)
    }

    /// The addresses on the link, of one family.
    package struct Addresses: Codable, Equatable, Sendable {
        package var network: IPNetwork
        /// The container's own.
        package var container: IPAddress
        /// The stack's: the default route goes through it.
        package var gateway: IPAddress
        /// Where the stack answers DNS: what the container's resolv.conf names.
        package var dns: IPAddress

        /// Gives out a network's addresses as slirp4netns does: 2 the gateway, 3 DNS, 100 the
        /// container.
        package init(network: IPNetwork) {
            self.network = network
            container = network.host(network.base.isV4 ? 100 : 0x100)
            gateway = network.host(2)
            dns = network.host(3)
        }

        /// 10.0.2.0/24
        package static let standardV4 = Addresses(v4: 0x0A00_0200, length: 24)
        /// fd00::/64
        package static let standardV6 = Addresses(v6: 0xFD00_0000_0000_0000)

        private init(v4 value: UInt32, length: Int) {
            self.init(network: IPNetwork(base: .v4(value), length: length))
        }

        private init(v6 high: UInt64) {
            self.init(network: IPNetwork(base: .v6(high: high, low: 0), length: 64))
        }
    }
}

/// What `martlet-net` says over its channel, one JSON message each.
package enum NetworkReport: Codable, Equatable, Sendable {
    /// The link is up and the ports are open; `ports` has the numbers that the kernel chose.
    case ready(ports: [PortMapping])
    /// Nothing was set up, and nothing is left; or, after `ready`, the stack has ended.
    case failed(Problem)
}
