import Base
import Kernel
import Records
import Specs

/// A container's places on named networks, gathered for one start.
struct NamedNetworks {
    /// The connections that are the places, in the order of `memberships`.
    var connections: [SharedDescriptor] = []
    var memberships: [Membership] = []
    var networks: [NetworkRecord] = []
    var member = MemberPlan()

    /// Its addresses, in the order of its networks.
    var addresses: [NetworkPlan.Addresses] { member.addresses }

    /// Where its name servers are.
    var nameServers: [IPAddress] {
        var servers: [IPAddress] = []
        for (network, membership) in zip(networks, memberships) {
            if network.hasDNS {
                servers += membership.state.addresses.map(\.gateway)
            } else if !network.isInternal {
                servers.append(NetworkPlan.hiddenV4.dns)
            }
        }
        return servers
    }

    var hasNames: Bool { networks.contains(where: \.hasDNS) }
}

extension House {
    /// Takes a container's places on the networks its spec names.
    func places(
        of container: ContainerRecord, _ attachments: [NetworkChoices.Attachment],
        ports: [PortMapping], ledger: Ledger
    ) throws(Problem) -> NamedNetworks {
        guard attachments.count <= Limits.memberships else {
            throw Problem(
                .badValue, "container \"\(container.name)\" is on \(attachments.count) networks",
                why: "it may be on \(Limits.memberships)")
        }
        var all = NamedNetworks()
        all.member.ports = ports
        var taken: Set<String> = []
        for attachment in attachments {
            if let chosen = try AttachmentOptions(attachment.options).interface {
                taken.insert(chosen)
            }
        }
        for (number, attachment) in attachments.enumerated() {
            let network = try findNetwork(attachment.network, ledger: ledger)
            guard !all.networks.contains(network) else {
                throw Problem(
                    .badUsage, "network \"\(network.name)\" is named twice",
                    next: "name each network once")
            }
            var options = try AttachmentOptions(attachment.options)
            try addOwnChoices(of: container.spec.network, to: &options, attachments.count)
            let interface = options.interface ?? Self.freeInterface(besides: &taken)
            options.interface = interface
            let mac = options.mac ?? HardwareAddress(container: container.id, place: number)
            let connection = try place(
                of: container.id, on: network, wishes: options.addresses, ledger: ledger)
            let link = Self.link(
                network, interface: interface, mac: mac, addresses: connection.addresses,
                number: number)
            all.connections.append(connection.socket)
            all.networks.append(network)
            var aliases = options.aliases
            // A pod is met under its own name.
            if container.isInfra, let pod = try ledger.pod(id: container.spec.pod ?? "") {
                aliases.append(pod.name)
            }
            all.memberships.append(
                membership(of: container, on: network, link.state, aliases: aliases))
            all.member.links.append(link)
        }
        return all
    }

    /// `--ip`, `--ip6` and `--mac-address` are for the one network there is.
    private func addOwnChoices(
        of choices: NetworkChoices, to options: inout AttachmentOptions, _ count: Int
    ) throws(Problem) {
        let own = [choices.ip, choices.ip6].compactMap { $0 }
        options.aliases += choices.aliases
        guard !own.isEmpty || choices.macAddress != nil else { return }
        guard count == 1 else {
            throw Problem(
                .badUsage, "--ip, --ip6 and --mac-address need a single network",
                why: "there are \(count)",
                next: "write the address behind the network's name: --network NAME:ip=ADDRESS")
        }
        options.addresses += own.compactMap { IPAddress($0) }
        if let text = choices.macAddress {
            guard let mac = HardwareAddress(text) else {
                throw Problem(
                    .badValue, "\"\(text.printable)\" is no hardware address",
                    next: "write one like 02:00:5e:00:53:01")
            }
            options.mac = mac
        }
    }

    static func freeInterface(besides taken: inout Set<String>) -> String {
        var number = 0
        while !taken.insert("eth\(number)").inserted { number += 1 }
        return "eth\(number)"
    }

    static func link(
        _ network: NetworkRecord, interface: String, mac: HardwareAddress,
        addresses: [IPAddress], number: Int
    ) -> MemberPlan.Link {
        var state = NetworkState(
            id: network.id, name: network.name, interface: interface, mac: mac.description)
        state.addresses = addresses.compactMap { address in
            network.subnets.first { $0.network.contains(address) }.map {
                NetworkState.Address(address, in: $0)
            }
        }
        var link = MemberPlan.Link(
            bridge: network.interface, mtu: network.mtu, state: state)
        // The first network's way out is the first choice.
        if network.givesRoute { link.metric = network.metric + UInt32(number) }
        return link
    }

    func membership(
        of container: ContainerRecord, on network: NetworkRecord, _ state: NetworkState,
        aliases: [String]
    ) -> Membership {
        let short = String(container.id.prefix(12))
        var state = state
        state.aliases = aliases + [short]
        var names = [container.name] + aliases + [short, container.id]
        if let hostname = container.spec.spaces.hostname { names.append(hostname) }
        let join = NetworkRequest.Join(
            names: names, nameServers: container.spec.network.dns.compactMap { IPAddress($0) })
        return Membership(
            state: state, join: join, socket: "\(networksPath)/\(socketName(of: network))")
    }

    /// The command that links a container again to a network whose process was lost.
    func reloadCommand(for id: String) throws(Problem) -> [String] {
        let program = try explaining("cannot find this program's own file") {
            () throws(KernelFault) in try Caller.program()
        }
        return [program, "--root", dataPath, "--runroot", runPath, "network", "reload", id]
    }
}
