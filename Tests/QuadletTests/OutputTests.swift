import Foundation
import Kernel
import Testing

import Quadlet

@Suite(.serialized) struct OutputTests {
    private static let files = [
        (
            "a.container",
            "[Container]\nImage=localhost/i\n[Install]\nWantedBy=t.target\nAlias=b.service\n"
        ),
        ("v.volume", "[Volume]\n"),
    ]

    @Test func servicesAndLinksAreWritten() {
        let scratch = Scratch()
        let plan = Bench(OutputTests.files).plan
        #expect(Output.write(plan.services, into: scratch.path) == [])
        #expect(
            scratch.names
                == [
                    "a.service", "b.service", "t.target.wants", "t.target.wants/a.service",
                    "v-volume.service",
                ])
        let text = scratch.read("a.service") ?? ""
        #expect(text.hasPrefix("\(Output.mark)\n#\n\n[X-Container]\n"))
        #expect((try? Files.target("\(scratch.path)/t.target.wants/a.service")) == "../a.service")
        // Again, over what is there.
        #expect(Output.write(plan.services, into: scratch.path) == [])
        #expect(scratch.names.count == 5)
    }

    @Test func linksReplaceLinksButNoFiles() {
        let scratch = Scratch()
        scratch.link("b.service", to: "old.service")
        #expect(Output.write(Bench(OutputTests.files).plan.services, into: scratch.path) == [])
        #expect((try? Files.target("\(scratch.path)/b.service")) == "a.service")
        let other = Scratch()
        other.write("b.service", "mine")
        #expect(Output.write(Bench(OutputTests.files).plan.services, into: other.path).count == 1)
        #expect(other.read("b.service") == "mine")
    }

    /// T-UNIT-5: whichever call is refused, or is the last one before a kill, every unit that is there is
    /// complete.
    @Test func noUnitIsEverTorn() {
        let plan = Bench(OutputTests.files).plan
        var count = 0
        while count < 200 {
            let scratch = Scratch()
            let (problems, reached) = Gate.refusing(call: count, with: 28) {
                Output.write(plan.services, into: scratch.path)
            }
            for service in plan.services {
                let text = scratch.read(service.name)
                #expect(text == nil || text.map { Array($0.utf8) } == Output.bytes(of: service))
            }
            if !reached { break }
            #expect(!problems.isEmpty || count > 0)
            count += 1
        }
        #expect(count > 10)
    }

    @Test func syncKeepsOnlyWhatFilesAskFor() throws {
        let scratch = Scratch()
        scratch.write("own.service", "[Service]\nExecStart=/bin/true\n")
        let first = Bench(OutputTests.files).plan
        #expect(Output.write(first.services, into: scratch.path) == [])
        let before = try SyncDirectory(scratch.path)
        #expect(first.services.filter(before.holds).count == 2)
        let second = Bench([("v.volume", "[Volume]\n")]).plan
        let removal = before.removeStale(keeping: second.services)
        #expect(removal.removed == ["a.service", "b.service", "t.target.wants/a.service"])
        #expect(removal.problems == [])
        #expect(scratch.names == ["own.service", "t.target.wants", "v-volume.service"])
        #expect(try SyncDirectory(scratch.path).removeStale(keeping: second.services).removed == [])
    }

    @Test func thePathUnitIsToldOfDirectoriesBelowTheSearchPath() throws {
        let text = WatchDropIn.text(["/u", "/u/b%c", "/u/a", "/u/x\ny"], roots: ["/u"])
        let wanted = "\(Output.mark)\n[Path]\nPathChanged=/u/a\nPathChanged=/u/b%%c\n"
        #expect(text == wanted)
        #expect(WatchDropIn.text(["/u"], roots: ["/u"]) == nil)
        let scratch = Scratch()
        #expect(try WatchDropIn.write(text, into: scratch.path))
        #expect(scratch.read(WatchDropIn.path) == wanted)
        #expect(try !WatchDropIn.write(text, into: scratch.path))
        #expect(try WatchDropIn.write(nil, into: scratch.path))
        #expect(scratch.read(WatchDropIn.path) == nil)
    }

    @Test func aSyncBesideAGeneratorWritesTheSameBytes() throws {
        let program = try #require(
            OutputTests.program(), "the program martlet is not built beside the tests")
        let scratch = Scratch()
        for (name, text) in OutputTests.files {
            scratch.write("config/containers/systemd/\(name)", text)
        }
        scratch.link("martlet-user-generator", to: program)
        let environment = [
            "HOME": scratch.path, "XDG_CONFIG_HOME": "\(scratch.path)/config",
            "XDG_DATA_HOME": "\(scratch.path)/data", "MARTLET": "/usr/bin/martlet",
            "QUADLET_UNIT_DIRS": "\(scratch.path)/config/containers/systemd",
        ]
        let normal = "\(scratch.path)/normal"
        let status = try OutputTests.run(
            "\(scratch.path)/martlet-user-generator", [normal, normal, "\(scratch.path)/late"],
            environment)
        #expect(status == 0)
        let target = getuid() == 0 ? nil : "data/systemd/user"
        guard let target else { return }
        #expect(
            try OutputTests.run(
                program, ["quadlet", "sync", "--reload-systemd=false"], environment) == 0)
        for name in ["a.service", "v-volume.service"] {
            #expect(scratch.read("normal/\(name)") == scratch.read("\(target)/\(name)"))
        }
    }

    /// T-UNIT-5: several generators at once, some of them killed on the way.
    @Test(.timeLimit(.minutes(1))) func generatorsAtOnceTearNothing() throws {
        let program = try #require(
            OutputTests.program(), "the program martlet is not built beside the tests")
        let scratch = Scratch()
        for number in 0..<40 {
            scratch.write("units/c\(number).container", "[Container]\nImage=localhost/i\(number)\n")
        }
        scratch.link("martlet-user-generator", to: program)
        let out = "\(scratch.path)/out"
        let environment = ["QUADLET_UNIT_DIRS": "\(scratch.path)/units", "MARTLET": "/m"]
        for round in 0..<4 {
            var running: [Process] = []
            for _ in 0..<4 {
                let process = Process()
                process.executableURL = URL(
                    fileURLWithPath: "\(scratch.path)/martlet-user-generator")
                process.arguments = [out, out, out]
                process.environment = environment
                try process.run()
                running.append(process)
            }
            if round < 3 { kill(running[round].processIdentifier, SIGKILL) }
            for process in running { process.waitUntilExit() }
        }
        for number in 0..<40 {
            let text = scratch.read("out/c\(number).service") ?? ""
            #expect(text.hasPrefix(Output.mark) && text.hasSuffix("-d localhost/i\(number)\n"))
        }
    }

    /// The program as this build made it.
    private static func program() -> String? {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        // Whichever configuration the tests were built in, the program was built beside them.
        return [".build/release/martlet", ".build/debug/martlet"]
            .map { root.appendingPathComponent($0).path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static func run(
        _ program: String, _ arguments: [String], _ environment: [String: String]
    ) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = environment
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
