import Testing

import Quadlet

/// The whole service of the smallest file of each type.
struct SkeletonTests {
    @Test func container() {
        let text = Bench(
            "web.container",
            "# mine\n[Unit]\nDescription=Web\n\n[Container]\nImage=localhost/i\n\n[Service]\nRestart=always\n"
        ).text("web.container")
        #expect(
            text == """
                # mine

                [Unit]
                Wants=martlet-user-wait-network-online.service
                After=martlet-user-wait-network-online.service
                Description=Web
                SourcePath=/units/web.container
                RequiresMountsFor=%t/containers

                [X-Container]
                Image=localhost/i

                [Service]
                Restart=always
                Environment=PODMAN_SYSTEMD_UNIT=%n
                KillMode=mixed
                ExecStop=/usr/bin/martlet rm -v -f -i systemd-%N
                ExecStopPost=-/usr/bin/martlet rm -v -f -i systemd-%N
                Delegate=yes
                Type=notify
                NotifyAccess=all
                SyslogIdentifier=%N
                ExecStart=/usr/bin/martlet run --name systemd-%N --replace --rm --cgroups=split \
                --sdnotify=conmon -d localhost/i

                """)
    }

    @Test func pod() {
        #expect(
            Bench("p.pod", "[Pod]\n").text("p.pod") == """
                [X-Pod]

                [Unit]
                Wants=martlet-user-wait-network-online.service
                After=martlet-user-wait-network-online.service
                SourcePath=/units/p.pod
                RequiresMountsFor=%t/containers

                [Service]
                ExecStartPre=/usr/bin/martlet pod create --infra-conmon-pidfile=%t/%N.pid --replace \
                --exit-policy stop --infra-name systemd-p-infra --name systemd-p
                ExecStart=/usr/bin/martlet pod start systemd-p
                ExecStop=/usr/bin/martlet pod stop --ignore --time=10 systemd-p
                ExecStopPost=/usr/bin/martlet pod rm --ignore --force systemd-p
                Environment=PODMAN_SYSTEMD_UNIT=%n
                Type=forking
                PIDFile=%t/%N.pid
                SyslogIdentifier=%N
                Restart=on-failure

                """)
    }

    @Test(
        arguments: [
            ("v.volume", "[Volume]\n", "volume create --ignore systemd-v"),
            ("n.network", "[Network]\n", "network create --ignore systemd-n"),
            ("i.image", "[Image]\nImage=localhost/i\n", "image pull localhost/i"),
            ("a.artifact", "[Artifact]\nArtifact=localhost/a\n", "artifact pull localhost/a"),
        ])
    func object(_ file: String, _ text: String, _ command: String) {
        let bench = Bench(file, text)
        let section = bench.service(of: file)?.text.sections.first { $0.name == "Service" }
        #expect(
            section?.lines.map(\.text) == [
                "ExecStart=/usr/bin/martlet \(command)", "SyslogIdentifier=%N", "Type=oneshot",
                "RemainAfterExit=yes",
            ])
    }

    @Test func build() {
        let bench = Bench("b.build", "[Build]\nImageTag=localhost/t\nSetWorkingDirectory=unit\n")
        let section = bench.service(of: "b.build")?.text.sections.first { $0.name == "Service" }
        #expect(
            section?.lines.map(\.text) == [
                "SyslogIdentifier=%N", "Type=oneshot", "WorkingDirectory=/units",
                "ExecStart=/usr/bin/martlet build --tag localhost/t /units",
            ])
    }

    @Test func kube() {
        let bench = Bench("k.kube", "[Kube]\nYaml=k.yml\n")
        let section = bench.service(of: "k.kube")?.text.sections.first { $0.name == "Service" }
        #expect(
            section?.lines.map(\.text) == [
                "KillMode=mixed", "Environment=PODMAN_SYSTEMD_UNIT=%n", "Type=notify",
                "NotifyAccess=all",
                "SyslogIdentifier=%N",
                "ExecStart=/usr/bin/martlet kube play --replace --service-container=true /units/k.yml",
                "ExecStopPost=/usr/bin/martlet kube down /units/k.yml",
            ])
    }

    @Test func aSystemServiceWaitsForTheNetwork() {
        let bench = Bench("v.volume", "[Volume]\n", isUser: false)
        #expect(bench.values("v.volume", "Unit", "Wants") == ["network-online.target"])
        #expect(bench.values("v.volume", "Unit", "After") == ["network-online.target"])
    }

    @Test func aUserServiceWaitsOnlyWhereItsFileAsks() {
        let waiter = "martlet-wait-online.service"
        let plain = Bench("v.volume", "[Volume]\n")
        #expect(!plain.values("v.volume", "Unit", "Wants").contains(waiter))
        for key in ["Wants", "After", "Requires"] {
            let asking = Bench("v.volume", "[Unit]\n\(key)=network-online.target\n[Volume]\n")
            #expect(asking.values("v.volume", "Unit", "Wants").contains(waiter))
            #expect(asking.values("v.volume", "Unit", "After").contains(waiter))
        }
        let none = Bench("v.volume", "[Quadlet]\nDefaultDependencies=no\n[Volume]\n")
        #expect(none.values("v.volume", "Unit", "Wants") == [])
        #expect(none.text("v.volume").contains("[X-Quadlet]\nDefaultDependencies=no\n"))
    }

    @Test func valuesOfTheUserStay() {
        let bench = Bench(
            "v.volume",
            "[Volume]\n[Service]\nType=exec\nRemainAfterExit=no\nSyslogIdentifier=me\nFoo=bar\n[Extra]\nA=1\n"
        )
        #expect(bench.values("v.volume", "Service", "Type") == ["exec"])
        #expect(bench.values("v.volume", "Service", "RemainAfterExit") == ["no"])
        #expect(bench.values("v.volume", "Service", "SyslogIdentifier") == ["me"])
        #expect(bench.values("v.volume", "Extra", "A") == ["1"])
    }

    @Test func aOneshotContainerRunsInTheForeground() {
        let bench = Bench(
            "x.container", "[Container]\nImage=localhost/i\nNotify=yes\n[Service]\nType=oneshot\n")
        let words = bench.words("x.container")
        #expect(!words.contains("-d") && !words.contains { $0.hasPrefix("--sdnotify") })
        #expect(bench.values("x.container", "Service", "NotifyAccess") == [])
        #expect(bench.values("x.container", "Service", "Type") == ["oneshot"])
    }

    @Test func aTypeSectionThatIsAlreadyThereTakesTheOtherIn() {
        let bench = Bench("v.volume", "[X-Volume]\nA=1\n[Volume]\nVolumeName=n\n")
        #expect(bench.text("v.volume").contains("[X-Volume]\nA=1\nVolumeName=n\n"))
        #expect(!bench.text("v.volume").contains("[Volume]"))
    }
}
