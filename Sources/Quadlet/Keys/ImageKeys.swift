extension KeyTable {
    /// The keys of [Image].
    package static let image = KeyTable("Image", imageKeys)
}

private let imageKeys: [Key] = [
    Key("AllTags", .flag, "--all-tags", .flags, since: "4.8"),
    Key("Arch", .single, "--arch", .values, since: "4.8"),
    Key("AuthFile", .single, "--authfile", .values, since: "4.8"),
    Key("CertDir", .single, "--cert-dir", .values, since: "4.8"),
    Key("ContainersConfModule", .repeated, "--module", since: "4.8"),
    Key("Creds", .single, "--creds", .values, since: "4.8"),
    Key("DecryptionKey", .single, "--decryption-key", .values, since: "4.8"),
    Key("GlobalArgs", .arguments, since: "4.8"),
    Key("Image", .single, since: "4.8"),
    Key("ImageTag", .single, since: "4.8"),
    Key("OS", .single, "--os", .values, since: "4.8"),
    Key("PodmanArgs", .arguments, since: "4.8"),
    Key("Policy", .single, "--policy", .values, since: "5.6"),
    Key("Retry", .single, "--retry", .values, since: "5.5"),
    Key("RetryDelay", .single, "--retry-delay", .values, since: "5.5"),
    Key("ServiceName", .single, since: "5.3"),
    Key("TLSVerify", .flag, "--tls-verify", .flags, since: "4.8"),
    Key("Variant", .single, "--variant", .values, since: "4.8"),
]
