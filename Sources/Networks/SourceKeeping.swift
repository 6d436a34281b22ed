import Base
import Kernel
import Specs

/// What lets published ports show their clients' addresses in the present namespace.
struct SourceKeeping {
    let ports: [PortMapping]
    /// The container's addresses, one of a family.
    let families: [NetworkPlan.Addresses]

    /// The mark of our connections into the container, and the routing table of their answers.
    static let mark: UInt32 = 0x4D_4152
    static let table: UInt32 = 0x4D_4152
    private static let priority: UInt32 = 100
    /// More ports than this are not withheld from the container's own outgoing datagrams.
    private static let reservedPorts = 1024

    /// Routes answers to clients of published ports back to us, whatever the clients' addresses.
    ///
    /// Our sockets bear the clients' addresses, so the answers must not take the way out. Those of
    /// TCP are known by the mark that an accepted connection inherits from ours (ip-sysctl,
    /// tcp_fwmark_accept); those of UDP by the port they come from, which is therefore withheld
    /// from outgoing datagrams. A kernel that cannot do this shows clients as the container itself.
    func run() -> Bool {
        if ports.isEmpty { return false }
        let datagrams = ports.filter { $0.transport == .udp }
        let ranges = datagrams.map { $0.containerPort...($0.containerPort + ($0.count - 1)) }
        guard ranges.reduce(0, { $0 + $1.count }) <= Self.reservedPorts else { return false }
        do {
            try write("1", to: "net/ipv4/tcp_fwmark_accept")
            // Refusals, which belong to no socket, find their way back as well.
            try write("1", to: "net/ipv4/fwmark_reflect")
            if families.contains(where: { !$0.network.base.isV4 }) {
                try write("1", to: "net/ipv6/fwmark_reflect")
            }
            if !ranges.isEmpty {
                let list = ranges.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
                try write(list, to: "net/ipv4/ip_local_reserved_ports")
            }
            var netlink = try Netlink()
            for addresses in families { direct(addresses, ranges, in: &netlink) }
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
