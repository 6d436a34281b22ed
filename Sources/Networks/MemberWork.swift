import Base
import Kernel
import Specs

/// Links a container's network namespace to the bridges of named networks.
///
/// All of it is done from the user namespace that owns the bridges; what a container's own user
/// namespace owns is below that one, so it need not be entered.
struct MemberWork: AgentWork {
    let plan: MemberPlan
    /// The container's network namespace, its owner, and the bridges' namespaces.
    let numbers: [CInt]

    private var container: CInt { numbers[0] }
    var ports: [PortMapping] { plan.ports }
    var wantsIPv6: Bool { plan.addresses.contains { !$0.network.base.isV4 } }
    private var hasIPv6: Bool { wantsIPv6 && Files.exists("/proc/sys/net/ipv6") }

    func run() throws(Problem) -> LinkSetup.Outcome {
        if !plan.removed.isEmpty {
            try enter()
            try removeLinks()
        }
        for (place, link) in plan.links.enumerated() {
            try add(link, bridgeIn: numbers[place + 2])
        }
        try enter()
        let hasIPv6 = hasIPv6
        for link in plan.links {
            try explaining("cannot set up the network link \"\(link.state.interface)\"") {
                () throws(KernelFault) in try connect(link, hasIPv6: hasIPv6)
            }
        }
        var families: [NetworkPlan.Addresses] = []
        for isV4 in [true, false] {
            families += plan.addresses.filter { $0.network.base.isV4 == isV4 }.prefix(1)
        }
        let keeping = SourceKeeping(
            ports: plan.ports, families: families.filter { $0.network.base.isV4 || hasIPv6 })
        return LinkSetup.Outcome(tap: nil, keepsSources: keeping.run(), hasIPv6: hasIPv6)
    }

    private func enter() throws(Problem) {
        let container = container
        try explaining("cannot enter the container's network namespace") { () throws(KernelFault) in
            try Namespaces.enter(number: container, .network)
        }
    }

    private func removeLinks() throws(Problem) {
        try explaining("cannot remove the container's links") { () throws(KernelFault) in
            var netlink = try Netlink()
            for name in plan.removed {
                // One that has gone with its network is as good as removed.
                guard let link = try? Netlink.index(of: name) else { continue }
                netlink.remove(link)
            }
            try netlink.commit()
        }
    }

    private func add(_ link: MemberPlan.Link, bridgeIn namespace: CInt) throws(Problem) {
        let state = link.state
        guard let hardware = HardwareAddress(state.mac) else {
            throw Problem(.badValue, "\"\(state.mac.printable)\" is no hardware address")
        }
        try explaining(
            "cannot link the container to network \"\(state.name)\"",
            next: "load the kernel module \"veth\""
        ) { () throws(KernelFault) in
            try Namespaces.enter(number: namespace, .network)
            var netlink = try Netlink()
            var pair = Netlink.Pair(
                bridge: try Netlink.index(of: link.bridge), mtu: link.mtu,
                inner: state.interface, namespace: container)
            pair.hardware = hardware.bytes
            netlink.addPair(pair)
            try netlink.commit()
        }
    }

    private func connect(_ link: MemberPlan.Link, hasIPv6: Bool) throws(KernelFault) {
        let name = link.state.interface
        var netlink = try Netlink()
        let index = try Netlink.index(of: name)
        let addresses = link.state.addresses.filter { $0.network.base.isV4 || hasIPv6 }
        if Files.exists("/proc/sys/net/ipv6/conf/\(name)") {
            try Files.open("/proc/sys/net/ipv6/conf/\(name)/accept_ra", .write).writeAll("0")
            if !addresses.contains(where: { !$0.network.base.isV4 }) {
                netlink.withholdLinkLocal(index)
            }
        }
        netlink.bringUp(Netlink.loopback)
        netlink.bringUp(index, mtu: link.mtu)
        for address in addresses {
            netlink.addAddress(
                Netlink.Prefix(address.address.bytes, length: address.network.length), to: index)
            guard let metric = link.metric else { continue }
            let all = address.network.base.isV4 ? Netlink.Prefix.allV4 : .allV6
            var route = Netlink.Route(to: all, link: index, gateway: address.gateway.bytes)
            route.metric = metric
            netlink.addRoute(route)
        }
        try netlink.commit()
    }
}
