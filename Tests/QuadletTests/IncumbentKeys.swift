import Quadlet

/// Every key the incumbent reads, by the type of unit file, as its own tables have them up to the
/// release line 6.0: written here a second time, so that a key that is lost is missed.
enum IncumbentKeys {
    static let all: [UnitType: String] = [
        .artifact: """
            Artifact AuthFile CertDir ContainersConfModule Creds DecryptionKey GlobalArgs
            PodmanArgs Quiet Retry RetryDelay ServiceName TLSVerify
            """,
        .build: """
            Annotation Arch AuthFile BuildArg ContainersConfModule DNS DNSOption DNSSearch
            Environment File ForceRM GlobalArgs GroupAdd IgnoreFile ImageTag Label Network
            PodmanArgs Pull Retry RetryDelay Secret ServiceName SetWorkingDirectory TLSVerify
            Target Variant Volume
            """,
        .container: """
            AddCapability AddDevice AddHost Annotation AppArmor AutoUpdate CgroupsMode
            ContainerName ContainersConfModule DNS DNSOption DNSSearch DropCapability Entrypoint
            Environment EnvironmentFile EnvironmentHost Exec ExposeHostPort GIDMap GlobalArgs
            Group GroupAdd HealthCmd HealthInterval HealthLogDestination HealthMaxLogCount
            HealthMaxLogSize HealthOnFailure HealthRetries HealthStartPeriod HealthStartupCmd
            HealthStartupInterval HealthStartupRetries HealthStartupSuccess HealthStartupTimeout
            HealthTimeout HostName HttpProxy IP IP6 Image Label LogDriver LogOpt Mask Memory Mount
            Network NetworkAlias NoNewPrivileges Notify PidsLimit Pod PodmanArgs PublishPort Pull
            ReadOnly ReadOnlyTmpfs ReloadCmd ReloadSignal RemapGid RemapUid RemapUidSize
            RemapUsers Retry RetryDelay Rootfs RunInit SeccompProfile Secret SecurityLabelDisable
            SecurityLabelFileType SecurityLabelLevel SecurityLabelNested SecurityLabelType
            ServiceName ShmSize StartWithPod StopSignal StopTimeout SubGIDMap SubUIDMap Sysctl
            Timezone Tmpfs UIDMap Ulimit Unmask User UserNS VolatileTmp Volume WorkingDir
            """,
        .image: """
            AllTags Arch AuthFile CertDir ContainersConfModule Creds DecryptionKey GlobalArgs
            Image ImageTag OS PodmanArgs Policy Retry RetryDelay ServiceName TLSVerify Variant
            """,
        .kube: """
            AutoUpdate ConfigMap ContainersConfModule ExitCodePropagation GlobalArgs KubeDownForce
            LogDriver LogOpt Network PodmanArgs PublishPort RemapGid RemapUid RemapUidSize
            RemapUsers ServiceName SetWorkingDirectory UserNS Yaml
            """,
        .network: """
            ContainersConfModule DNS DisableDNS Driver Gateway GlobalArgs IPAMDriver IPRange IPv6
            InterfaceName Internal Label NetworkDeleteOnStop NetworkName Options PodmanArgs
            ServiceName Subnet
            """,
        .pod: """
            AddHost ContainersConfModule DNS DNSOption DNSSearch ExitPolicy GIDMap GlobalArgs
            HostName IP IP6 Label Network NetworkAlias PodName PodmanArgs PublishPort RemapGid
            RemapUid RemapUidSize RemapUsers ServiceName ShmSize StopTimeout SubGIDMap SubUIDMap
            UIDMap UserNS Volume
            """,
        .volume: """
            ContainersConfModule Copy Device Driver GID GlobalArgs Group Image Label Options
            PodmanArgs ServiceName Type UID User VolumeName
            """,
    ]

    static func names(_ type: UnitType) -> [String] {
        (all[type] ?? "").split { $0 == " " || $0 == "\n" }.map(String.init)
    }
}
