import Testing

import Quadlet

/// What is said about broken files, word for word.
struct DiagnosticTests {
    /// Lines of [Container] below `Image=`, and the complaint about them.
    @Test(
        arguments: [
            (
                "Imgae=x",
                "x.container:3:1: error: unknown key \"Imgae\" in [Container]\n  hint: did you mean \"Image\"?"
            ),
            ("Zzzzzzzz=x", "x.container:3:1: error: unknown key \"Zzzzzzzz\" in [Container]"),
            (
                "Exec=grep \"\\d\"",
                "x.container:3:12: error: \"\\d\" in Exec is an unsupported escape character\n  hint: write \"\\\\d\" where a backslash is meant"
            ),
            (
                "Label=a=1 \\\n  b=\\?",
                "x.container:4:5: error: \"\\?\" in Label is an unsupported escape character\n  hint: write \"\\\\?\" where a backslash is meant"
            ),
            (
                "AddCapability='a",
                "x.container:3:15: error: nothing closes the quote in AddCapability\n  hint: add ' at the end of the quoted words"
            ),
            (
                "ReadOnly=ture",
                "x.container:3:10: warning: \"ture\" is no boolean for ReadOnly and counts as false\n  hint: did you mean \"true\"?"
            ),
            (
                "ReadOnly=maybe",
                "x.container:3:10: warning: \"maybe\" is no boolean for ReadOnly and counts as false\n  hint: write yes or no"
            ),
            (
                "Group=5",
                "x.container:3:7: error: Group= is set but User= is not\n  hint: add User="
            ),
            (
                "Rootfs=/r",
                "x.container:3:8: error: Image= and Rootfs= are both set\n  hint: remove one of them"
            ),
            (
                "ExposeHostPort=80-",
                "x.container:3:16: error: \"80-\" is no port to expose\n  hint: write it like 8080, 8080-8090 or 8080/udp"
            ),
            (
                "Pod=p",
                "x.container:3:5: error: Pod= names \"p\", which is no .pod file\n  hint: name a .pod file beside this one"
            ),
            (
                "Pod=grup.pod",
                "x.container:3:5: error: Pod= names \"grup.pod\", which is no unit file here\n  hint: did you mean \"group.pod\"?"
            ),
            (
                "Network=ap.network",
                "x.container:3:9: error: Network= names \"ap.network\", which is no unit file here\n  hint: did you mean \"app.network\"?"
            ),
            (
                "Network=other.container:x",
                "x.container:3:9: error: the network of \"other.container\" takes no options\n  hint: write Network=other.container"
            ),
            (
                "Volume=dat.volume:/d",
                "x.container:3:8: error: the source \"dat.volume\" is no unit file here\n  hint: did you mean \"data.volume\"?"
            ),
            (
                "Volume=data.volume",
                "x.container:3:8: error: \"data.volume\" has no place in the container\n  hint: write Volume=data.volume:/path"
            ),
            (
                "Mount=type=image,dst=/x",
                "x.container:3:7: error: Mount= of type image has no source\n  hint: add source="
            ),
            (
                "Mount=type=bind,\\\"src=/x",
                "x.container:3:7: error: nothing closes a quote in Mount=\n  hint: close it with \""
            ),
            (
                "ReloadCmd=a\nReloadSignal=HUP",
                "x.container:4:14: error: ReloadCmd and ReloadSignal are mutually exclusive but both are set\n  hint: remove one of them"
            ),
            (
                "RemapUsers=auto\nUserNS=auto",
                "x.container:3:1: error: deprecated Remap keys are set along with explicit mapping keys\n  hint: keep UserNS= and remove RemapUsers="
            ),
            (
                "RemapUid=1:2:3",
                "x.container:3:10: error: RemapUid= and RemapGid= are set but RemapUsers= is not\n  hint: add RemapUsers=auto, keep-id or manual"
            ),
            (
                "RemapUsers=keep-id\nRemapUid=1\nRemapUid=2",
                "x.container:5:10: error: RemapUsers=keep-id allows one RemapUid= and one RemapGid=\n  hint: keep one"
            ),
            (
                "RemapUsers=some",
                "x.container:3:12: error: \"some\" is no value for RemapUsers\n  hint: write auto, keep-id or manual"
            ),
            (
                "[Service]\nKillMode=process",
                "x.container:4:1: error: KillMode=process would leave the container running\n  hint: write mixed or control-group"
            ),
            (
                "[Service]\nType=simple",
                "x.container:4:1: error: Type=simple cannot tell when the container is ready\n  hint: write notify or oneshot"
            ),
            (
                "[Service]\nUser=me",
                "x.container:4:1: warning: User= in [Service] says who runs the engine, not who runs inside\n  hint: use User= or UserNS= in [Container]"
            ),
            (
                "[Quadlet]\nDefaultDependences=no",
                "x.container:4:1: error: unknown key \"DefaultDependences\" in [Quadlet]\n  hint: did you mean \"DefaultDependencies\"?"
            ),
            (
                "[Instal]\nWantedBy=a",
                "x.container:3:1: warning: unknown section [Instal]\n  hint: did you mean [Install]?"
            ),
            (
                "[Install]\nAlias=../x",
                "x.container:4:7: warning: the alias \"../x\" leaves the unit directory, ignoring\n  hint: write a unit's name such as web.service"
            ),
            (
                "[Unit]\nAfter=missing.pod",
                "x.container:4:7: error: After= names \"missing.pod\", which is no unit file here"
            ),
            (
                "nonsense",
                "x.container:3:1: error: \"nonsense\" is neither a section, an assignment nor a comment\n  hint: write it as Key=Value, or begin the line with \"#\""
            ),
        ])
    func containers(_ lines: String, _ complaint: String) {
        let text = "[Container]\nImage=localhost/i\n\(lines)\n"
        let bench = Bench([("x.container", text)] + KeyCase.neighbours)
        #expect(bench.complaints == [complaint])
        let fails = complaint.contains(": error: ")
        #expect(bench.service(of: "x.container")?.isExplanation == fails)
    }

