import Testing
import UnitFiles

import Quadlet

struct AdviceTests {
    private func advice(_ lines: String, _ more: (inout Machine) -> Void = { _ in }) -> [String] {
        var machine = Machine(
            isUser: true, firstFreePort: 1024, controllers: ["memory", "pids"],
            exists: { $0 == "/there" })
        more(&machine)
        guard let name = UnitName("x.container") else { return [] }
        let text = "[Container]\nImage=localhost/i\n\(lines)\n"
        let unit = LoadedUnit(
            name: name, directory: "/u",
            file: UnitFile(parsing: Array(text.utf8), name: "/u/x.container"))
        return Advice.on(unit, machine).map { finding in
            "\(finding.problem.place?.line ?? 0):\(finding.problem.place?.column ?? 0) \(finding.rule)"
        }
    }

    @Test(
        arguments: [
            ("[Unit]\nAfter=network-online.target", "4:7 network-online"),
            ("[Service]\nRestart=unless-stopped", "4:1 restart-value"),
            ("[Service]\nRestart=alway", "4:1 restart-value"),
            ("[Service]\nType=oneshot\nRestart=always", "5:1 restart-value"),
            ("[Service]\nCPUQuota=50%", "4:1 limit-not-enforced"),
            ("[Install]\nWantedBy=multi-user.target", "4:10 wanted-by"),
            ("PublishPort=80:80", "3:13 low-port"),
            ("PublishPort=127.0.0.1:443-444:1/udp", "3:13 low-port"),
            ("EnvironmentFile=web.env", "3:17 missing-file"),
            ("Volume=/nowhere:/x", "3:8 missing-file"),
            ("SeccompProfile=/none.json", "3:16 missing-file"),
            ("Mount=type=bind,source=/nowhere,target=/x", "3:7 missing-file"),
            ("ContainersConfModule=/none.conf", "3:22 missing-file"),
            ("Environment=A=1 DB_PASSWORD=x", "3:17 clear-text-secret"),
            ("AutoUpdate=registry", "3:1 update-without-health"),
            ("Image=docker.io/library/nginx", "3:1 start-timeout"),
        ])
    func bites(_ lines: String, _ finding: String) {
        #expect(advice(lines) == [finding])
    }

    @Test(
        arguments: [
            "[Service]\nRestart=on-failure\nMemoryMax=1G", "PublishPort=8080:80", "PublishPort=80",
            "EnvironmentFile=%h/x", "Volume=/there:/x", "Volume=named:/x",
            "Environment=PASSWORD_FILE=/x",
            "Environment=PASSWORD=${P}", "AutoUpdate=registry\nHealthCmd=true",
            "[Install]\nWantedBy=default.target",
            "Image=docker.io/library/nginx\n[Service]\nTimeoutStartSec=900", "Image=x.image",
            "Memory=1g",
        ])
    func isQuiet(_ lines: String) {
        #expect(advice(lines) == [])
    }

    @Test func theFilesOfABuildAreLookedFor() throws {
        let machine = Machine(
            isUser: true, firstFreePort: 1024, controllers: [], exists: { $0 == "/u/There" })
        func rules(_ file: String) throws -> [String] {
            let text = "[Build]\nImageTag=localhost/x\nSetWorkingDirectory=unit\nFile=\(file)\n"
            let unit = LoadedUnit(
                name: try #require(UnitName("x.build")), directory: "/u",
                file: UnitFile(parsing: Array(text.utf8), name: "/u/x.build"))
            return Advice.on(unit, machine).map(\.rule)
        }
        #expect(try rules("There") == [])
        #expect(try rules("https://example.org/Containerfile") == [])
        #expect(try rules("Elsewhere") == ["missing-file"])
        #expect(try rules("/Elsewhere") == ["missing-file"])
    }

    @Test func aSystemServiceMayDoMore() {
        #expect(
            advice("PublishPort=80:80\n[Install]\nWantedBy=multi-user.target") { $0.isUser = false }
                == [])
    }
}
