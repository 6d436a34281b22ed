import Base
import Kernel
import Testing

/// What `Kernel` does in real namespaces: in a program of its own, as the test runner has threads.
@Suite(.serialized, .enabled(if: Probing.program != nil, "SKIPPED: kernel-probe is not built"))
struct NamespaceTests {
    @Test func aUserIsRootInANamespaceOfItsOwn() throws {
        #expect(try Probing.run("user") == "uid 0\nmay mount: true\n")
    }

    /// Nothing of it is seen outside, and it ends with the process.
    @Test func mountsAreMadeChangedAndDetached() throws {
        let before = try Files.readText("/proc/self/mountinfo")
        #expect(
            try Probing.run("mounts")
                == "openat(other) failed with EROFS\ntext\nfile is there: false\n")
        #expect(try Files.readText("/proc/self/mountinfo") == before)
    }

    @Test func theNewRootIsAllThereIs() throws {
        #expect(try Probing.run("pivot") == "[\"only\"]\n/\n")
    }

    @Test func aNewNetworkHasItsLoopbackAlone() throws {
        #expect(
            try Probing.run("network")
                == "[\"lo\"]\nown address: true\nif_nametoindex(eth0) failed with ENODEV\n")
    }

    @Test func aNetworkIsMadeMeanwhile() throws {
        #expect(
            try Probing.run("new-network") == """
                a second beside it: false
                a network: true
                our own: false
                one after it: true
                left open: []
                begun without descriptors: true
                left to reap: false

                """)
    }

    @Test func theFirstProcessOfANamespaceIsOne() throws {
        #expect(try Probing.run("pid") == "pid 1\n\(ProcessEnd.code(7))\n")
    }

    @Test func aFilterRefusesWhatItDoesNotName() throws {
        #expect(try Probing.run("filter") == "socketpair() failed with EPERM\n")
    }

    /// T-CAPS-2
    @Test func capabilitiesGivenUpStayGivenUp() throws {
        #expect(
            try Probing.run("capabilities") == """
                CapEff: 0000000000002000
                CapBnd: 0000000000002000
                NoNewPrivs: 1

                """)
    }

    @Test func aGroupIsKilledWholeAndRemoved() throws {
        let text = try Probing.run("cgroup")
        if text == "none\n" {
            print("SKIPPED: no control group of the unified hierarchy is ours")
            return
        }
        #expect(
            text == """
                processes true
                removed while in use: false
                \(ProcessEnd.signal(9))
                empty true
                removed true

                """)
    }

    /// T-EXE-1
    @Test func aSealedProgramRunsAndCannotBeWritten() throws {
        #expect(try Probing.run("sealed") == "\(ProcessEnd.code(0))\nrefused\n")
    }
}

/// Runs the program `kernel-probe`.
enum Probing {
    static let program = BuiltProgram.path("kernel-probe")

    /// Runs one probe and returns what it printed.
    static func run(_ name: String) throws -> String {
        let ends = try Descriptor.pipe().ends()
        let reading = Descriptor(owning: ends.reading)
        do {
            let writing = Descriptor(owning: ends.writing)
            var spawn = Spawn(program ?? "", ["kernel-probe", name])
            spawn.descriptors = [.init(writing, as: 1), .init(writing, as: 2)]
            let process = try spawn.start()
            if try !process.hasEnded(within: 20_000) {
                Issue.record("the probe \(name) hangs")
                try process.send(signal: 9)
            }
            #expect(try process.wait() == .code(0), "\(name)")
        }
        return String(decoding: try reading.readAll(limit: 64 << 10), as: UTF8.self)
    }
}

/// Programs of the same build as this test.
enum BuiltProgram {
    static func path(_ name: String) -> String? {
        var places = [(try? Caller.directory()) ?? ""].flatMap {
            ["\($0)/.build/release", "\($0)/.build/debug"]
        }
        for argument in CommandLine.arguments {
            for kind in ["release", "debug"] where argument.contains("/\(kind)/") {
                let base = argument.split(separator: "/\(kind)/", maxSplits: 1)[0]
                places.insert("\(base)/\(kind)", at: 0)
            }
        }
        return places.map { "\($0)/\(name)" }.first { Files.exists($0) }
    }
}
