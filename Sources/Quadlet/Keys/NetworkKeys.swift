extension KeyTable {
    /// The keys of [Network].
    package static let network = KeyTable("Network", networkKeys)
}

private let networkKeys: [Key] = [
    Key("ContainersConfModule", .repeated, "--module", since: "4.8"),
    Key("DisableDNS", .flag, "--disable-dns", .flags, since: "4.4"),
    Key("DNS", .repeated, "--dns", .repeats, since: "4.7"),
    Key("Driver", .single, "--driver", .values, since: "4.4"),
    Key("Gateway", .repeated, "--gateway", since: "4.4"),
    Key("GlobalArgs", .arguments, since: "4.8"),
    Key("InterfaceName", .single, "--interface-name", .values, since: "5.6"),
    Key("Internal", .flag, "--internal", .flags, since: "4.4"),
    Key("IPAMDriver", .single, "--ipam-driver", .values, since: "4.4"),
    Key("IPRange", .repeated, "--ip-range", since: "4.4"),
    Key("IPv6", .flag, "--ipv6", .flags, since: "4.4"),
    Key("Label", .pairs, "--label", .pairs, since: "4.4"),
    Key("NetworkDeleteOnStop", .flag, since: "5.5"),
    Key("NetworkName", .single, since: "4.7"),
    Key("Options", .pairs, "--opt", .pairs, since: "4.4"),
    Key("PodmanArgs", .arguments, since: "4.6"),
    Key("ServiceName", .single, since: "5.3"),
    Key("Subnet", .repeated, "--subnet", since: "4.4"),
]
