extension KeyTable {
    /// The keys of [Pod].
    package static let pod = KeyTable("Pod", podKeys)
}

private let podKeys: [Key] = [
    Key("AddHost", .repeated, "--add-host", .repeats, since: "5.3"),
    Key("ContainersConfModule", .repeated, "--module", since: "5.0"),
    Key("DNS", .repeated, "--dns", .repeats, since: "5.3"),
    Key("DNSOption", .repeated, "--dns-option", .repeats, since: "5.3"),
    Key("DNSSearch", .repeated, "--dns-search", .repeats, since: "5.3"),
    Key("ExitPolicy", .single, "--exit-policy", since: "5.6"),
    Key("GIDMap", .list, "--gidmap", since: "5.3"),
    Key("GlobalArgs", .arguments, since: "5.0"),
    Key("HostName", .repeated, "--hostname", .repeats, since: "5.5"),
    Key("IP", .single, "--ip", .values, since: "5.3"),
    Key("IP6", .single, "--ip6", .values, since: "5.3"),
    Key("Label", .pairs, "--label", .pairs, since: "5.6"),
    Key("Network", .repeated, "--network", since: "5.0"),
    Key("NetworkAlias", .repeated, "--network-alias", .repeats, since: "5.2"),
    Key("PodmanArgs", .arguments, since: "5.0"),
    Key("PodName", .single, "--name", since: "5.0"),
    Key("PublishPort", .repeated, "--publish", .ports, since: "5.0"),
    Key("RemapGid", .list, "--gidmap", since: "5.3"),
    Key("RemapUid", .list, "--uidmap", since: "5.3"),
    Key("RemapUidSize", .number, since: "5.3"),
    Key("RemapUsers", .single, "--userns", since: "5.3"),
    Key("ServiceName", .single, since: "5.3"),
    Key("ShmSize", .single, "--shm-size", .values, since: "5.4"),
    Key("StopTimeout", .single, "--time", since: "5.7"),
    Key("SubGIDMap", .single, "--subgidname", since: "5.3"),
    Key("SubUIDMap", .single, "--subuidname", since: "5.3"),
    Key("UIDMap", .list, "--uidmap", since: "5.3"),
    Key("UserNS", .single, "--userns", since: "5.3"),
    Key("Volume", .repeated, "-v", since: "5.0"),
]
