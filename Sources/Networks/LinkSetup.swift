import Base
import Kernel
import Specs

/// Sets up the container's network namespace from inside: loopback, the tap device, addresses,
/// routes, and what lets published ports show their clients' addresses.
struct LinkSetup {
    let plan: NetworkPlan

    /// What was set up.
    struct Outcome: ~Copyable {
        let tap: Descriptor
        /// Whether a socket may bear a client's address; otherwise clients appear as the container
        /// itself.
        let keepsSources: Bool
        let hasIPv6: Bool

        /// Lets the tap go, which another process has by now.
        consuming func closeTap() {}
    }

    /// The mark of our connections into the container, and the routing table of their answers.
    static let mark: UInt32 = 0x4D_4152
    static let table: UInt32 = 0x4D_4152
    private static let priority: UInt32 = 100
    /// More ports than this are not withheld from the container's own outgoing datagrams.
    private static let reservedPorts = 1024

    /// - Requires: the caller is in the namespace and rules it.
    func run() throws(Problem) -> Outcome {
        let name = plan.interface
        let tap = try explaining(
            "cannot make the network link \"\(name)\"",
            next: "load the kernel module \"tun\" and let users open it: chmod 0666 /dev/net/tun"
        ) { () throws(KernelFault) in try TapDevice.make(name) }
        let hasIPv6 = plan.ipv6 != nil && Files.exists("/proc/sys/net/ipv6")
        try explaining("cannot set up the network link \"\(name)\"") { () throws(KernelFault) in
            try connect(Netlink.index(of: name), hasIPv6: hasIPv6)
        }
        return Outcome(tap: tap, keepsSources: keepSources(hasIPv6: hasIPv6), hasIPv6: hasIPv6)
    }

    private func connect(_ link: UInt32, hasIPv6: Bool) throws(KernelFault) {
        if hasIPv6 {
            // The stack advertises itself as router; addresses and routes are given here instead.
            try write("0", to: "net/ipv6/conf/\(plan.interface)/accept_ra")
        }
        var netlink = try Netlink()
        netlink.bringUp(Netlink.loopback)
        if hasIPv6 { netlink.withholdLinkLocal(link) }
        netlink.bringUp(link, mtu: plan.mtu)
        for addresses in families(hasIPv6) {
            let own = Netlink.Prefix(addresses.container.bytes, length: addresses.network.length)
            netlink.addAddress(own, to: link)
            let all = addresses.network.base.isV4 ? Netlink.Prefix.allV4 : .allV6
            netlink.addRoute(Netlink.Route(to: all, link: link, gateway: addresses.gateway.bytes))
        }
        try netlink.commit()
    }

    private func families(_ hasIPv6: Bool) -> [NetworkPlan.Addresses] {
        [plan.ipv4] + (hasIPv6 ? [plan.ipv6].compactMap { $0 } : [])
    }

    /// Routes answers to clients of published ports back to us, whatever the clients' addresses.
    ///
    /// Our sockets bear the clients' addresses, so the answers must not take the way out. Those of
    /// TCP are known by the mark that an accepted connection inherits from ours (ip-sysctl,
    /// tcp_fwmark_accept); those of UDP by the port they come from, which is therefore withheld
    /// from outgoing datagrams. A kernel that cannot do this shows clients as the container itself.
    private func keepSources(hasIPv6: Bool) -> Bool {
        if plan.ports.isEmpty { return false }
        let datagrams = plan.ports.filter { $0.transport == .udp }
        let ranges = datagrams.map { $0.containerPort...($0.containerPort + ($0.count - 1)) }
        guard ranges.reduce(0, { $0 + $1.count }) <= Self.reservedPorts else { return false }
        do {
            try write("1", to: "net/ipv4/tcp_fwmark_accept")
            // Refusals, which belong to no socket, find their way back as well.
            try write("1", to: "net/ipv4/fwmark_reflect")
            if hasIPv6 { try write("1", to: "net/ipv6/fwmark_reflect") }
            if !ranges.isEmpty {
                let list = ranges.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
                try write(list, to: "net/ipv4/ip_local_reserved_ports")
            }
            var netlink = try Netlink()
            for addresses in families(hasIPv6) { direct(addresses, ranges, in: &netlink) }
            try netlink.commit()
            return true
        } catch {
            return false
        }
    }

    private func direct(
        _ addresses: NetworkPlan.Addresses, _ ranges: [ClosedRange<UInt16>],
        in netlink: inout Netlink
    ) {
        let isV4 = addresses.network.base.isV4
        var route = Netlink.Route(to: isV4 ? .allV4 : .allV6, link: Netlink.loopback)
        route.table = Self.table
        route.isLocal = true
        route.source = addresses.container.bytes
        netlink.addRoute(route)
        var rule = Netlink.Rule(priority: Self.priority, table: Self.table, isV4: isV4)
        rule.mark = Self.mark
        netlink.addRule(rule)
        for (place, range) in ranges.enumerated() {
            rule = Netlink.Rule(
                priority: Self.priority + 1 + UInt32(place), table: Self.table, isV4: isV4)
            rule.transport = InternetSockets.Transport.udp.rawValue
            rule.sourcePorts = range
            netlink.addRule(rule)
        }
    }

    private func write(_ value: String, to name: String) throws(KernelFault) {
        try Files.open("/proc/sys/\(name)", .write).writeAll(value)
    }
}
