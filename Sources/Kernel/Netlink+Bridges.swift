import CKernel
import Glibc

extension Netlink {
    /// Makes a bridge: a link that joins others to one network.
    ///
    /// Its hardware address is given, or it would be that of one of the links joined to it, and
    /// change with them; whoever had learnt it would not reach the bridge for some seconds.
    package mutating func addBridge(_ name: String, mtu: UInt32, hardware: [UInt8]) {
        var message = Message(
            CInt(RTM_NEWLINK), NLM_F_CREATE | NLM_F_EXCL, head: linkHead(index: 0))
        message.put(Int(IFLA_IFNAME), text: name)
        message.put(Int(IFLA_MTU), mtu)
        message.put(Int(IFLA_ADDRESS), hardware)
        message.nest(Int(IFLA_LINKINFO)) { info in
            info.put(Int(IFLA_INFO_KIND), text: "bridge")
        }
        add(message, "bridge \(name)")
    }

    /// Joins a link to a bridge.
    package mutating func join(_ link: UInt32, to bridge: UInt32) {
        var message = Message(CInt(RTM_NEWLINK), head: linkHead(index: link))
        message.put(Int(IFLA_MASTER), bridge)
        add(message, "link to the bridge")
    }

    /// A pair of links; what one sends the other receives.
    package struct Pair: Sendable {
        /// The bridge, in the present namespace, that the outer one joins.
        package var bridge: UInt32
        package var mtu: UInt32
        /// The name and the hardware address of the inner one.
        package var inner: String
        package var hardware: [UInt8]
        /// The number of a descriptor of the network namespace that gets the inner one.
        package var namespace: CInt

        package init(bridge: UInt32, mtu: UInt32, inner: String, namespace: CInt) {
            self.bridge = bridge
            self.mtu = mtu
            self.inner = inner
            self.namespace = namespace
            hardware = []
        }
    }

    /// Makes a pair of links, the outer one up and joined to its bridge. See veth(4).
    package mutating func addPair(_ pair: Pair) {
        var head = linkHead(index: 0)
        head.replaceSubrange(8..<16, with: bytes(of: UInt32(IFF_UP)) + bytes(of: UInt32(IFF_UP)))
        var message = Message(CInt(RTM_NEWLINK), NLM_F_CREATE | NLM_F_EXCL, head: head)
        // The kernel puts a number in the place of %d.
        message.put(Int(IFLA_IFNAME), text: "veth%d")
        message.put(Int(IFLA_MTU), pair.mtu)
        message.put(Int(IFLA_MASTER), pair.bridge)
        let inside = linkHead(index: 0)
        message.nest(Int(IFLA_LINKINFO)) { info in
            info.put(Int(IFLA_INFO_KIND), text: "veth")
            info.nest(Int(IFLA_INFO_DATA)) { data in
                var peer = Message(CInt(RTM_NEWLINK), head: inside)
                peer.put(Int(IFLA_IFNAME), text: pair.inner)
                peer.put(Int(IFLA_MTU), pair.mtu)
                if !pair.hardware.isEmpty { peer.put(Int(IFLA_ADDRESS), pair.hardware) }
                peer.put(Int(IFLA_NET_NS_FD), UInt32(bitPattern: pair.namespace))
                data.put(Int(VETH_INFO_PEER), peer.body)
            }
        }
        add(message, "pair of links")
    }

    /// Removes a link of the present namespace, and with one of a pair the other.
    package mutating func remove(_ link: UInt32) {
        add(Message(CInt(RTM_DELLINK), head: linkHead(index: link)), "removal of a link")
    }
}
