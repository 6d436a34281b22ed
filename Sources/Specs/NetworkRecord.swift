package import Base

/// A network with a name: containers on it reach each other, by address and by name.
package struct NetworkRecord: Codable, Equatable, Sendable {
    /// 64 hexadecimal digits.
    package var id: String
    package var name: String
    /// Nanoseconds since 1970.
    package var created: Int64
    package var driver: String
    /// The bridge's name inside the network's own namespace.
    package var interface: String
    package var subnets: [Subnet]
    /// Whether IPv6 was asked for.
    package var hasIPv6: Bool
    /// Whether nothing outside can be reached from it.
    package var isInternal: Bool
    /// Whether its gateway answers names.
    package var hasDNS: Bool
    package var labels: [String: String]
    /// Options of the driver as they were given.
    package var options: [String: String]
    /// Servers that names are asked of which are no container's; empty means those of the host.
    package var nameServers: [IPAddress]

    package init(id: String, name: String, created: Int64) {
        self.id = id
        self.name = name
        self.created = created
        driver = "bridge"
        interface = ""
        subnets = []
        hasIPv6 = false
        isInternal = false
        hasDNS = true
        labels = [:]
        options = [:]
        nameServers = []
    }

    /// One range of addresses, of one family.
    package struct Subnet: Codable, Equatable, Sendable {
        package var network: IPNetwork
        /// The bridge's own address: the way out, and the name server.
        package var gateway: IPAddress
        /// The first and the last address that are given out; nil is the whole network.
        package var range: AddressRange?

        package init(network: IPNetwork, gateway: IPAddress? = nil, range: AddressRange? = nil) {
            self.network = network
            self.gateway = gateway ?? network.host(1)
            self.range = range
        }
    }

    /// Addresses from one to another, both included.
    package struct AddressRange: Codable, Equatable, Sendable {
        package var first: IPAddress
        package var last: IPAddress

        package init(first: IPAddress, last: IPAddress) {
            self.first = first
            self.last = last
        }
    }

    /// Whether a container's `--network` means it: its name, its id, or the first digits of that.
    package func isMeant(by text: String) -> Bool {
        text == name || text.utf8.count >= 12 && id.hasPrefix(text)
    }

    /// Bytes of the largest packet: what `mtu` says, else one that makes the stack fast.
    package var mtu: UInt32 { options["mtu"].flatMap { UInt32($0) } ?? 65520 }

    /// The order among default routes where a container has several.
    package var metric: UInt32 { options["metric"].flatMap { UInt32($0) } ?? 100 }

    /// Whether containers get their way out by this network.
    package var givesRoute: Bool { !isInternal && !["1", "true"].contains(options["no_default_route"] ?? "") }
}

extension NetworkRecord {
    /// - Throws: `badValue` where members contradict one another, `notBuilt` for what is not there.
    package func check() throws(Problem) {
        guard driver == "bridge" else {
            throw Problem(
                .notBuilt, "networks of the driver \"\(driver.printable)\" are not built",
                why: "they need rights over the machine's own links", next: "use the driver bridge")
        }
        for (key, value) in options.sorted(by: { $0.key < $1.key }) { try check(key, value) }
        for subnet in subnets { try check(subnet) }
        for (place, subnet) in subnets.enumerated() {
            guard let other = subnets[..<place].first(where: { $0.network.overlaps(subnet.network) })
            else { continue }
            throw Problem(
                .badValue, "the subnets \(other.network) and \(subnet.network) overlap",
                next: "give each --subnet addresses of its own")
        }
    }

    private func check(_ key: String, _ value: String) throws(Problem) {
        let number = UInt32(value)
        switch key {
        case "mtu":
            guard let number, (1280...65520).contains(number) else {
                throw Problem(
                    .badValue, "an MTU of \"\(value.printable)\" is not possible",
                    why: "it must be 1280 to 65520")
            }
        case "metric":
            guard number != nil else {
                throw Problem(.badValue, "\"\(value.printable)\" is no metric of a route")
            }
        case "no_default_route":
            guard ["0", "1", "true", "false"].contains(value) else {
                throw Problem(.badValue, "no_default_route cannot be \"\(value.printable)\"")
            }
        case "isolate":
            // Networks never reach each other here, which is what both of its values ask at most.
            guard ["true", "false", "strict", "1", "0"].contains(value) else {
                throw Problem(.badValue, "isolate cannot be \"\(value.printable)\"")
            }
        default:
            throw Problem(
                .notBuilt, "the network's option \"\(key.printable)\" is not built",
                next: "the options are isolate, metric, mtu and no_default_route")
        }
    }

    private func check(_ subnet: Subnet) throws(Problem) {
        let network = subnet.network
        guard network.length <= (network.base.isV4 ? 30 : 120), network.length >= 8 else {
            throw Problem(
                .badValue, "the subnet \(network) has no room for containers",
                next: "use one of 8 to 30 bits, such as 10.89.7.0/24, or fd00::/64")
        }
        for address in [subnet.gateway, subnet.range?.first, subnet.range?.last].compactMap({ $0 })
        where !network.contains(address) {
            throw Problem(.badValue, "the address \(address) is not in the subnet \(network)")
        }
        guard subnet.gateway != network.base else {
            throw Problem(
                .badValue, "the gateway cannot be \(subnet.gateway)",
                why: "it is the address of the subnet itself")
        }
        if let range = subnet.range, range.last < range.first {
            throw Problem(.badValue, "the range \(range.first)-\(range.last) ends before it begins")
        }
    }
}
