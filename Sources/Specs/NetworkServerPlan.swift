package import Base

/// What one `martlet-net network` does: it keeps a named network's bridge, its way out and its name
/// server, and gives out addresses, as long as somebody is connected to it.
///
/// Beside the first message on its channel come the user namespace that is to own the bridge's
/// network namespace, and the listening socket that `NetworkRequest`s arrive at.
package struct NetworkServerPlan: Codable, Equatable, Sendable {
    package var network: NetworkRecord
    /// The servers of the host that names are asked of.
    package var hostServers: [IPAddress]
    /// Addresses of containers that run: nobody else gets them for a while, so that each finds its
    /// own again after the network's process was killed.
    package var kept: [Kept]

    package init(_ network: NetworkRecord, hostServers: [IPAddress], kept: [Kept] = []) {
        self.network = network
        self.hostServers = hostServers
        self.kept = kept
    }

    /// What a running container has on the network.
    package struct Kept: Codable, Equatable, Sendable {
        package var container: String
        package var addresses: [IPAddress]

        package init(container: String, addresses: [IPAddress]) {
            self.container = container
            self.addresses = addresses
        }
    }
}

extension NetworkPlan {
    /// The link between a named network's bridge and the stack. Of IPv4 nobody sees its addresses:
    /// they are of a range that no route leads to. Those of IPv6 must be of the containers' own
    /// subnet, as its neighbour discovery is answered on one link only; they are its highest.
    package static func behindBridge(_ network: NetworkRecord, servers: [IPAddress]) -> NetworkPlan
    {
        var plan = NetworkPlan()
        plan.mtu = network.mtu
        plan.ipv4 = hiddenV4
        plan.ipv6 = network.subnets.first { !$0.network.base.isV4 }.map { subnet in
            var addresses = Addresses(network: subnet.network)
            addresses.container = subnet.gateway
            addresses.gateway = subnet.network.last
            addresses.dns = subnet.network.last.previous ?? subnet.network.last
            return addresses
        }
        plan.nameServers = servers
        return plan
    }

    /// 169.254.2.0/24
    package static let hiddenV4 = Addresses(
        network: IPNetwork(base: .v4(0xA9FE_0200), length: 24))
}

/// What is asked of a named network's process; one connection stands for one container on it.
package enum NetworkRequest: Codable, Equatable, Sendable {
    /// Gives out an address of each subnet; they are the connection's until it closes.
    case lease(Lease)
    /// Lets the names lead to the addresses. The bridge's network namespace comes beside the answer.
    case join(Join)
    /// Forgets the names; the addresses stay.
    case leave
    /// The container has ended for good: answered, then the connection is closed.
    case farewell

    package struct Lease: Codable, Equatable, Sendable {
        package var container: String
        /// Addresses that it must be, one of a subnet at most.
        package var wishes: [IPAddress]
        /// The servers of the host as they are now.
        package var hostServers: [IPAddress]

        package init(container: String, wishes: [IPAddress], hostServers: [IPAddress]) {
            self.container = container
            self.wishes = wishes
            self.hostServers = hostServers
        }
    }

    package struct Join: Codable, Equatable, Sendable {
        /// The container's name first.
        package var names: [String]
        /// Servers of the container's own choice.
        package var nameServers: [IPAddress]

        package init(names: [String], nameServers: [IPAddress]) {
            self.names = names
            self.nameServers = nameServers
        }
    }
}

/// What a named network's process answers.
package enum NetworkReply: Codable, Equatable, Sendable {
    case leased([IPAddress])
    case joined
    case refused(Problem)
    /// Whether the process ends now, and listens no more.
    case parted(isLast: Bool)
}
