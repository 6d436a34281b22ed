import Base
package import Kernel
package import Specs

/// How a client of a published port is connected to the container.
///
/// It goes to the container's own address, never to its loopback: a service that trusts 127.0.0.1
/// must not trust the world (T-NET-2). Where the namespace allows it, it comes from the client's
/// own address and port, so that the service sees who speaks to it. Clients on this machine's
/// loopback, and those of one link, appear as the gateway: their addresses mean something else
/// inside.
package struct InnerSide {
    /// nil where the namespace has no IPv4.
    let v4: NetworkPlan.Addresses?
    /// nil where the namespace has no IPv6.
    let v6: NetworkPlan.Addresses?
    let keepsSources: Bool

    /// - Parameters:
    ///   - hasIPv6: whether the namespace has what the plan wants of IPv6.
    ///   - keepsSources: whether a socket inside may bear a client's address.
    package init(_ plan: NetworkPlan, hasIPv6: Bool, keepsSources: Bool) {
        v4 = plan.ipv4
        v6 = hasIPv6 ? plan.ipv6 : nil
        self.keepsSources = keepsSources
    }

    /// - Parameter plan: its first address of each family is what ports lead to.
    package init(_ plan: MemberPlan, keepsSources: Bool) {
        let all = plan.addresses
        v4 = all.first { $0.network.base.isV4 }
        v6 = all.first { !$0.network.base.isV4 }
        self.keepsSources = keepsSources
    }

    /// One way to try: a socket's kind, where it comes from, and where it goes.
    package struct Way: Equatable {
        package let kind: SocketKind
        /// nil lets the kernel choose, which is the container's own address.
        package let from: Endpoint?
        package let to: Endpoint
    }

    /// Returns the ways for a client, best first.
    package func ways(for client: Endpoint, isTCP: Bool, port: UInt16) -> [Way] {
        var ways: [Way] = []
        if !client.address.isV4, let v6 { ways += ways6or4(v6, client, isTCP, port) }
        // A service may listen on IPv4 alone, and still be published on the host's IPv6 addresses.
        if let v4 { ways += ways6or4(v4, client, isTCP, port) }
        if client.address.isV4, v4 == nil, let v6 { ways += ways6or4(v6, client, isTCP, port) }
        return ways
    }

    private func ways6or4(
        _ addresses: NetworkPlan.Addresses, _ client: Endpoint, _ isTCP: Bool, _ port: UInt16
    ) -> [Way] {
        let isV4 = addresses.network.base.isV4
        let kind = SocketKind(isTCP: isTCP, isV4: isV4)
        let target = Endpoint(addresses.container, port: port)
        let plain = Way(kind: kind, from: nil, to: target)
        guard keepsSources else { return [plain] }
        let gateway = Way(kind: kind, from: Endpoint(addresses.gateway, port: 0), to: target)
        guard client.address.isV4 == isV4, isShowable(client.address, addresses) else {
            return [gateway, plain]
        }
        let own = Endpoint(client.address, port: client.port)
        // The client's port may be low or taken; its address is what matters.
        let otherPort = Endpoint(client.address, port: 0)
        return [
            Way(kind: kind, from: own, to: target), Way(kind: kind, from: otherPort, to: target),
            plain,
        ]
    }

    private func isShowable(_ client: IPAddress, _ addresses: NetworkPlan.Addresses) -> Bool {
        !client.isLoopback && !client.isLinkLocal && !client.isWildcard
            && client != addresses.container
    }
}
