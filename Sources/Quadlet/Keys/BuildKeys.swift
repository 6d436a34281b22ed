extension KeyTable {
    /// The keys of [Build].
    package static let build = KeyTable("Build", buildKeys)
}

private let buildKeys: [Key] = [
    Key("Annotation", .pairs, "--annotation", .pairs, since: "5.2"),
    Key("Arch", .single, "--arch", .values, since: "5.2"),
    Key("AuthFile", .single, "--authfile", .values, since: "5.2"),
    Key("BuildArg", .pairs, "--build-arg", .pairs, since: "5.7"),
    Key("ContainersConfModule", .repeated, "--module", since: "5.2"),
    Key("DNS", .repeated, "--dns", .repeats, since: "5.2"),
    Key("DNSOption", .repeated, "--dns-option", .repeats, since: "5.2"),
    Key("DNSSearch", .repeated, "--dns-search", .repeats, since: "5.2"),
    Key("Environment", .pairs, "--env", .pairs, since: "5.2"),
    Key("File", .single, "--file", since: "5.2"),
    Key("ForceRM", .flag, "--force-rm", .flags, since: "5.2"),
    Key("GlobalArgs", .arguments, since: "5.2"),
    Key("GroupAdd", .repeated, "--group-add", .repeats, since: "5.2"),
    Key("IgnoreFile", .single, "--ignorefile", .values, since: "5.7"),
    Key("ImageTag", .repeated, "--tag", since: "5.2"),
    Key("Label", .pairs, "--label", .pairs, since: "5.2"),
    Key("Network", .repeated, "--network", since: "5.2"),
    Key("PodmanArgs", .arguments, since: "5.2"),
    Key("Pull", .single, "--pull=", .values, since: "5.2"),
    Key("Retry", .single, "--retry", .values, since: "5.5"),
    Key("RetryDelay", .single, "--retry-delay", .values, since: "5.5"),
    Key("Secret", .arguments, "--secret", .secrets, since: "5.2"),
    Key("ServiceName", .single, since: "5.3"),
    Key("SetWorkingDirectory", .single, since: "5.2"),
    Key("Target", .single, "--target", .values, since: "5.2"),
    Key("TLSVerify", .flag, "--tls-verify", .flags, since: "5.2"),
    Key("Variant", .single, "--variant", .values, since: "5.2"),
    Key("Volume", .repeated, "-v", since: "5.2"),
]
