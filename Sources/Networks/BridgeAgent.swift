import Base
import Kernel
import Specs

/// The child process that makes a named network's namespace, with its bridge, the link to the stack
/// and the name server's sockets. It hands all of it over and ends: nobody keeps a right over it.
enum BridgeAgent {
    /// What was made. Without a descriptor of it the namespace would end with the agent.
    final class Bridge {
        let namespace: SharedDescriptor
        /// The stack's link; nil on an internal network.
        let tap: SharedDescriptor?
        let doors: [NameServer.Door]

        init(
            namespace: SharedDescriptor, tap: SharedDescriptor?, doors: [NameServer.Door]
        ) {
            self.namespace = namespace
            self.tap = tap
            self.doors = doors
        }
    }

    /// Starts the agent and returns the end of the socket that `receive` reads.
    static func start(_ network: NetworkRecord, owner: CInt) throws(Problem)
        -> SharedDescriptor
    {
        try explaining("cannot start the setup of network \"\(network.name)\"") {
            () throws(KernelFault) in
            let (ours, theirs) = try Sockets.pair().ends()
            let channel = Descriptor(owning: theirs)
            let socket = SharedDescriptor(owning: ours)
            let copy = try Clone.process()
            if copy.pid == 0 { make(network, owner: owner, channel) }
            Descriptor.drop(copy.pidfd)
            return socket
        }
    }

    /// Waits for what the agent has made.
    static func receive(_ network: NetworkRecord, from socket: SharedDescriptor) throws(Problem)
        -> Bridge
    {
        let (bytes, numbers) = try explaining("the setup of the network cannot be heard") {
            () throws(KernelFault) in
            let message = try Sockets.receive(
                from: socket.descriptor, limit: AgentMessage.limit)
            return (message.bytes, message.descriptors)
        }
        var rest = numbers[...]
        if case .failed(let problem) = try AgentMessage(bytes) { throw problem }
        guard let namespace = rest.popFirst() else {
            throw Problem(.helper, "the setup of the network answers nonsense")
        }
        let tap =
            network.isInternal ? nil : rest.popFirst().map { SharedDescriptor(owning: $0) }
        var doors: [NameServer.Door] = []
        while let socket = rest.popFirst() {
            doors.append(
                NameServer.Door(Descriptor(owning: socket), isTCP: doors.count % 2 == 1))
        }
        return Bridge(
            namespace: SharedDescriptor(owning: namespace), tap: tap, doors: doors)
    }

    /// The child: never returns, so that no value of the parent's is torn down here.
    private static func make(
        _ network: NetworkRecord, owner: CInt, _ channel: consuming Descriptor
    ) -> Never {
        do throws(Problem) {
            let kept = [channel.number, owner]
            try explaining("cannot make the namespace of network \"\(network.name)\"") {
                () throws(KernelFault) in
                try Processes.closeDescriptors(except: kept)
                if try !Namespaces.isOwn(number: owner, "user") {
                    try Namespaces.enter(number: owner, .user)
                }
                try Namespaces.unshare(.network)
            }
            try BridgeSetup(network: network).run(channel)
            Clone.end(0)
        } catch {
            // Where nobody listens there is nobody to tell.
            try? Sockets.send(AgentMessage.failed(error).bytes, to: channel)
        }
        Clone.end(1)
    }
}

/// What the agent does inside the new namespace.
private struct BridgeSetup {
    let network: NetworkRecord

    private static let tap = "stack"
    private static let backlog: CInt = 64

    private var bridge: String { network.interface }
    private var outside: NetworkPlan { .behindBridge(network, servers: []) }
    private var hasV6: Bool {
        network.subnets.contains { !$0.network.base.isV4 } && Files.exists("/proc/sys/net/ipv6")
    }
    private var subnets: [NetworkRecord.Subnet] {
        network.subnets.filter { $0.network.base.isV4 || hasV6 }
    }

