import Base
import Engine
import Records
import Specs

/// One network as listings and `inspect` see it.
struct NetworkRow {
    private let network: NetworkRecord

    init(_ network: NetworkRecord) { self.network = network }

    /// What is shown, in podman's words.
    var members: [(String, JSON)] {
        var members: [(String, JSON)] = [
            ("name", .string(network.name)),
            ("id", .string(network.id)),
            ("driver", .string(network.driver)),
            ("network_interface", .string(network.interface)),
            ("created", .time(network.created)),
            ("subnets", .array(network.subnets.map(Self.subnet))),
            ("ipv6_enabled", .boolean(network.hasIPv6)),
            ("internal", .boolean(network.isInternal)),
            ("dns_enabled", .boolean(network.hasDNS)),
        ]
        if !network.nameServers.isEmpty {
            members.append(
                ("network_dns_servers", .texts(network.nameServers.map(\.description))))
        }
        members += [
            ("labels", .map(network.labels)),
            ("options", .map(network.options)),
            ("ipam_options", .map(["driver": "host-local"])),
        ]
        return members
    }

    private static func subnet(_ subnet: NetworkRecord.Subnet) -> JSON {
        var members: [(String, JSON)] = [
            ("subnet", .string(subnet.network.description)),
            ("gateway", .string(subnet.gateway.description)),
        ]
        if let range = subnet.range {
            members.append(
                (
                    "lease_range",
                    .map([
                        "start_ip": range.first.description, "end_ip": range.last.description,
                    ])
                ))
        }
        return .record(members)
    }

    /// The containers that run on it, by id.
    static func containers(
        _ places: [(container: ContainerRecord, state: NetworkState)]
    ) -> JSON {
        .record(
            places.map { place in
                let state = place.state
                let subnets = state.addresses.map { address in
                    JSON.record([
                        ("ipnet", .string("\(address.address)/\(address.network.length)")),
                        ("gateway", .string(address.gateway.description)),
                    ])
                }
                let interface = JSON.record([
                    ("subnets", .array(subnets)), ("mac_address", .string(state.mac)),
                ])
                return (
                    place.container.id,
                    .record([
                        ("name", .string(place.container.name)),
                        ("interfaces", .record([(state.interface, interface)])),
                    ])
                )
            })
    }

    /// Whether every filter holds.
    ///
    /// - Parameter users: how many containers are to be on it.
    func matches(_ filters: [String], users: () throws(Problem) -> Int) throws(Problem) -> Bool {
        for filter in filters {
            let (key, value) = Assignments.parted(filter)
            guard try matches(key, value ?? "", users) else { return false }
        }
        return true
    }

    private func matches(_ key: String, _ value: String, _ users: () throws(Problem) -> Int)
        throws(Problem) -> Bool
    {
        switch key {
        case "name": return try Filter.isNamed(network.name, value)
        case "id": return network.id.hasPrefix(value)
        case "driver": return network.driver == value
        case "label", "label!":
            let (name, wanted) = Assignments.parted(value)
            let has = network.labels[name].map { wanted == nil || $0 == wanted } ?? false
            return has == (key == "label")
        case "dangling":
            let isUnused = try users() == 0
            return try Boolean.parse(value, for: "--filter dangling") == isUnused
        default:
            throw Problem(
                .notBuilt, "networks cannot be filtered by \"\(key.printable)\" yet",
                next: "filter by dangling, driver, id, label or name")
        }
    }
}
