import Base
import Operations
import Testing
import UnitFiles

import Quadlet

/// What `quadlet check` writes, word for word.
struct CheckTests {
    private static let text = """
        [Unit]
        After=network-online.target
        [Container]
        Image=nginx
        PublishPort=80:80
        Environment=DB_PASSWORD=x
        AutoUpdate=registry
        Volume=/nope:/x
        EnvironmentFile=x.env
        Memory=1g
        [Service]
        Restart=unless-stopped
        CPUQuota=50%
        [Install]
        WantedBy=multi-user.target

        """

    private static func reply() -> QuadletCheck.Reply {
        let bench = Bench("web.container", text)
        let machine = Machine(
            isUser: true, firstFreePort: 1024, controllers: ["pids"], exists: { _ in false })
        var findings = bench.plan.findings
        for unit in bench.plan.library.units { findings += Advice.on(unit, machine) }
        findings.sort {
            ($0.problem.place?.line ?? 0, $0.problem.place?.column ?? 0)
                < ($1.problem.place?.line ?? 0, $1.problem.place?.column ?? 0)
        }
        return QuadletCheck.Reply(findings: findings, files: 1)
    }

    private func content(_ form: QuadletCheck.Form) -> View.Content {
        var request = QuadletCheck.card.blank
        request.form = form
        return QuadletCheck.view(of: CheckTests.reply(), for: request).content
    }

    @Test func everyWarningSaysWhatToDo() {
        guard case .lines(let lines) = content(.text) else {
            Issue.record("it is no text")
            return
        }
        #expect(lines.joined(separator: "\n") + "\n" == CheckTests.golden)
    }

    private static let golden = """
        /units/web.container:2:7: note: a user's manager has no network-online.target \
        [network-online]
          hint: the service waits for martlet-wait-online.service instead; leave it out unless the \
        program inside needs the network at once
        /units/web.container:4:1: note: the first start also pulls the image, and systemd ends it \
        after 90 s [start-timeout]
          hint: add TimeoutStartSec=900 to [Service], or use an .image file
        /units/web.container:4:7: warning: "nginx" is a short image name [short-image-name]
          hint: write it with its registry, such as docker.io/library/nginx
        /units/web.container:5:13: warning: port 80 is below 1024, which a user cannot publish \
        [low-port]
          hint: publish a higher port, or have an administrator run \
        "sysctl net.ipv4.ip_unprivileged_port_start=80"
        /units/web.container:6:13: warning: DB_PASSWORD stands in clear text in a file and on a \
        command line [clear-text-secret]
          hint: use Secret=NAME,type=env,target=DB_PASSWORD
        /units/web.container:7:1: warning: an update that does not work is never rolled back: \
        nothing tells that it does not [update-without-health]
          hint: add HealthCmd= with Notify=healthy, or Notify=yes
        /units/web.container:8:8: warning: Volume= names "/nope", which does not exist \
        [missing-file]
          hint: make it, or correct the path
        /units/web.container:9:17: warning: EnvironmentFile= names "/units/x.env", which does not \
        exist [missing-file]
          hint: make it, or correct the path
        /units/web.container:10:1: warning: Memory= has no effect: this session may not use the \
        memory controller [limit-not-enforced]
          hint: ask an administrator to add Delegate=memory to user@.service
        /units/web.container:12:1: warning: systemd ignores Restart=unless-stopped [restart-value]
          hint: did you mean "always"?
        /units/web.container:13:1: warning: CPUQuota= has no effect: this session may not use the \
        cpu controller [limit-not-enforced]
          hint: ask an administrator to add Delegate=cpu to user@.service
        /units/web.container:15:10: warning: a user's manager has no multi-user.target, so nothing \
        starts the service [wanted-by]
          hint: write WantedBy=default.target
        1 file: 0 errors, 10 warnings, 2 notes

        """

    /// See SARIF 2.1.0, 3.27: what other programs read of a result.
    @Test func theReportForMachinesHasEveryFinding() throws {
        guard case .document(let document) = content(.sarif) else {
            Issue.record("it is no document")
            return
        }
        #expect(document["version"]?.text == "2.1.0")
        let run = try #require(document["runs"]?.elements?.first)
        let results = try #require(run["results"]?.elements)
        #expect(results.count == 12)
        let low = try #require(results.first { $0["ruleId"]?.text == "low-port" })
        #expect(low["level"]?.text == "warning")
        let place = low["locations"]?.elements?.first?["physicalLocation"]
        #expect(place?["artifactLocation"]?["uri"]?.text == "file:///units/web.container")
        #expect(place?["region"]?["startLine"] == .number("5"))
        #expect(place?["region"]?["startColumn"] == .number("13"))
        let rules = run["tool"]?["driver"]?["rules"]?.elements?.compactMap { $0["id"]?.text }
        #expect(rules == Set(results.compactMap { $0["ruleId"]?.text }).sorted())
    }

    /// The structure that SARIF 2.1.0 asks for, member by member: names, types, values, bounds.
    @Test func theReportForMachinesHasTheStandardsStructure() throws {
        guard case .document(let document) = content(.sarif) else {
            Issue.record("it is no document")
            return
        }
        // 3.13: version and runs are required, nothing that the standard does not know is there.
        #expect(names(document) == ["$schema", "version", "runs"])
        #expect(document["version"] == .string("2.1.0"))
        #expect(document["$schema"]?.text?.hasSuffix("/sarif-2.1.0.json") == true)
        for run in try #require(document["runs"]?.elements) {
            #expect(names(run).isSubset(of: ["tool", "results", "columnKind"]))
            // 3.18, 3.19: a driver with a name; the ids of its rules are unique.
            let driver = try #require(run["tool"]?["driver"])
            #expect(names(driver).isSubset(of: ["name", "version", "informationUri", "rules"]))
            #expect(driver["name"]?.text?.isEmpty == false)
            let rules = (driver["rules"]?.elements ?? []).compactMap { $0["id"]?.text }
            #expect(Set(rules).count == rules.count)
            for result in try #require(run["results"]?.elements) { try checkResult(result, rules) }
        }
    }

    /// See SARIF 2.1.0, 3.27 to 3.30.
    private func checkResult(_ result: JSON, _ rules: [String]) throws {
        #expect(names(result) == ["ruleId", "level", "message", "locations"])
        #expect(rules.contains(result["ruleId"]?.text ?? ""))
        #expect(["none", "note", "warning", "error"].contains(result["level"]?.text ?? ""))
        let message = try #require(result["message"])
        #expect(names(message) == ["text"] && message["text"]?.text?.isEmpty == false)
        for location in try #require(result["locations"]?.elements) {
            #expect(names(location) == ["physicalLocation"])
            let place = try #require(location["physicalLocation"])
            #expect(names(place) == ["artifactLocation", "region"])
            let uri = try #require(place["artifactLocation"]?["uri"]?.text)
            // RFC 3986: what a file's name may have and a URI may not is encoded.
            #expect(uri.hasPrefix("file:///") && uri.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
            let region = try #require(place["region"])
            #expect(names(region) == ["startLine", "startColumn"])
            for name in ["startLine", "startColumn"] {
                guard case .number(let digits)? = region[name] else {
                    Issue.record("\(name) is no number")
                    continue
                }
                #expect((Int(digits) ?? 0) >= 1)
            }
        }
    }

    private func names(_ json: JSON) -> Set<String> {
        guard case .object(let members) = json else { return [] }
        return Set(members.map(\.name))
    }
}