    func run(_ channel: borrowing Descriptor) throws(Problem) {
        let name = network.name
        var tap: SharedDescriptor?
        if !network.isInternal {
            tap = try explaining(
                "cannot make the way out of network \"\(name)\"",
                next:
                    "load the kernel module \"tun\" and let users open it: chmod 0666 /dev/net/tun"
            ) { () throws(KernelFault) in SharedDescriptor(try TapDevice.make(Self.tap)) }
        }
        try explaining(
            "cannot make the bridge of network \"\(name)\"",
            next: "load the kernel modules \"bridge\" and \"veth\""
        ) { () throws(KernelFault) in try connect() }
        let sockets = try explaining("cannot serve names on network \"\(name)\"") {
            () throws(KernelFault) in network.hasDNS ? try nameSockets() : []
        }
        try explaining("cannot hand network \"\(name)\" over") { () throws(KernelFault) in
            let own = try Files.open("/proc/self/ns/net", .read)
            let all = [own.number] + ([tap].compactMap { $0 } + sockets).map { $0.descriptor.number }
            try Sockets.send(
                AgentMessage.ready(keepsSources: false, hasIPv6: hasV6).bytes,
                descriptors: all, to: channel)
        }
    }

    private func connect() throws(KernelFault) {
        var netlink = try Netlink()
        let hardware = HardwareAddress(container: network.id, place: 0)
        netlink.addBridge(bridge, mtu: network.mtu, hardware: hardware.bytes)
        try netlink.commit()
        let link = try Netlink.index(of: bridge)
        if hasV6 { try write("0", to: "net/ipv6/conf/\(bridge)/accept_ra") }
        netlink.bringUp(Netlink.loopback)
        if !network.isInternal {
            let tap = try Netlink.index(of: Self.tap)
            netlink.withholdLinkLocal(tap)
            netlink.join(tap, to: link)
            netlink.bringUp(tap, mtu: network.mtu)
        }
        netlink.bringUp(link, mtu: network.mtu)
        for subnet in subnets {
            netlink.addAddress(
                Netlink.Prefix(subnet.gateway.bytes, length: subnet.network.length), to: link)
        }
        try netlink.commit()
        if !network.isInternal { try openWay(link) }
    }

    /// Leads packets of containers from the gateway on to the stack, which answers them directly.
    private func openWay(_ link: UInt32) throws(KernelFault) {
        try write("1", to: "net/ipv4/ip_forward")
        // Each of their packets leaves by the link it came from; nobody is to be told so.
        try write("0", to: "net/ipv4/conf/all/send_redirects")
        try write("0", to: "net/ipv4/conf/\(bridge)/send_redirects")
        if hasV6 { try write("1", to: "net/ipv6/conf/all/forwarding") }
        var netlink = try Netlink()
        let v4 = outside.ipv4
        netlink.addAddress(
            Netlink.Prefix(v4.container.bytes, length: v4.network.length), to: link)
        netlink.addRoute(
            Netlink.Route(to: .allV4, link: link, gateway: v4.gateway.bytes))
        if hasV6, let v6 = outside.ipv6 {
            netlink.addRoute(
                Netlink.Route(to: .allV6, link: link, gateway: v6.gateway.bytes))
        }
        try netlink.commit()
    }

    /// Of each gateway a socket of UDP and one of TCP, in this order.
    private func nameSockets() throws(KernelFault) -> [SharedDescriptor] {
        var sockets: [SharedDescriptor] = []
        for subnet in subnets {
            let end = Endpoint(subnet.gateway, port: 53)
            for transport in [InternetSockets.Transport.udp, .tcp] {
                let socket = try InternetSockets.make(transport, v4: end.address.isV4)
                if !end.address.isV4 { try InternetSockets.set(.onlyV6(true), on: socket) }
                if transport == .tcp { try InternetSockets.set(.reuseAddress, on: socket) }
                try InternetSockets.bind(socket, to: end)
                if transport == .tcp {
                    try InternetSockets.listen(socket, backlog: Self.backlog)
                }
                sockets.append(SharedDescriptor(socket))
            }
        }
        return sockets
    }

    private func write(_ value: String, to name: String) throws(KernelFault) {
        try Files.open("/proc/sys/\(name)", .write).writeAll(value)
    }
}
