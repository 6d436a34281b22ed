extension KeyTable {
    /// The keys of [Artifact].
    package static let artifact = KeyTable("Artifact", artifactKeys)
}

private let artifactKeys: [Key] = [
    Key("Artifact", .single, since: "5.7"),
    Key("AuthFile", .single, "--authfile", .values, since: "5.7"),
    Key("CertDir", .single, "--cert-dir", .values, since: "5.7"),
    Key("ContainersConfModule", .repeated, "--module", since: "5.7"),
    Key("Creds", .single, "--creds", .values, since: "5.7"),
    Key("DecryptionKey", .single, "--decryption-key", .values, since: "5.7"),
    Key("GlobalArgs", .arguments, since: "5.7"),
    Key("PodmanArgs", .arguments, since: "5.7"),
    Key("Quiet", .flag, "--quiet", .flags, since: "5.7"),
    Key("Retry", .single, "--retry", .values, since: "5.7"),
    Key("RetryDelay", .single, "--retry-delay", .values, since: "5.7"),
    Key("ServiceName", .single, since: "5.7"),
    Key("TLSVerify", .flag, "--tls-verify", .flags, since: "5.7"),
]
