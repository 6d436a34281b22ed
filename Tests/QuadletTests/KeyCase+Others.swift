import Quadlet

/// The cases of all types but containers.
extension KeyCase {
    static let others: [KeyCase] = [
        KeyCase(.pod, ["AddHost=a:1.2.3.4"], ["--add-host", "a:1.2.3.4"], in: "ExecStartPre"),
        KeyCase(.pod, ["DNS=1.1.1.1"], ["--dns", "1.1.1.1"], in: "ExecStartPre"),
        KeyCase(.pod, ["DNSOption=ndots:1"], ["--dns-option", "ndots:1"], in: "ExecStartPre"),
        KeyCase(.pod, ["DNSSearch=x.org"], ["--dns-search", "x.org"], in: "ExecStartPre"),
        KeyCase(.pod, ["ExitPolicy=continue"], ["--exit-policy", "continue"], in: "ExecStartPre"),
        KeyCase(.pod, ["GIDMap=0:1:2"], ["--gidmap", "0:1:2"], in: "ExecStartPre"),
        KeyCase(.pod, ["HostName=h"], ["--hostname", "h"], in: "ExecStartPre"),
        KeyCase(.pod, ["IP=10.0.0.3"], ["--ip", "10.0.0.3"], in: "ExecStartPre"),
        KeyCase(.pod, ["IP6=fd00::3"], ["--ip6", "fd00::3"], in: "ExecStartPre"),
        KeyCase(.pod, ["Label=a=1"], ["--label", "a=1"], in: "ExecStartPre"),
        KeyCase(
            .pod, ["Network=app.network:mac=aa"], ["--network", "systemd-app:mac=aa"],
            in: "ExecStartPre"),
        KeyCase(.pod, ["NetworkAlias=n"], ["--network-alias", "n"], in: "ExecStartPre"),
        KeyCase(.pod, ["PublishPort=80:80"], ["--publish", "80:80"], in: "ExecStartPre"),
        KeyCase(.pod, ["ShmSize=1m"], ["--shm-size", "1m"], in: "ExecStartPre"),
        KeyCase(.pod, ["SubGIDMap=g"], ["--subgidname", "g"], in: "ExecStartPre"),
        KeyCase(.pod, ["SubUIDMap=u"], ["--subuidname", "u"], in: "ExecStartPre"),
        KeyCase(.pod, ["UIDMap=0:1:2"], ["--uidmap", "0:1:2"], in: "ExecStartPre"),
        KeyCase(.pod, ["UserNS=auto"], ["--userns", "auto"], in: "ExecStartPre"),
        KeyCase(.pod, ["Volume=data.volume:/d"], ["-v", "systemd-data:/d"], in: "ExecStartPre"),
        KeyCase(
            .pod, ["ContainersConfModule=m"], ["/usr/bin/martlet", "--module=m", "pod", "create"],
            in: "ExecStartPre"),
        KeyCase(
            .pod, ["GlobalArgs=--x"], ["/usr/bin/martlet", "--x", "pod", "create"],
            in: "ExecStartPre"),
        KeyCase(
            .pod, ["PodmanArgs=--cpus 2"], ["--name", "systemd-x", "--cpus", "2"],
            in: "ExecStartPre"),
        KeyCase(
            .pod, ["PodName=p"], ["--infra-name", "p-infra", "--name", "p"], in: "ExecStartPre"),
        KeyCase(
            .pod, ["RemapUsers=auto", "RemapUid=1:2:3", "RemapGid=1:2:3", "RemapUidSize=010"],
            ["--userns", "auto:uidmapping=1:2:3,gidmapping=1:2:3,size=8"], in: "ExecStartPre"),
        KeyCase(.pod, ["ServiceName=p"], ["/usr/bin/martlet", "pod", "start", "systemd-x"]),
        KeyCase(
            .pod, ["StopTimeout=3"],
            ["/usr/bin/martlet", "pod", "stop", "--ignore", "--time=3", "systemd-x"], in: "ExecStop"
        ),
        KeyCase(
            .volume, ["ContainersConfModule=m"], ["--module=m", "volume", "create", "--ignore"]),
        KeyCase(.volume, ["Copy=no"], ["--opt", "nocopy"]),
        KeyCase(
            .volume, ["Device=/dev/sda", "Type=ext4", "Options=ro"],
            ["--opt", "device=/dev/sda", "--opt", "type=ext4", "--opt", "o=ro"]),
        KeyCase(
            .volume, ["Driver=image", "Image=app.image"],
            ["--driver", "image", "--opt", "image=docker.io/library/app:1"]),
        KeyCase(.volume, ["GID=5", "UID=6"], ["--gid", "5", "--uid", "6"]),
        KeyCase(.volume, ["GlobalArgs=-x"], ["/usr/bin/martlet", "-x", "volume"]),
        KeyCase(
            .volume, ["User=root", "Group=11", "Options=rw,x"], ["--opt", "o=uid=0,gid=11,rw,x"]),
        KeyCase(.volume, ["Label=b=2 a=1"], ["--label", "a=1", "--label", "b=2"]),
        KeyCase(.volume, ["PodmanArgs=--y"], ["--y", "systemd-x"]),
        KeyCase(.volume, ["ServiceName=s"], ["create", "--ignore", "systemd-x"]),
        KeyCase(.volume, ["VolumeName=n"], ["create", "--ignore", "n"]),
        KeyCase(.network, ["ContainersConfModule=m"], ["--module=m", "network"]),
        KeyCase(.network, ["DisableDNS=yes"], ["--disable-dns"]),
        KeyCase(.network, ["DNS=1.1.1.1"], ["--dns", "1.1.1.1"]),
        KeyCase(.network, ["Driver=macvlan"], ["--driver", "macvlan"]),
        KeyCase(
            .network,
            [
                "Subnet=10.0.0.0/24", "Subnet=10.1.0.0/24", "Gateway=10.0.0.1",
                "IPRange=10.0.0.8/29",
            ],
            [
                "--subnet", "10.0.0.0/24", "--gateway", "10.0.0.1", "--ip-range", "10.0.0.8/29",
                "--subnet", "10.1.0.0/24",
            ]),
        KeyCase(.network, ["GlobalArgs=-x"], ["/usr/bin/martlet", "-x", "network"]),
        KeyCase(.network, ["InterfaceName=br9"], ["--interface-name", "br9"]),
        KeyCase(.network, ["Internal=no"], ["--internal=false"]),
        KeyCase(.network, ["IPAMDriver=dhcp"], ["--ipam-driver", "dhcp"]),
        KeyCase(.network, ["IPv6=true"], ["--ipv6"]),
        KeyCase(.network, ["Label=a=1"], ["--label", "a=1"]),
        KeyCase(
            .network, ["NetworkDeleteOnStop=yes"],
            ["/usr/bin/martlet", "network", "rm", "systemd-x"], in: "ExecStopPost"),
        KeyCase(.network, ["NetworkName=n"], ["create", "--ignore", "n"]),
        KeyCase(.network, ["Options=b=2 a"], ["--opt", "a", "--opt", "b=2"]),
        KeyCase(.network, ["PodmanArgs=--y"], ["--y", "systemd-x"]),
        KeyCase(.network, ["ServiceName=s"], ["systemd-x"]),
        KeyCase(
            .kube, ["AutoUpdate=registry c/local", "Yaml=a.yml"],
            [
                "--annotation=io.containers.autoupdate=registry",
                "--annotation=io.containers.autoupdate/c=local",
            ]),
        KeyCase(
            .kube, ["ConfigMap=m.yml /n.yml", "Yaml=a.yml"],
            ["--configmap", "/units/m.yml", "--configmap", "/n.yml"]),
        KeyCase(
            .kube, ["ContainersConfModule=m", "Yaml=a.yml"],
            ["--module=m", "kube", "play", "--replace", "--service-container=true"]),
        KeyCase(
            .kube, ["ExitCodePropagation=all", "Yaml=a.yml"],
            ["--service-exit-code-propagation=all"]),
        KeyCase(.kube, ["GlobalArgs=-x", "Yaml=a.yml"], ["/usr/bin/martlet", "-x", "kube"]),
        KeyCase(
            .kube, ["KubeDownForce=yes", "Yaml=a.yml"],
            ["/usr/bin/martlet", "kube", "down", "--force", "/units/a.yml"], in: "ExecStopPost"),
        KeyCase(.kube, ["LogDriver=none", "Yaml=a.yml"], ["--log-driver", "none"]),
        KeyCase(.kube, ["LogOpt=a=1", "Yaml=a.yml"], ["--log-opt", "a=1"]),
        KeyCase(.kube, ["Network=app.network", "Yaml=a.yml"], ["--network", "systemd-app"]),
        KeyCase(.kube, ["PodmanArgs=--y", "Yaml=a.yml"], ["--y", "/units/a.yml"]),
        KeyCase(.kube, ["PublishPort=80:80", "Yaml=a.yml"], ["--publish", "80:80"]),
        KeyCase(
            .kube,
            [
                "RemapUsers=auto", "RemapUid=1:2:3", "RemapGid=4:5:6", "RemapUidSize=5",
                "Yaml=a.yml",
            ], ["--userns", "auto:uidmapping=1:2:3,gidmapping=4:5:6,size=5"]),
        KeyCase(
            .kube, ["ServiceName=s", "SetWorkingDirectory=unit", "Yaml=a.yml"], ["/units/a.yml"]),
        KeyCase(.kube, ["UserNS=auto", "Yaml=a.yml"], ["--userns", "auto"]),
        KeyCase(.kube, ["Yaml=a.yml /b.yml"], ["/units/a.yml", "/b.yml"]),
        KeyCase(.image, ["Image=docker.io/i", "AuthFile=/a"], ["--authfile", "/a"]),
        KeyCase(.image, ["Image=docker.io/i", "CertDir=/c"], ["--cert-dir", "/c"]),
        KeyCase(.image, ["Image=docker.io/i", "Creds=u:p"], ["--creds", "u:p"]),
        KeyCase(.image, ["Image=docker.io/i", "DecryptionKey=/k"], ["--decryption-key", "/k"]),
        KeyCase(.image, ["Image=docker.io/i", "Retry=1"], ["--retry", "1"]),
        KeyCase(.image, ["Image=docker.io/i", "RetryDelay=2s"], ["--retry-delay", "2s"]),
        KeyCase(.image, ["Image=docker.io/i", "Arch=arm64"], ["--arch", "arm64"]),
        KeyCase(.image, ["Image=docker.io/i", "OS=linux"], ["--os", "linux"]),
        KeyCase(.image, ["Image=docker.io/i", "Policy=missing"], ["--policy", "missing"]),
        KeyCase(.image, ["Image=docker.io/i", "Variant=v7"], ["--variant", "v7"]),
        KeyCase(
            .image, ["Image=docker.io/i", "ContainersConfModule=m"],
            ["--module=m", "image", "pull"]),
        KeyCase(
            .image, ["Image=docker.io/i", "GlobalArgs=-x"], ["/usr/bin/martlet", "-x", "image"]),
        KeyCase(.image, ["Image=docker.io/i", "PodmanArgs=--y"], ["--y", "docker.io/i"]),
        KeyCase(.image, ["Image=docker.io/i", "ServiceName=s"], ["pull", "docker.io/i"]),
        KeyCase(
            .image, ["Image=docker.io/i", "TLSVerify=no"], ["--tls-verify=false", "docker.io/i"]),
        KeyCase(
            .image, ["Image=docker.io/i", "AllTags=yes", "ImageTag=t"],
            ["--all-tags", "docker.io/i"]),
        KeyCase(.artifact, ["Artifact=docker.io/a", "AuthFile=/a"], ["--authfile", "/a"]),
        KeyCase(.artifact, ["Artifact=docker.io/a", "CertDir=/c"], ["--cert-dir", "/c"]),
        KeyCase(.artifact, ["Artifact=docker.io/a", "Creds=u:p"], ["--creds", "u:p"]),
        KeyCase(
            .artifact, ["Artifact=docker.io/a", "DecryptionKey=/k"], ["--decryption-key", "/k"]),
        KeyCase(.artifact, ["Artifact=docker.io/a", "Retry=1"], ["--retry", "1"]),
        KeyCase(.artifact, ["Artifact=docker.io/a", "RetryDelay=2s"], ["--retry-delay", "2s"]),
        KeyCase(
            .artifact, ["Artifact=docker.io/a", "ContainersConfModule=m"],
            ["--module=m", "artifact", "pull"]),
        KeyCase(
            .artifact, ["Artifact=docker.io/a", "GlobalArgs=-x"],
            ["/usr/bin/martlet", "-x", "artifact"]),
        KeyCase(.artifact, ["Artifact=docker.io/a", "PodmanArgs=--y"], ["--y", "docker.io/a"]),
        KeyCase(.artifact, ["Artifact=docker.io/a", "ServiceName=s"], ["pull", "docker.io/a"]),
        KeyCase(
            .artifact, ["Artifact=docker.io/a", "TLSVerify=no"],
            ["--tls-verify=false", "docker.io/a"]),
        KeyCase(.artifact, ["Artifact=docker.io/a", "Quiet=yes"], ["--quiet", "docker.io/a"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "Annotation=a=1"],
            ["--annotation", "a=1"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "Arch=arm64"],
            ["--arch", "arm64"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "AuthFile=/a"],
            ["--authfile", "/a"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "BuildArg=A=1"],
            ["--build-arg", "A=1"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "DNS=1.1.1.1"],
            ["--dns", "1.1.1.1"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "DNSOption=x"],
            ["--dns-option", "x"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "DNSSearch=x.org"],
            ["--dns-search", "x.org"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "Environment=A=1"],
            ["--env", "A=1"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "File=C"],
            ["--file", "C"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "GroupAdd=g"],
            ["--group-add", "g"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "IgnoreFile=i"],
            ["--ignorefile", "i"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "Label=a=1"],
            ["--label", "a=1"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "Retry=1"],
            ["--retry", "1"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "RetryDelay=1s"],
            ["--retry-delay", "1s"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "Secret=id=s"],
            ["--secret", "id=s"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "Target=t"],
            ["--target", "t"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "Variant=v7"],
            ["--variant", "v7"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "ContainersConfModule=m"],
            ["--module=m", "build"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "ForceRM=no"],
            ["--force-rm=false"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "GlobalArgs=-x"],
            ["/usr/bin/martlet", "-x", "build"]),
        KeyCase(
            .build, ["SetWorkingDirectory=unit", "ImageTag=a", "ImageTag=b"],
            ["--tag", "a", "--tag", "b"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "Network=app.network"],
            ["--network", "systemd-app"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "PodmanArgs=--y"],
            ["--y", "/units"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "Pull=always"],
            ["build", "--pull=always"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "ServiceName=s"],
            ["/units"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=https://x/y.git"],
            ["https://x/y.git"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "TLSVerify=yes"],
            ["--tls-verify"]),
        KeyCase(
            .build, ["ImageTag=localhost/t", "SetWorkingDirectory=unit", "Volume=data.volume:/d"],
            ["-v", "systemd-data:/d"]),
    ]
}