    @Test(
        arguments: [
            (
                "x.container", "[Container]\n",
                "x.container:1:1: error: no Image or Rootfs key specified\n  hint: add Image= to [Container]"
            ),
            (
                "x.container", "[Container]\nImage=short\n",
                "x.container:2:7: warning: \"short\" is a short image name\n  hint: write it with its registry, such as docker.io/library/short"
            ),
            (
                "x.container", "[Container]\nImage=appp.image\n",
                "x.container:2:7: error: Image= names \"appp.image\", which is no unit file here\n  hint: did you mean \"app.image\"?"
            ),
            (
                "x.volume", "[Volume]\nType=ext4\n",
                "x.volume:2:6: error: Type= is set but Device= is not\n  hint: add Device= to [Volume]"
            ),
            (
                "x.volume", "[Volume]\nDriver=image\n",
                "x.volume:2:1: error: the key Image is mandatory when using the image driver\n  hint: add Image= to [Volume]"
            ),
            (
                "x.volume", "[Volume]\nUser=alice\n",
                "x.volume:2:6: warning: \"alice\" is no number for User and counts as 0\n  hint: write a decimal number"
            ),
            (
                "x.network", "[Network]\nGateway=1.2.3.4\n",
                "x.network:2:9: error: cannot set gateway or range without subnet\n  hint: add Subnet= to [Network]"
            ),
            (
                "x.network", "[Network]\nSubnet=a\nIPRange=b\nIPRange=c\n",
                "x.network:4:9: error: cannot set more ranges than subnets\n  hint: add a Subnet= for it"
            ),
            (
                "x.network", "[Network]\nSubnet=a\nGateway=b\nGateway=c\n",
                "x.network:4:9: error: cannot set more gateways than subnets\n  hint: add a Subnet= for it"
            ),
            (
                "x.image", "[Image]\n",
                "x.image:1:1: error: no Image key specified\n  hint: add Image= to [Image]"
            ),
            (
                "x.artifact", "[Artifact]\n",
                "x.artifact:1:1: error: no Artifact key specified\n  hint: add Artifact= to [Artifact]"
            ),
            (
                "x.build", "[Build]\nSetWorkingDirectory=unit\n",
                "x.build:1:1: error: no ImageTag key specified\n  hint: add ImageTag= to [Build]"
            ),
            (
                "x.build", "[Build]\nImageTag=t\n",
                "x.build:1:1: error: neither SetWorkingDirectory, nor File key specified\n  hint: add SetWorkingDirectory=unit"
            ),
            (
                "x.build", "[Build]\nImageTag=t\nFile=C\n",
                "x.build:3:6: error: relative path in File key requires SetWorkingDirectory key to be set\n  hint: add SetWorkingDirectory=unit"
            ),
            (
                "x.build", "[Build]\nImageTag=t\nSetWorkingDirectory=file\n",
                "x.build:3:21: error: SetWorkingDirectory=file needs File=\n  hint: add File= to [Build]"
            ),
            (
                "x.kube", "[Kube]\n",
                "x.kube:1:1: error: no Yaml key specified\n  hint: add Yaml= to [Kube]"
            ),
            (
                "x.kube", "[Kube]\nYaml=a b\nSetWorkingDirectory=yaml\n",
                "x.kube:3:21: error: SetWorkingDirectory=yaml is only supported when a single Yaml key is provided\n  hint: write SetWorkingDirectory=unit"
            ),
            (
                "x.kube", "[Kube]\nYaml=a\nSetWorkingDirectory=x\n",
                "x.kube:3:21: error: \"x\" is no value for SetWorkingDirectory\n  hint: write yaml or unit"
            ),
            (
                "x.kube", "[Kube]\nYaml=a\nRemapUsers=manual\n",
                "x.kube:3:12: error: RemapUsers=manual is not supported\n  hint: write auto or keep-id"
            ),
            (
                "-x.volume", "[Volume]\n",
                "-x.volume:1:1: error: \"-x-volume\" is no name for a service: it begins with \"-\"\n  hint: rename the file or set ServiceName="
            ),
        ])
    func otherTypes(_ file: String, _ text: String, _ complaint: String) {
        #expect(Bench([(file, text)] + KeyCase.neighbours).complaints == [complaint])
    }

