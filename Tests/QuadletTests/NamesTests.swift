import Testing

import Quadlet

struct NamesTests {
    private static let bodies: [UnitType: String] = [
        .container: "[Container]\nImage=localhost/i\n", .kube: "[Kube]\nYaml=a.yml\n",
        .volume: "[Volume]\n", .network: "[Network]\n", .image: "[Image]\nImage=localhost/i\n",
        .build: "[Build]\nImageTag=localhost/t\nSetWorkingDirectory=unit\n",
        .artifact: "[Artifact]\nArtifact=localhost/a\n", .pod: "[Pod]\n",
    ]

    @Test(
        arguments: [
            ("x.container", "x.service"), ("x.kube", "x.service"), ("x.volume", "x-volume.service"),
            ("x.network", "x-network.service"), ("x.image", "x-image.service"),
            ("x.build", "x-build.service"), ("x.artifact", "x-artifact.service"),
            ("x.pod", "x-pod.service"), ("x@.container", "x@.service"),
            ("x@i.container", "x@i.service"),
            ("x@.volume", "x-volume@.service"), ("x@i.volume", "x-volume@i.service"),
            ("x@.network", "x-network@.service"), ("x@i.pod", "x-pod@i.service"),
            (".hidden.container", ".hidden.service"), ("a.b.container", "a.b.service"),
        ])
    func fileBecomesService(_ file: String, _ service: String) throws {
        let type = try #require(UnitName(file)?.type)
        let bench = Bench(file, NamesTests.bodies[type] ?? "")
        #expect(bench.plan.services.map(\.name) == [service])
        let renamed = Bench(
            file, (NamesTests.bodies[type] ?? "") + "[\(type.section)]\nServiceName=other\n")
        #expect(renamed.plan.services.map(\.name) == ["other.service"])
    }

    /// The incumbent names the object of `data@x.volume` `systemd-data@-%i`, its last letter lost.
    @Test(
        arguments: [
            ("data.volume", "systemd-data"), ("data@.volume", "systemd-data-%i"),
            ("data@x.volume", "systemd-data-x"), ("n@.network", "systemd-n-%i"),
            ("n@west.network", "systemd-n-west"), ("p@.pod", "systemd-p-%i"),
            ("p@1.pod", "systemd-p-1"),
        ])
    func objectsOfInstancesHaveTheirNames(_ file: String, _ object: String) throws {
        let type = try #require(UnitName(file)?.type)
        let key = type == .pod ? "ExecStartPre" : "ExecStart"
        #expect(Bench(file, NamesTests.bodies[type] ?? "").words(file, key).last == object)
    }

    @Test func containersOfTemplatesAreNamedBySystemd() {
        let body = NamesTests.bodies[.container] ?? ""
        #expect(Bench("x@.container", body).words("x@.container").contains("systemd-%p_%i"))
        #expect(Bench("x@a.container", body).words("x@a.container").contains("systemd-%p_%i"))
    }

    @Test func aTemplateNamesTheObjectsOfItsInstance() {
        let bench = Bench([
            (
                "x@.container",
                "[Container]\nImage=localhost/i\nVolume=d@.volume:/d\nNetwork=n@.network\n"
            ),
            (
                "y.container",
                "[Unit]\nAfter=x@one.container\n[Container]\nImage=localhost/i\nVolume=d@b.volume:/d\n"
            ),
            ("d@.volume", "[Volume]\n"), ("n@.network", "[Network]\n"),
        ])
        #expect(bench.words("x@.container").contains("systemd-d-%i:/d"))
        #expect(bench.words("x@.container").contains("systemd-n-%i"))
        #expect(
            bench.values("x@.container", "Unit", "Requires")
                == ["n-network@.service", "d-volume@.service"])
        // An instance without a file of its own is its template's.
        #expect(bench.words("y.container").contains("systemd-d-b:/d"))
        #expect(bench.values("y.container", "Unit", "Requires") == ["d-volume@b.service"])
        #expect(bench.values("y.container", "Unit", "After").contains("x@one.service"))
    }

    /// T-UNIT-4
    @Test(arguments: [
        "-x", "a b", "a%b", "a\nb", "@i", "", "a@b@c", "\u{E9}", "a/b",
        String(repeating: "x", count: 250),
    ])
    func aNameThatSystemdWouldNotLoadIsRefused(_ base: String) {
        let bench = Bench("\(base).container", "[Container]\nImage=localhost/i\n")
        #expect(bench.plan.services.isEmpty)
        #expect(bench.plan.hasErrors)
        let named = Bench("ok.container", "[Container]\nImage=localhost/i\nServiceName=../x\n")
        #expect(named.plan.services.isEmpty)
    }

    @Test func ofTwoFilesForOneServiceTheSecondIsLeftOut() {
        let bench = Bench([
            ("a.kube", "[Kube]\nYaml=a.yml\n"), ("a.container", "[Container]\nImage=localhost/i\n"),
        ])
        #expect(bench.plan.services.map(\.name) == ["a.service"])
        #expect(bench.words("a.container").contains("run"))
        #expect(
            bench.complaints == [
                """
                a.kube:1:1: warning: "a.container" makes a.service as well, leaving this file out
                  hint: rename one of the files or set ServiceName=
                """
            ])
        #expect(!bench.plan.hasErrors)
    }

    @Test func podsStartTheirMembersAndNoTemplates() {
        func member(_ more: String = "") -> String {
            "[Container]\nImage=localhost/i\nPod=p.pod\n\(more)"
        }
        let bench = Bench([
            ("p.pod", "[Pod]\n"), ("a.container", member()),
            ("b.container", member("StartWithPod=no\n")),
            ("t@.container", member()), ("t@i.container", member()),
        ])
        let started = bench.values("p.pod", "Unit", "Wants").dropFirst()
        #expect(started == ["a.service", "t@i.service"])
        #expect(bench.values("p.pod", "Unit", "Before") == ["a.service", "t@i.service"])
        #expect(bench.values("b.container", "Unit", "BindsTo") == ["p-pod.service"])
        #expect(bench.values("b.container", "Unit", "After").last == "p-pod.service")
        #expect(bench.words("a.container").contains("systemd-p"))
    }
}
