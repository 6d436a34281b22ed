import CKernel
import Glibc

extension Netlink {
    /// An address of 4 or 16 bytes and how many of its bits name its network.
    package struct Prefix: Sendable {
        package let address: [UInt8]
        package let length: Int

        package init(_ address: [UInt8], length: Int) {
            self.address = address
            self.length = length
        }

        /// Every address of the family.
        package static let allV4 = Prefix([0, 0, 0, 0], length: 0)
        package static let allV6 = Prefix([UInt8](repeating: 0, count: 16), length: 0)

        var family: UInt8 { UInt8(address.count == 4 ? AF_INET : AF_INET6) }
    }

    /// The loopback link's number in every namespace.
    package static let loopback: UInt32 = 1

    /// Returns the number of the link of that name in the present namespace. See if_nametoindex(3).
    package static func index(of name: String) throws(KernelFault) -> UInt32 {
        let index = unsafe if_nametoindex(name)
        if index == 0 {
            throw KernelFault(call: "if_nametoindex", subject: name, number: ck_errno())
        }
        return index
    }

    /// Takes a link up; with a number given, its largest packet is set as well.
    package mutating func bringUp(_ link: UInt32, mtu: UInt32? = nil) {
        var head = linkHead(index: link)
        head.replaceSubrange(8..<16, with: bytes(of: UInt32(IFF_UP)) + bytes(of: UInt32(IFF_UP)))
        var message = Message(CInt(RTM_NEWLINK), head: head)
        if let mtu { message.put(Int(IFLA_MTU), mtu) }
        add(message, "link up")
    }

    /// Lets no link-local IPv6 address be made for a link, so that none is advertised or
    /// duplicated.
    package mutating func withholdLinkLocal(_ link: UInt32) {
        var message = Message(CInt(RTM_NEWLINK), head: linkHead(index: link))
        message.nest(Int(IFLA_AF_SPEC)) { families in
            families.nest(Int(AF_INET6)) { inet in
                inet.put(Int(IFLA_INET6_ADDR_GEN_MODE), [UInt8(IN6_ADDR_GEN_MODE_NONE.rawValue)])
            }
        }
        add(message, "no link-local address")
    }

    /// Gives a link an address, usable at once: an IPv6 one is not probed for duplicates.
    package mutating func addAddress(_ prefix: Prefix, to link: UInt32) {
        let flags = prefix.address.count == 16 ? UInt8(IFA_F_NODAD) : 0
        var message = Message(
            CInt(RTM_NEWADDR), NLM_F_CREATE | NLM_F_REPLACE,
            head: [prefix.family, UInt8(prefix.length), flags, 0] + bytes(of: link))
        message.put(Int(IFA_LOCAL), prefix.address)
        message.put(Int(IFA_ADDRESS), prefix.address)
        add(message, "address")
    }

    /// A way to a network.
    package struct Route: Sendable {
        package var to: Prefix
        package var link: UInt32
        package var gateway: [UInt8]?
        /// The source of packets that have none yet.
        package var source: [UInt8]?
        package var table: UInt32
        /// Which of several routes to the same place counts: the lowest.
        package var metric: UInt32?
        /// Whether the destinations count as this namespace's own.
        package var isLocal: Bool

        package init(to: Prefix, link: UInt32, gateway: [UInt8]? = nil) {
            self.to = to
            self.link = link
            self.gateway = gateway
            table = 254
            isLocal = false
        }
    }

    package mutating func addRoute(_ route: Route) {
        let scope: UInt8 = route.isLocal ? 254 : route.gateway == nil ? 253 : 0
        let kind = UInt8(route.isLocal ? RTN_LOCAL : RTN_UNICAST)
        let table = UInt8(truncatingIfNeeded: route.table < 256 ? route.table : 0)
        // Family, destination bits, source bits, type of service, table, protocol, scope, kind,
        // flags.
        let head: [UInt8] = [
            route.to.family, UInt8(route.to.length), 0, 0, table, UInt8(RTPROT_BOOT), scope, kind,
            0, 0, 0, 0,
        ]
        var message = Message(CInt(RTM_NEWROUTE), NLM_F_CREATE | NLM_F_REPLACE, head: head)
        if route.to.length > 0 { message.put(Int(RTA_DST.rawValue), route.to.address) }
        if let gateway = route.gateway { message.put(Int(RTA_GATEWAY.rawValue), gateway) }
        if let source = route.source { message.put(Int(RTA_PREFSRC.rawValue), source) }
        message.put(Int(RTA_OIF.rawValue), route.link)
        message.put(Int(RTA_TABLE.rawValue), route.table)
        if let metric = route.metric { message.put(Int(RTA_PRIORITY.rawValue), metric) }
        add(message, "route")
    }

    /// Which packets look for their route in which table.
    package struct Rule: Sendable {
        package var priority: UInt32
        package var table: UInt32
        package var isV4: Bool
        /// The mark of the packet's socket.
        package var mark: UInt32?
        /// The protocol's number, and the ports the packet comes from.
        package var transport: UInt8?
        package var sourcePorts: ClosedRange<UInt16>?

        package init(priority: UInt32, table: UInt32, isV4: Bool) {
            self.priority = priority
            self.table = table
            self.isV4 = isV4
        }
    }

    package mutating func addRule(_ rule: Rule) {
        var message = Message(
            CInt(RTM_NEWRULE), NLM_F_CREATE | NLM_F_EXCL,
            head: [UInt8(rule.isV4 ? AF_INET : AF_INET6), 0, 0, 0, 0, 0, 0, UInt8(FR_ACT_TO_TBL)]
                + bytes(of: UInt32(0)))
        message.put(Int(FRA_PRIORITY), rule.priority)
        message.put(Int(FRA_TABLE), rule.table)
        if let mark = rule.mark {
            message.put(Int(FRA_FWMARK), mark)
            message.put(Int(FRA_FWMASK), UInt32.max)
        }
        if let transport = rule.transport { message.put(Int(FRA_IP_PROTO), [transport]) }
        if let ports = rule.sourcePorts {
            message.put(
                Int(FRA_SPORT_RANGE), bytes(of: ports.lowerBound) + bytes(of: ports.upperBound))
        }
        add(message, "rule")
    }

    /// struct ifinfomsg
    func linkHead(index: UInt32) -> [UInt8] {
        [UInt8(AF_UNSPEC), 0, 0, 0] + bytes(of: index) + bytes(of: UInt32(0)) + bytes(of: UInt32(0))
    }
}
