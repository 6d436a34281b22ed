package import Base

extension NetworkPlan {
    /// Makes the plan for `--network slirp4netns:OPTIONS` or `--network pasta:OPTIONS`.
    ///
    /// Both names mean our one stack. Of slirp4netns every option is known; of pasta those that
    /// have a meaning here. See podman-run(1), --network.
    ///
    /// - Parameter options: the words after the colon, split at commas.
    package init(options: [String], ports: [PortMapping]) throws(Problem) {
        self.init(ports: ports)
        var words = options[...]
        while let word = words.popFirst() {
            if word.hasPrefix("-") {
                try apply(pasta: word, next: &words)
            } else if !word.isEmpty {
                try apply(slirp: word)
            }
        }
        try check()
    }

    /// - Throws: `badValue` where members contradict one another.
    package func check() throws(Problem) {
        try Self.checkLinkName(interface)
        let least: UInt32 = ipv6 == nil ? 576 : 1280
        guard (least...65521).contains(mtu) else {
            throw Problem(
                .badValue, "an MTU of \(mtu) is not possible", why: "it must be \(least) to 65521")
        }
        for addresses in [ipv4, ipv6].compactMap({ $0 }) {
            let named = [addresses.container, addresses.gateway, addresses.dns]
            guard named.allSatisfy(addresses.network.contains), Set(named).count == 3 else {
                throw Problem(
                    .badValue, "the network \(addresses.network) is too small",
                    why: "it needs room for \(named.map(\.description).joined(separator: ", "))",
                    next: "use one of 24 bits, such as 10.0.2.0/24")
            }
        }
    }

    /// - Throws: `badValue` for what the kernel takes as no name of a link.
    package static func checkLinkName(_ interface: String) throws(Problem) {
        guard (1...15).contains(interface.utf8.count), !interface.contains("/"), interface != ".",
            interface != "..",
            interface.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
        else {
            throw Problem(.badValue, "\"\(interface.printable)\" is no name for a network link")
        }
    }

    private mutating func apply(slirp word: String) throws(Problem) {
        let known = [
            "allow_host_loopback", "mtu", "cidr", "enable_ipv6", "outbound_addr", "outbound_addr6",
            "port_handler",
        ]
        let (name, value) = Self.split(word)
        func refuse(_ why: String) -> Problem {
            Problem(.badValue, "\"\(word.printable)\" is no option of the network", why: why)
        }
        func flag() throws(Problem) -> Bool {
            switch value {
            case "true", nil: return true
            case "false": return false
            default: throw refuse("true or false was expected")
            }
        }
        switch name {
        case "allow_host_loopback": hostLoopback = try flag()
        case "enable_ipv6": ipv6 = try flag() ? .standardV6 : nil
        case "mtu":
            guard let number = value.flatMap({ UInt32($0) }) else {
                throw refuse("a number was expected")
            }
            mtu = number
        case "cidr":
            guard let network = value.flatMap({ IPNetwork($0) }), network.base.isV4,
                network.length <= 25
            else {
                throw refuse("an IPv4 network like 10.0.2.0/24, of at most 25 bits, was expected")
            }
            ipv4 = Addresses(network: network)
        case "outbound_addr", "outbound_addr6":
            guard let address = value.flatMap({ IPAddress($0) }),
                address.isV4 == (name == "outbound_addr")
            else { throw refuse("an address of this machine was expected") }
            if address.isV4 { outboundV4 = address } else { outboundV6 = address }
        case "port_handler":
            // Both handlers of slirp4netns are answered by our one, which keeps the source address
            // as the handler "slirp4netns" does and is as fast as "rootlesskit".
            guard value == "rootlesskit" || value == "slirp4netns" else {
                throw refuse("rootlesskit or slirp4netns was expected")
            }
        default:
            let hint = known.nearest(to: name).map { "did you mean \"\($0)\"?" }
            throw Problem(
                .badValue, "\"\(word.printable)\" is no option of the network",
                next: hint ?? "the options are \(known.joined(separator: ", "))")
        }
    }

    /// pasta's options take their value after "=" or, as podman passes them, as the next word.
    private mutating func apply(pasta word: String, next words: inout ArraySlice<String>)
        throws(Problem)
    {
        let (name, attached) = Self.split(word)
        func value() throws(Problem) -> String {
            guard let text = attached ?? words.popFirst() else {
                throw Problem(.badValue, "\"\(word.printable)\" needs a value")
            }
            return text
        }
        func address() throws(Problem) -> IPAddress {
            let text = try value()
            guard let address = IPAddress(text) else {
                throw Problem(.badValue, "\"\(text.printable)\" is no IP address for \(name)")
            }
            return address
        }
        switch name {
        case "--map-gw": hostLoopback = true
        case "--no-map-gw": hostLoopback = false
        case "-4", "--ipv4-only": ipv6 = nil
        case "-I", "--ns-ifname": interface = try value()
        case "-m", "--mtu":
            let text = try value()
            guard let number = UInt32(text) else {
                throw Problem(.badValue, "\"\(text.printable)\" is no MTU")
            }
            mtu = number
        case "-a", "--address":
            let own = try address()
            if own.isV4, let network = IPNetwork(holding: own, length: ipv4.network.length) {
                ipv4 = Addresses(network: network)
                ipv4.container = own
            } else if let network = IPNetwork(holding: own, length: 64) {
                ipv6 = Addresses(network: network)
                ipv6?.container = own
            }
        case "-g", "--gateway":
            let gateway = try address()
            if gateway.isV4 { ipv4.gateway = gateway } else { ipv6?.gateway = gateway }
        case "--dns-forward":
            let dns = try address()
            if dns.isV4 { ipv4.dns = dns } else { ipv6?.dns = dns }
        default:
            throw Problem(
                .notBuilt, "pasta's option \"\(name.printable)\" is not built",
                why: "martlet's own stack takes pasta's place",
                next:
                    "use --map-gw, -4, --ns-ifname, --mtu, --address, --gateway, --dns-forward"
            )
        }
    }

    private static func split(_ word: String) -> (name: String, value: String?) {
        guard let equals = word.firstIndex(of: "=") else { return (word, nil) }
        return (String(word[..<equals]), String(word[word.index(after: equals)...]))
    }
}
