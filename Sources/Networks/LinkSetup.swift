import Base
import Kernel
import Specs

/// Sets up the container's network namespace from inside: loopback, the tap device, addresses,
/// routes, and what lets published ports show their clients' addresses.
struct LinkSetup {
    let plan: NetworkPlan

    /// What was set up.
    struct Outcome {
        /// The stack's end of the link; nil where no stack serves the namespace.
        let tap: SharedDescriptor?
        /// Whether a socket may bear a client's address; otherwise clients appear as the container
        /// itself.
        let keepsSources: Bool
        let hasIPv6: Bool
    }

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
        let keeping = SourceKeeping(ports: plan.ports, families: families(hasIPv6))
        return Outcome(
            tap: SharedDescriptor(tap), keepsSources: keeping.run(), hasIPv6: hasIPv6)
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

    private func write(_ value: String, to name: String) throws(KernelFault) {
        try Files.open("/proc/sys/\(name)", .write).writeAll(value)
    }
}
