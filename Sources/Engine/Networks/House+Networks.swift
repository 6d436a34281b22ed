package import Base
import Kernel
package import Records
package import Specs
import Systemd

/// What `network create` asks for.
package struct NetworkWish: Equatable, Sendable {
    /// nil makes one up.
    package var name: String?
    package var driver = "bridge"
    /// Who gives addresses out; nil and host-local are the network's own process.
    package var addressDriver: String?
    package var interface: String?
    package var subnets: [IPNetwork] = []
    /// Of the subnets in their order.
    package var gateways: [IPAddress] = []
    package var ranges: [NetworkRecord.AddressRange] = []
    package var hasIPv6 = false
    package var isInternal = false
    package var hasDNS = true
    package var labels: [String: String] = [:]
    package var options: [String: String] = [:]
    package var nameServers: [IPAddress] = []
    /// Whether a network of that name is no error.
    package var ignoresExisting = false

    package init() {}
}

extension House {
    /// What the configuration says of networks.
    package func networkDefaults() throws(Problem) -> NetworkDefaults {
        try NetworkDefaults(
            ConfigurationFiles(environment: caller.environment, uid: caller.uid), in: .disk)
    }

    /// Makes a network; nothing of it runs before a container does.
    package func makeNetwork(_ wish: NetworkWish, ledger: Ledger) throws(Problem) -> NetworkRecord {
        if wish.ignoresExisting, let name = wish.name,
            let network = try network(named: name, ledger: ledger)
        {
            return network
        }
        let defaults = try networkDefaults()
        let id = try explaining("cannot make an id") { () throws(KernelFault) in
            try Randomness.identifier()
        }
        let draft = try NetworkDraft(
            wish, defaults, routes: hostRoutes(), uniqueLocal: uniqueLocal())
        do throws(Problem) {
            return try ledger.insertNetwork { (all) throws(Problem) in
                try draft.record(id: id, created: Clock.wall(), besides: all)
            }
        } catch  where error.code == .nameInUse && wish.ignoresExisting {
            // Another command was quicker with the same wish.
            guard let name = wish.name, let other = try ledger.network(named: name) else {
                throw error
            }
            return other
        }
    }

    /// Destinations that this machine reaches by routes of its own: a container must still reach
    /// them.
    private func hostRoutes() -> [IPNetwork] {
        // A machine without that file has no IPv4.
        NetworkDefaults.destinations(in: (try? Files.readText("/proc/net/route")) ?? "")
    }

    /// A network of 64 bits that nobody else has. See RFC 4193 3.2.
    private func uniqueLocal() throws(Problem) -> IPNetwork {
        let bytes = try explaining("cannot choose addresses") { () throws(KernelFault) in
            try Randomness.bytes(7)
        }
        let high = bytes.reduce(UInt64(0xFD)) { $0 << 8 | UInt64($1) }
        return IPNetwork(base: .v6(high: high, low: 0), length: 64)
    }

    /// Returns every network, the default one among them.
    package func networks(_ ledger: Ledger) throws(Problem) -> [NetworkRecord] {
        _ = try defaultNetwork(ledger)
        return try ledger.networks()
    }

    /// Returns the network that `text` means: a name, or an id or its beginning.
    package func findNetwork(_ text: String, ledger: Ledger) throws(Problem) -> NetworkRecord {
        if let network = try network(named: text, ledger: ledger) { return network }
        return try ledger.findNetwork(text)
    }

    private func network(named name: String, ledger: Ledger) throws(Problem) -> NetworkRecord? {
        if let network = try ledger.network(named: name) { return network }
        let fallback = try defaultNetwork(ledger)
        return fallback.name == name ? fallback : nil
    }

    /// Returns the default network, which is there without having been made.
    package func defaultNetwork(_ ledger: Ledger) throws(Problem) -> NetworkRecord {
        let defaults = try networkDefaults()
        if let network = try ledger.network(named: defaults.name) { return network }
        var wish = NetworkWish()
        wish.name = defaults.name
        wish.interface = "podman0"
        wish.subnets = [defaults.subnet]
        // As podman has it: names are for networks that somebody has made.
        wish.hasDNS = false
        wish.ignoresExisting = true
        let id = try explaining("cannot make an id") { () throws(KernelFault) in
            try Randomness.identifier()
        }
        let draft = try NetworkDraft(wish, defaults, routes: [], uniqueLocal: defaults.subnet)
        do throws(Problem) {
            return try ledger.insertNetwork { (all) throws(Problem) in
                try draft.record(id: id, created: Clock.wall(), besides: all)
            }
        } catch  where error.code == .nameInUse {
            return try ledger.findNetwork(defaults.name)
        }
    }

    /// Removes a network.
    ///
    /// - Parameter force: whether containers that are to be on it go first.
    package func removeNetwork(
        _ network: NetworkRecord, force: Bool, graceSeconds: Int?, ledger: Ledger
    ) throws(Problem) {
        guard network.name != (try networkDefaults().name) else {
            throw Problem(
                .refused, "the default network \"\(network.name)\" cannot be removed",
                next: "choose another one with default_network in containers.conf")
        }
        if force {
            var options = RemoveOptions()
            options.force = true
            options.graceSeconds = graceSeconds
            for user in try ledger.users(of: network) {
                try remove(user, ledger: ledger, options: options)
            }
        }
        try ledger.remove(network)
        sweepNetworks()
        stopScopes(of: network)
    }

    /// Ends what systemd keeps of a network: now and then the scope of a killed process stays, empty.
    private func stopScopes(of network: NetworkRecord) {
        let uid = caller.uid
        let slice = ControlGroup(
            path: "/user.slice/user-\(uid).slice/user@\(uid).service/app.slice")
        guard uid != 0, let directory = try? Files.open(slice.directory, [.read, .directory]),
            let names = try? Files.names(in: directory)
        else { return }
        for name in names where name.hasPrefix("martlet-network-\(network.id.prefix(12))-") {
            // One that ends by itself meanwhile is what is wanted.
            try? TransientScope.stop(name, isUser: true)
        }
    }

    /// The places that running containers have on a network, with their names.
    package func places(on network: NetworkRecord, ledger: Ledger) throws(Problem) -> [(
        container: ContainerRecord, state: NetworkState
    )] {
        var places: [(container: ContainerRecord, state: NetworkState)] = []
        for container in try ledger.containers() {
            let condition = try condition(of: container.id)
            guard condition.isRunning, let states = condition.record?.networks else { continue }
            for state in states where state.id == network.id {
                places.append((container, state))
            }
        }
        return places
    }
}