    /// The incumbent lets the container run with an anonymous volume, and its data is lost with it.
    @Test(
        arguments: [
            (
                "bad.volume", "[Volume]\nX=1\n", "Volume=bad.volume:/d",
                "bad.volume:2:1: unknown key \"X\" in [Volume]"
            ),
            (
                "bad.image", "[Image]\n", "Mount=type=image,source=bad.image,dst=/i",
                "bad.image:1:1: no Image key specified (add Image= to [Image])"
            ),
            (
                "bad.network", "[Network]\nX=1\n", "Network=bad.network",
                "bad.network:2:1: unknown key \"X\" in [Network]"
            ),
            ("bad.pod", "[Pod]\nX=1\n", "Pod=bad.pod", "bad.pod:2:1: unknown key \"X\" in [Pod]"),
            (
                "bad.container", "[Container]\n", "Network=bad.container",
                "bad.container:1:1: no Image or Rootfs key specified (add Image= to [Container])"
            ),
        ])
    func aBrokenFileRefusesItsDependents(
        _ bad: String, _ text: String, _ line: String, _ reason: String
    ) {
        let bench = Bench([
            (bad, text), ("x.container", "[Container]\nImage=localhost/i\n\(line)\n"),
            ("fine.container", "[Unit]\nAfter=\(bad)\n[Container]\nImage=localhost/i\n"),
        ])
        #expect(bench.service(of: "x.container")?.isExplanation == true)
        #expect(bench.text("x.container").contains(bad))
        let complaint = bench.complaints.last { $0.hasPrefix("x.container") }
        #expect(
            complaint?.contains("\"\(bad)\", which is needed here, has an error\n  hint: \(reason)")
                == true)
        // A word of [Unit] needs the service's name alone, and the service is there to say its reason.
        #expect(bench.service(of: "fine.container")?.isExplanation == false)
    }

    @Test func aBrokenReferenceReachesThroughSeveralFiles() {
        let bench = Bench([
            ("i.image", "[Image]\n"), ("v.volume", "[Volume]\nDriver=image\nImage=i.image\n"),
            ("c.container", "[Container]\nImage=localhost/i\nVolume=v.volume:/d\n"),
        ])
        #expect(bench.plan.services.filter(\.isExplanation).count == 3)
        #expect(bench.text("c.container").contains("i.image:1:1: no Image key specified"))
    }

    @Test func theExplainingServiceSaysAllAndFails() {
        let text = Bench(
            "x.container",
            "[Container]\nImgae=a\nExec=\\d 50% $X\n[Install]\nWantedBy=default.target\n"
        ).text("x.container")
        #expect(
            text == #"""
                [Unit]
                Description=x.container:2:1: unknown key "Imgae" in [Container] (did you mean "Image"?) … and 1 more
                SourcePath=/units/x.container

                [Install]
                WantedBy=default.target

                [Service]
                Type=notify
                NotifyAccess=all
                KillMode=mixed
                Delegate=yes
                SyslogIdentifier=%N
                ExecStart=/usr/bin/martlet quadlet fail -- \#
                "x.container:2:1:\x20unknown\x20key\x20\"Imgae\"\x20in\x20[Container]\x20(did\x20you\x20mean\x20\"Image\"?)" \#
                "x.container:3:6:\x20\"\\d\"\x20in\x20Exec\x20is\x20an\x20unsupported\x20escape\x20character\x20(write\x20\"\\\\d\"\x20where\x20a\x20backslash\x20is\x20meant)"

                """#)
    }

    @Test func everyRefusalSaysTheIncumbentsWordsToo() {
        let bench = Bench("x.container", "[Container]\nBOGUS=1\n")
        #expect(
            bench.plan.findings.map(\.familiar) == [
                "unsupported key 'BOGUS' in group 'Container' in /units/x.container",
                "converting \"x.container\": no Image or Rootfs key specified",
            ])
    }
}
