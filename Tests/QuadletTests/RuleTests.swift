import Testing

import Quadlet

struct RuleTests {
    private func unit(_ lines: String) -> String {
        "[Unit]\n\(lines)\n[Container]\nImage=localhost/i\n"
    }

    @Test func dependenciesOnFilesBecomeServices() {
        let bench = Bench([
            (
                "x.container",
                unit(
                    "After=a.service d.volume\nAfter=\"p.pod\"\nWants=other.target\nWants=b.target")
            ),
            ("d.volume", "[Volume]\nServiceName=data\n"), ("p.pod", "[Pod]\n"),
        ])
        #expect(
            bench.values("x.container", "Unit", "After").dropFirst()
                == ["a.service data.service p-pod.service"])
        // A key without a file in it stays as it was written.
        #expect(
            bench.values("x.container", "Unit", "Wants").dropFirst() == [
                "other.target", "b.target",
            ])
    }

    @Test(arguments: Reference.dependencyKeys.sorted())
    func everyDependencyKeyIsTranslated(_ key: String) {
        let bench = Bench([("x.container", unit("\(key)=d.volume")), ("d.volume", "[Volume]\n")])
        #expect(bench.values("x.container", "Unit", key).contains("d-volume.service"))
    }

    @Test func anEmptyDependencyStillResetsTheDefault() {
        let bench = Bench([
            ("x.container", unit("After=\nAfter=d.volume")), ("d.volume", "[Volume]\n"),
        ])
        #expect(
            bench.values("x.container", "Unit", "After").dropFirst() == ["", "d-volume.service"])
    }

    @Test func referencesInjectTheirServices() {
        let bench = Bench(
            [
                (
                    "x.container",
                    "[Container]\nImage=app.image\nNetwork=app.network\nVolume=data.volume:/d\n"
                )
            ]
                + KeyCase.neighbours)
        #expect(
            bench.values("x.container", "Unit", "Requires")
                == ["app-network.service", "data-volume.service", "app-image.service"])
        #expect(bench.words("x.container").last == "docker.io/library/app:1")
    }

    @Test func hostSourcesNeedTheirMounts() {
        let bench = Bench(
            "x.container",
            "[Container]\nImage=localhost/i\nVolume=/a b:/a\nVolume=./c:/c\nVolume=%h/d:/d\nVolume=n:/n\n"
        )
        #expect(
            bench.values("x.container", "Unit", "RequiresMountsFor")
                == ["%t/containers", #""/a\x20b""#, "/units/c"])
    }

    @Test func linksOfInstall() {
        let links = Bench(
            "x.container",
            """
            [Container]
            Image=localhost/i
            [Install]
            Alias=y.service deep/er/z.service ../out.service
            WantedBy=a.target b/c
            WantedBy="d.target"
            RequiredBy=r.target
            UpheldBy=u.service
            """
        ).service(of: "x.container")?.links
        #expect(
            links == [
                Link(path: "y.service", target: "x.service"),
                Link(path: "deep/er/z.service", target: "../../x.service"),
                Link(path: "a.target.wants/x.service", target: "../x.service"),
                Link(path: "d.target.wants/x.service", target: "../x.service"),
                Link(path: "r.target.requires/x.service", target: "../x.service"),
                Link(path: "u.service.upholds/x.service", target: "../x.service"),
            ])
    }

    @Test func aTemplateIsWantedAsItsDefaultInstance() {
        func links(_ file: String, _ more: String) -> [Link]? {
            let text = "[Container]\nImage=localhost/i\n[Install]\nWantedBy=a.target\n\(more)"
            return Bench(file, text).service(of: file)?.links
        }
        #expect(links("x@.container", "") == [])
        #expect(
            links("x@.container", "DefaultInstance=one\n")
                == [Link(path: "a.target.wants/x@one.service", target: "../x@.service")])
        #expect(
            links("x@i.container", "DefaultInstance=one\n")
                == [Link(path: "a.target.wants/x@i.service", target: "../x@i.service")])
    }

    @Test func theDirectoryOfAUnitIsLiteralInItsService() {
        var library = Library()
        let path = "/50% $HOME"
        let text = "[Container]\nImage=localhost/i\nVolume=./%h:/d\nEnvironmentFile=e\n"
        let name = UnitName("x.container")
        var unit = name.map { LoadedUnit(name: $0, directory: path, file: .init(name: "x")) }
        unit?.file = .init(parsing: Array(text.utf8), name: "\(path)/x.container")
        library.units = unit.map { [$0] } ?? []
        let plan = Plan(library, Plan.Settings(engine: "/m", isUser: true) { _ in false })
        let made = plan.services.first?.text.text ?? ""
        #expect(made.contains("SourcePath=/50%% $HOME/x.container\n"))
        #expect(made.contains(#"-v "/50%%\x20$$HOME/%h:/d""#))
        #expect(made.contains(#"--env-file "/50%%\x20$$HOME/e""#))
    }

    @Test(
        arguments: [
            ("File=/a/C", "--file /a/C", ""),
            ("File=C\nSetWorkingDirectory=.", "--file C .", "/units"),
            ("File=s/C\nSetWorkingDirectory=file", "--file s/C /units/s", "/units/s"),
            ("File=/a/C\nSetWorkingDirectory=file", "--file /a/C", "/a"),
            ("SetWorkingDirectory=/ctx", "/ctx", ""),
            ("SetWorkingDirectory=https://h/x.git", "https://h/x.git", ""),
            ("SetWorkingDirectory=UNIT", "/units", "/units"),
            ("File=C\n[Service]\nWorkingDirectory=/w", "--file C /w", "/w"),
            ("File=%h/C", "--file %h/C", ""),
        ])
    func buildContexts(_ lines: String, _ end: String, _ directory: String) {
        let bench = Bench("b.build", "[Build]\nImageTag=localhost/t\n\(lines)\n")
        #expect(bench.words("b.build").joined(separator: " ").hasSuffix("--tag localhost/t \(end)"))
        let wanted = directory.isEmpty ? [] : [directory]
        #expect(bench.values("b.build", "Service", "WorkingDirectory") == wanted)
    }

    @Test func outputIsTheSameEveryTime() {
        let text =
            "[Container]\nImage=localhost/i\nDNS=1.1.1.1\nTmpfs=/t\nAddHost=a:1.1.1.1\nIP=1.2.3.4\nLabel=b=1 a=2\n"
        let first = Bench("x.container", text).text("x.container")
        for _ in 0..<5 { #expect(Bench("x.container", text).text("x.container") == first) }
    }

    @Test func masksYieldNothingAndAreNamed() {
        var library = Library()
        for (file, text) in [
            ("m.volume", ""),
            ("x.container", "[Container]\nImage=localhost/i\nVolume=m.volume:/d\n"),
        ] {
            guard let name = UnitName(file) else { continue }
            var unit = LoadedUnit(
                name: name, directory: "/u",
                file: .init(parsing: Array(text.utf8), name: "/u/\(file)"))
            unit.isMasked = text.isEmpty
            library.units.append(unit)
        }
        let plan = Plan(library, Plan.Settings(engine: "/m", isUser: true) { _ in false })
        #expect(plan.services.map(\.name) == ["x.service"])
        #expect(plan.findings.map(\.problem.next) == ["it is masked by a link to /dev/null"])
    }
}
