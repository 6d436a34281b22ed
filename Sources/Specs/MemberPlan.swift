package import Base

/// What one `martlet-net member` does: it links a container's network namespace to the bridges of
/// named networks, and lets the host's published ports lead into it.
///
/// Beside the first message on its channel come the container's network namespace, the user
/// namespace that owns it, and the bridges' network namespaces in the order of `links`. Without
/// ports it ends once the links are up.
package struct MemberPlan: Codable, Equatable, Sendable {
    /// Links inside that are taken away first, so that a lost one can be made anew.
    package var removed: [String] = []
    package var links: [Link] = []
    package var ports: [PortMapping] = []

    package init() {}

    /// The container's addresses on all of its networks, in their order.
    package var addresses: [NetworkPlan.Addresses] {
        links.flatMap { $0.state.addresses.map(\.planned) }
    }

    /// One link: a pair of virtual Ethernet devices.
    package struct Link: Codable, Equatable, Sendable {
        /// The bridge's name in its own namespace.
        package var bridge: String
        package var mtu: UInt32
        package var state: NetworkState
        /// Whether the container's way out is here, and its place among several.
        package var metric: UInt32?

        package init(bridge: String, mtu: UInt32, state: NetworkState) {
            self.bridge = bridge
            self.mtu = mtu
            self.state = state
        }
    }
}

/// A container's place on a network, as `inspect` shows it.
package struct NetworkState: Codable, Equatable, Sendable {
    /// The network's id and name.
    package var id: String
    package var name: String
    /// The link's name inside the container.
    package var interface: String
    /// `aa:bb:cc:dd:ee:ff`
    package var mac: String
    package var addresses: [Address]
    /// Names beside the container's own.
    package var aliases: [String]

    package init(id: String, name: String, interface: String, mac: String) {
        self.id = id
        self.name = name
        self.interface = interface
        self.mac = mac
        addresses = []
        aliases = []
    }

    /// One address of the container's.
    package struct Address: Codable, Equatable, Sendable {
        package var address: IPAddress
        package var network: IPNetwork
        package var gateway: IPAddress

        package init(_ address: IPAddress, in subnet: NetworkRecord.Subnet) {
            self.address = address
            network = subnet.network
            gateway = subnet.gateway
        }

        /// The same in the words of a stack's plan.
        package var planned: NetworkPlan.Addresses {
            var planned = NetworkPlan.Addresses(network: network)
            planned.container = address
            planned.gateway = gateway
            planned.dns = gateway
            return planned
        }
    }
}

/// A network that a container is on, as its monitor needs it. The monitor holds the connection to
/// the network's process from its start; names and addresses end with it.
package struct Membership: Codable, Equatable, Sendable {
    package var state: NetworkState
    package var join: NetworkRequest.Join
    /// The socket of the network's process, removed with the last container.
    package var socket: String

    package init(state: NetworkState, join: NetworkRequest.Join, socket: String) {
        self.state = state
        self.join = join
        self.socket = socket
    }
}
