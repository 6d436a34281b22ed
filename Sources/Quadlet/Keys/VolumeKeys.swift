extension KeyTable {
    /// The keys of [Volume].
    package static let volume = KeyTable("Volume", volumeKeys)
}

private let volumeKeys: [Key] = [
    Key("ContainersConfModule", .repeated, "--module", since: "4.8"),
    Key("Copy", .flag, since: "4.4"),
    Key("Device", .single, "--opt", since: "4.4"),
    Key("Driver", .single, "--driver", since: "4.8"),
    Key("GID", .single, "--gid", .values, since: "6.0"),
    Key("GlobalArgs", .arguments, since: "4.8"),
    Key("Group", .number, "--opt", since: "4.4"),
    Key("Image", .single, "--opt", since: "4.8"),
    Key("Label", .pairs, "--label", .pairs, since: "4.4"),
    Key("Options", .single, "--opt", since: "4.4"),
    Key("PodmanArgs", .arguments, since: "4.6"),
    Key("ServiceName", .single, since: "5.3"),
    Key("Type", .single, "--opt", since: "4.4"),
    Key("UID", .single, "--uid", .values, since: "6.0"),
    Key("User", .number, "--opt", since: "4.4"),
    Key("VolumeName", .single, since: "4.7"),
]
