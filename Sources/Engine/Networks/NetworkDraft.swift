package import Base
package import Specs

/// A network under construction: what was asked for, and what the rest is chosen from. Pure.
package struct NetworkDraft {
    private let wish: NetworkWish
    private let defaults: NetworkDefaults
    private let routes: [IPNetwork]
    private let uniqueLocal: IPNetwork

    /// - Parameters:
    ///   - routes: what this machine reaches by routes of its own.
    ///   - uniqueLocal: the network of IPv6 it gets where none is asked for.
    /// - Throws: `badValue` where the wish contradicts itself.
    package init(
        _ wish: NetworkWish, _ defaults: NetworkDefaults, routes: [IPNetwork],
        uniqueLocal: IPNetwork
    ) throws(Problem) {
        if let driver = wish.addressDriver, !driver.isEmpty, driver != "host-local" {
            throw Problem(
                .notBuilt, "the address driver \"\(driver.printable)\" is not built",
                next: "leave --ipam-driver out")
        }
        for (what, count) in [("gateway", wish.gateways.count), ("range", wish.ranges.count)]
        where count > wish.subnets.count {
            throw Problem(
                .badUsage, "there are more \(what)s than subnets",
                next: "give a --subnet for each")
        }
        self.wish = wish
        self.defaults = defaults
        self.routes = routes
        self.uniqueLocal = uniqueLocal
    }

    /// Returns the network, of addresses that none of `others` has.
    package func record(id: String, created: Int64, besides others: [NetworkRecord])
        throws(Problem) -> NetworkRecord
    {
        let made = madeUpName(others)
        let name = try ObjectName(wish.name ?? made, of: "network").text
        var network = NetworkRecord(id: id, name: name, created: created)
        network.driver = wish.driver
        network.interface = wish.interface ?? made
        network.isInternal = wish.isInternal
        network.hasDNS = wish.hasDNS
        network.labels = wish.labels
        network.options = wish.options
        network.nameServers = wish.nameServers
        network.subnets = try subnets(besides: others)
        network.hasIPv6 = wish.hasIPv6 || network.subnets.contains { !$0.network.base.isV4 }
        try NetworkPlan.checkLinkName(network.interface)
        try network.check()
        for (subnet, other) in clashes(network, others) {
            throw Problem(
                .objectInUse, "the subnet \(subnet) is used already",
                why: "network \"\(other.name)\" has it", next: "choose another --subnet, or none")
        }
        return network
    }

    /// podman's names: of the network and of its bridge.
    private func madeUpName(_ others: [NetworkRecord]) -> String {
        let taken = Set(others.flatMap { [$0.name, $0.interface] })
        // One more than there are is enough to find one that is free.
        for number in 1...(2 * others.count + 1) where !taken.contains("podman\(number)") {
            return "podman\(number)"
        }
        return "podman\(2 * others.count + 2)"
    }

    private func subnets(besides others: [NetworkRecord]) throws(Problem)
        -> [NetworkRecord.Subnet]
    {
        var subnets: [NetworkRecord.Subnet] = []
        for (place, network) in wish.subnets.enumerated() {
            subnets.append(
                NetworkRecord.Subnet(
                    network: network,
                    gateway: place < wish.gateways.count ? wish.gateways[place] : nil,
                    range: place < wish.ranges.count ? wish.ranges[place] : nil))
        }
        if wish.subnets.isEmpty {
            let taken = others.flatMap { $0.subnets.map(\.network) } + routes + [defaults.subnet]
            subnets.append(NetworkRecord.Subnet(network: try defaults.free(besides: taken)))
        }
        if wish.hasIPv6, !subnets.contains(where: { !$0.network.base.isV4 }) {
            subnets.append(NetworkRecord.Subnet(network: uniqueLocal))
        }
        for isV4 in [true, false] where subnets.count(where: { $0.network.base.isV4 == isV4 }) > 1 {
            throw Problem(
                .notBuilt, "networks with several subnets of IPv\(isV4 ? 4 : 6) are not built",
                next: "give one --subnet of each family")
        }
        return subnets
    }

    private func clashes(_ network: NetworkRecord, _ others: [NetworkRecord]) -> [(
        subnet: IPNetwork, other: NetworkRecord
    )] {
        network.subnets.flatMap { subnet in
            others.filter { $0.subnets.contains { $0.network.overlaps(subnet.network) } }
                .map { (subnet.network, $0) }
        }
    }
}
