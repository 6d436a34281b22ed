import Testing

import Quadlet

/// Lines of a unit file's own section, and words that stand together in a generated command line.
struct KeyCase: Sendable, CustomTestStringConvertible {
    let type: UnitType
    let lines: [String]
    let words: [String]
    let command: String

    init(
        _ type: UnitType, _ lines: [String], _ words: [String], in command: String = "ExecStart"
    ) {
        self.type = type
        self.lines = lines
        self.words = words
        self.command = command
    }

    var file: String { "x.\(type.rawValue)" }
    var text: String { "[\(type.section)]\n\(lines.joined(separator: "\n"))\n" }
    var keys: [String] { lines.map { String($0.prefix { $0 != "=" }) } }
    var testDescription: String { "\(type.rawValue) \(lines.joined(separator: "; "))" }

    /// Files that the cases refer to.
    static let neighbours = [
        ("data.volume", "[Volume]\n"), ("app.network", "[Network]\n"),
        ("app.image", "[Image]\nImage=docker.io/library/app:1\n"),
        ("group.pod", "[Pod]\n"), ("other.container", "[Container]\nImage=localhost/o\n"),
    ]

    static let all = container + others

    private static let container: [KeyCase] = [
        KeyCase(
            .container, ["Image=localhost/i", "AddCapability=CAP_NET_RAW sys_time"],
            ["--cap-add", "cap_net_raw", "--cap-add", "sys_time"]),
        KeyCase(
            .container,
            ["Image=localhost/i", "AddDevice=/dev/fuse -/dev/present:/dev/p -/dev/absent"],
            ["--device", "/dev/fuse", "--device", "/dev/present:/dev/p"]),
        KeyCase(
            .container, ["Image=localhost/i", "AddHost=db:10.0.0.1"],
            ["--add-host", "db:10.0.0.1"]),
        KeyCase(
            .container, ["Image=localhost/i", #"Annotation=b=2 "a=1 1" c"#],
            ["--annotation", "a=1 1", "--annotation", "b=2", "--annotation", "c"]),
        KeyCase(
            .container, ["Image=localhost/i", "AppArmor=unconfined"],
            ["--security-opt", "apparmor=unconfined"]),
        KeyCase(
            .container, ["Image=localhost/i", "AutoUpdate=registry"],
            ["--label", "io.containers.autoupdate=registry"]),
        KeyCase(
            .container, ["Image=localhost/i", "CgroupsMode=no-conmon"],
            ["--rm", "--cgroups", "no-conmon"]),
        KeyCase(
            .container, ["Image=localhost/i", "ContainerName=web"],
            ["run", "--name", "web", "--replace", "--rm"]),
        KeyCase(
            .container,
            [
                "Image=localhost/i", "ContainersConfModule=/etc/a.conf",
                "ContainersConfModule=b.conf",
            ], ["/usr/bin/martlet", "--module=/etc/a.conf", "--module=b.conf", "run"]),
        KeyCase(
            .container, ["Image=localhost/i", "DNS=1.1.1.1", "DNS=", "DNS=9.9.9.9"],
            ["--dns", "9.9.9.9"]),
        KeyCase(
            .container, ["Image=localhost/i", "DNSOption=ndots:1"], ["--dns-option", "ndots:1"]),
        KeyCase(
            .container, ["Image=localhost/i", "DNSSearch=example.com"],
            ["--dns-search", "example.com"]),
        KeyCase(.container, ["Image=localhost/i", "DropCapability=ALL"], ["--cap-drop", "all"]),
        KeyCase(
            .container, ["Image=localhost/i", "Entrypoint=/bin/sh -c"],
            ["--entrypoint=/bin/sh -c"]),
        KeyCase(.container, ["Image=localhost/i", "Entrypoint="], ["--entrypoint="]),
        KeyCase(
            .container,
            ["Image=localhost/i", "Environment=B=2 A=1", #"Environment=B=3 "C=x y" D"#],
            ["--env", "A=1", "--env", "B=3", "--env", "C=x y", "--env", "D"]),
        KeyCase(
            .container, ["Image=localhost/i", "EnvironmentFile=web.env /etc/b.env %h/c.env"],
            ["--env-file", "/units/web.env", "--env-file", "/etc/b.env", "--env-file", "%h/c.env"]),
        KeyCase(.container, ["Image=localhost/i", "EnvironmentHost=yes"], ["--env-host"]),
        KeyCase(
            .container, ["Image=localhost/i", #"Exec=sh -c "echo \"hi\" \x41" '' end"#],
            ["localhost/i", "sh", "-c", #"echo "hi" A"#, "", "end"]),
        KeyCase(
            .container, ["Image=localhost/i", "ExposeHostPort=80", "ExposeHostPort=90-99/udp"],
            ["--expose", "80", "--expose", "90-99/udp"]),
        KeyCase(
            .container, ["Image=localhost/i", "GIDMap=0:1:2 3:4:5"],
            ["--gidmap", "0:1:2", "--gidmap", "3:4:5"]),
        KeyCase(
            .container, ["Image=localhost/i", "GlobalArgs=--log-level debug"],
            ["/usr/bin/martlet", "--log-level", "debug", "run"]),
        KeyCase(
            .container, ["Image=localhost/i", "User=1000", "Group=100"], ["--user", "1000:100"]),
        KeyCase(
            .container, ["Image=localhost/i", "GroupAdd=keep-groups"],
            ["--group-add", "keep-groups"]),
        KeyCase(
            .container, ["Image=localhost/i", #"HealthCmd=curl -f "http://x""#],
            ["--health-cmd", #"curl -f "http://x""#]),
        KeyCase(
            .container, ["Image=localhost/i", "HealthInterval=5s"], ["--health-interval", "5s"]),
        KeyCase(
            .container, ["Image=localhost/i", "HealthLogDestination=local"],
            ["--health-log-destination", "local"]),
        KeyCase(
            .container, ["Image=localhost/i", "HealthMaxLogCount=5"],
            ["--health-max-log-count", "5"]),
        KeyCase(
            .container, ["Image=localhost/i", "HealthMaxLogSize=500"],
            ["--health-max-log-size", "500"]),
        KeyCase(
            .container, ["Image=localhost/i", "HealthOnFailure=kill"],
            ["--health-on-failure", "kill"]),
        KeyCase(.container, ["Image=localhost/i", "HealthRetries=3"], ["--health-retries", "3"]),
        KeyCase(
            .container, ["Image=localhost/i", "HealthStartPeriod=1m"],
            ["--health-start-period", "1m"]),
        KeyCase(
            .container, ["Image=localhost/i", "HealthStartupCmd=true"],
            ["--health-startup-cmd", "true"]),
        KeyCase(
            .container, ["Image=localhost/i", "HealthStartupInterval=1s"],
            ["--health-startup-interval", "1s"]),
        KeyCase(
            .container, ["Image=localhost/i", "HealthStartupRetries=9"],
            ["--health-startup-retries", "9"]),
        KeyCase(
            .container, ["Image=localhost/i", "HealthStartupSuccess=2"],
            ["--health-startup-success", "2"]),
        KeyCase(
            .container, ["Image=localhost/i", "HealthStartupTimeout=3s"],
            ["--health-startup-timeout", "3s"]),
        KeyCase(
            .container, ["Image=localhost/i", "HealthTimeout=4s"], ["--health-timeout", "4s"]),
        KeyCase(.container, ["Image=localhost/i", "HostName=web"], ["--hostname", "web"]),
        KeyCase(.container, ["Image=localhost/i", "IP=10.0.0.9"], ["--ip", "10.0.0.9"]),
        KeyCase(.container, ["Image=localhost/i", "IP6=fd00::9"], ["--ip6", "fd00::9"]),
        KeyCase(
            .container, ["Image=localhost/i", "LogDriver=journald"], ["--log-driver", "journald"]),
        KeyCase(.container, ["Image=localhost/i", "Memory=1g"], ["--memory", "1g"]),
        KeyCase(.container, ["Image=localhost/i", "NetworkAlias=db"], ["--network-alias", "db"]),
        KeyCase(.container, ["Image=localhost/i", "PidsLimit=100"], ["--pids-limit", "100"]),
        KeyCase(.container, ["Image=localhost/i", "Pull=newer"], ["--pull", "newer"]),
        KeyCase(.container, ["Image=localhost/i", "Retry=4"], ["--retry", "4"]),
        KeyCase(.container, ["Image=localhost/i", "RetryDelay=2s"], ["--retry-delay", "2s"]),
        KeyCase(
            .container, ["Image=localhost/i", "SecurityLabelFileType=usr_t"],
            ["--security-opt", "label=filetype:usr_t"]),
        KeyCase(
            .container, ["Image=localhost/i", "SecurityLabelLevel=s0:c1,c2"],
            ["--security-opt", "label=level:s0:c1,c2"]),
        KeyCase(
            .container, ["Image=localhost/i", "SecurityLabelType=spc_t"],
            ["--security-opt", "label=type:spc_t"]),
        KeyCase(.container, ["Image=localhost/i", "ShmSize=64m"], ["--shm-size", "64m"]),
        KeyCase(
            .container, ["Image=localhost/i", "StopSignal=SIGINT"], ["--stop-signal", "SIGINT"]),
        KeyCase(.container, ["Image=localhost/i", "StopTimeout=7"], ["--stop-timeout", "7"]),
        KeyCase(.container, ["Image=localhost/i", "SubGIDMap=g"], ["--subgidname", "g"]),
        KeyCase(.container, ["Image=localhost/i", "SubUIDMap=u"], ["--subuidname", "u"]),
        KeyCase(.container, ["Image=localhost/i", "Timezone=local"], ["--tz", "local"]),
        KeyCase(
            .container, ["Image=localhost/i", "Tmpfs=/tmp:size=1M"], ["--tmpfs", "/tmp:size=1M"]),
        KeyCase(
            .container, ["Image=localhost/i", "Ulimit=nofile=1:2"], ["--ulimit", "nofile=1:2"]),
        KeyCase(
            .container, ["Image=localhost/i", "UserNS=keep-id:uid=1"],
            ["--userns", "keep-id:uid=1"]),
        KeyCase(.container, ["Image=localhost/i", "WorkingDir=/srv"], ["--workdir", "/srv"]),
        KeyCase(
            .container, ["Image=localhost/i", "SeccompProfile=/etc/s.json"],
            ["--security-opt", "seccomp=/etc/s.json"]),
        KeyCase(
            .container, ["Image=localhost/i", "PublishPort=127.0.0.1:${PORT}:80/udp"],
            ["--publish", "127.0.0.1:${PORT}:80/udp"]),
        KeyCase(.container, ["Image=localhost/i", "HttpProxy=no"], ["--http-proxy=false"]),
        KeyCase(.container, ["Image=app.image"], ["docker.io/library/app:1"]),
        KeyCase(
            .container, ["Image=localhost/i", #"Label=a=1 b="2 3""#],
            ["--label", "a=1", "--label", "b=2 3"]),
        KeyCase(
            .container, ["Image=localhost/i", #"LogOpt=tag="{{.Name}}" max-size=1m"#],
            ["--log-opt", "tag={{.Name}}", "--log-opt", "max-size=1m"]),
        KeyCase(
            .container, ["Image=localhost/i", "Mask=/proc/a:/proc/b /proc/c"],
            ["--security-opt", "mask=/proc/a:/proc/b", "--security-opt", "mask=/proc/c"]),
        KeyCase(
            .container, ["Image=localhost/i", #"Mount=type=bind,src=./x,"dst=/a,b",ro"#],
            ["--mount", "type=bind,source=/units/x,dst=/a,b,ro"]),
        KeyCase(
            .container,
            ["Image=localhost/i", "Mount=type=volume,source=data.volume,destination=/d"],
            ["--mount", "type=volume,source=systemd-data,destination=/d"]),
        KeyCase(
            .container, ["Image=localhost/i", "Mount=type=tmpfs,dst=/t"],
            ["--mount", "type=tmpfs,dst=/t"]),
        KeyCase(
            .container, ["Image=localhost/i", "Network=app.network:ip=10.0.0.2"],
            ["--network", "systemd-app:ip=10.0.0.2"]),
        KeyCase(
            .container, ["Image=localhost/i", "Network=other.container"],
            ["--network", "container:systemd-other"]),
        KeyCase(
            .container, ["Image=localhost/i", "NoNewPrivileges=yes"],
            ["--security-opt=no-new-privileges"]),
        KeyCase(.container, ["Image=localhost/i", "Notify=yes"], ["--sdnotify=container", "-d"]),
        KeyCase(
            .container, ["Image=localhost/i", "Notify=Healthy"], ["--sdnotify=healthy", "-d"]),
        KeyCase(.container, ["Image=localhost/i", "Pod=group.pod"], ["--pod", "systemd-group"]),
        KeyCase(
            .container, ["Image=localhost/i", #"PodmanArgs=--memory-swap -1 "a b""#],
            ["--memory-swap", "-1", "a b", "localhost/i"]),
        KeyCase(.container, ["Image=localhost/i", "ReadOnly=yes"], ["--read-only"]),
        KeyCase(
            .container, ["Image=localhost/i", "ReadOnlyTmpfs=no"], ["--read-only-tmpfs=false"]),
        KeyCase(
            .container, ["Image=localhost/i", "ReloadCmd=nginx -s reload"],
            ["/usr/bin/martlet", "exec", "systemd-%N", "nginx", "-s", "reload"], in: "ExecReload"),
        KeyCase(
            .container, ["Image=localhost/i", "ReloadSignal=SIGHUP"],
            ["/usr/bin/martlet", "kill", "--signal", "SIGHUP", "systemd-%N"], in: "ExecReload"),
        KeyCase(
            .container,
            [
                "Image=localhost/i", "RemapUsers=auto", "RemapUid=0:1:2", "RemapGid=3:4:5",
                "RemapUidSize=0x20",
            ], ["--userns", "auto:uidmapping=0:1:2,gidmapping=3:4:5,size=32"]),
        KeyCase(
            .container, ["Image=localhost/i", "RemapUsers=keep-id", "RemapUid=5", "RemapGid=6"],
            ["--userns", "keep-id:uid=5,gid=6"]),
        KeyCase(
            .container, ["Image=localhost/i", "RemapUsers=manual", "RemapUid=0:1:2"],
            ["--uidmap", "0:1:2"]),
        KeyCase(.container, ["Rootfs=/srv/root:O"], ["--rootfs", "/srv/root:O"]),
        KeyCase(.container, ["Image=localhost/i", "RunInit=true"], ["--init"]),
        KeyCase(
            .container, ["Image=localhost/i", #"Secret=db "key,target=/a b""#],
            ["--secret", "db", "--secret", "key,target=/a b"]),
        KeyCase(
            .container, ["Image=localhost/i", "SecurityLabelDisable=1"],
            ["--security-opt", "label=disable"]),
        KeyCase(
            .container, ["Image=localhost/i", "SecurityLabelNested=on"],
            ["--security-opt", "label=nested"]),
        KeyCase(.container, ["Image=localhost/i", "ServiceName=other"], ["--name", "systemd-%N"]),
        KeyCase(.container, ["Image=localhost/i", "StartWithPod=no"], ["localhost/i"]),
        KeyCase(
            .container, ["Image=localhost/i", "Sysctl=net.a=1 net.b=2"],
            ["--sysctl", "net.a=1", "--sysctl", "net.b=2"]),
        KeyCase(.container, ["Image=localhost/i", "UIDMap=0:1:2"], ["--uidmap", "0:1:2"]),
        KeyCase(
            .container, ["Image=localhost/i", "Unmask=ALL"], ["--security-opt", "unmask=ALL"]),
        KeyCase(.container, ["Image=localhost/i", "User=me"], ["--user", "me"]),
        KeyCase(
            .container, ["Image=localhost/i", "VolatileTmp=yes"],
            ["--tmpfs", "/tmp:rw,size=512M,mode=1777"]),
        KeyCase(
            .container,
            [
                "Image=localhost/i", "Volume=data.volume:/d:ro", "Volume=./x:/x", "Volume=/h:/h:Z",
                "Volume=%h/y:/y", "Volume=/anonymous",
            ],
            [
                "-v", "systemd-data:/d:ro", "-v", "/units/x:/x", "-v", "/h:/h:Z", "-v", "%h/y:/y",
                "-v", "/anonymous",
            ]),
        KeyCase(
            .container, ["Image=localhost/i", "ContainerName=n"],
            ["/usr/bin/martlet", "rm", "-v", "-f", "-i", "n"], in: "ExecStop"),
    ]
}
