extension KeyTable {
    /// The keys of [Kube].
    package static let kube = KeyTable("Kube", kubeKeys)
}

private let kubeKeys: [Key] = [
    Key("AutoUpdate", .list, "--annotation", since: "4.7"),
    Key("ConfigMap", .list, "--configmap", since: "4.4"),
    Key("ContainersConfModule", .repeated, "--module", since: "4.8"),
    Key("ExitCodePropagation", .single, "--service-exit-code-propagation=", .values, since: "4.6"),
    Key("GlobalArgs", .arguments, since: "4.8"),
    Key("KubeDownForce", .flag, "--force", since: "4.8"),
    Key("LogDriver", .single, "--log-driver", .logging, since: "4.5"),
    Key("LogOpt", .list, "--log-opt", .logging, since: "5.2"),
    Key("Network", .repeated, "--network", since: "4.4"),
    Key("PodmanArgs", .arguments, since: "4.6"),
    Key("PublishPort", .repeated, "--publish", .ports, since: "4.4"),
    Key("RemapGid", .list, "--gidmap", since: "4.4"),
    Key("RemapUid", .list, "--uidmap", since: "4.4"),
    Key("RemapUidSize", .number, since: "4.4"),
    Key("RemapUsers", .single, "--userns", since: "4.4"),
    Key("ServiceName", .single, since: "5.3"),
    Key("SetWorkingDirectory", .single, since: "4.7"),
    Key("UserNS", .single, "--userns", since: "4.5"),
    Key("Yaml", .list, since: "4.4"),
]
