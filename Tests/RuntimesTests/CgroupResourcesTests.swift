import Base
import Specs
import Testing

@testable import Runtimes

@Suite struct CgroupResourcesTests {
    private func files(_ change: (inout RuntimeConfig.Linux.Resources) -> Void) throws -> [String] {
        var resources = RuntimeConfig.Linux.Resources()
        change(&resources)
        return try CgroupResources.settings(resources).map { "\($0.file)=\($0.value)" }
    }

    @Test func limitsBecomeFilesOfTheUnifiedHierarchy() throws {
        let written = try files {
            var memory = RuntimeConfig.Linux.Resources.Memory()
            memory.limit = 1 << 20
            memory.swap = 3 << 20
            $0.memory = memory
            var cpu = RuntimeConfig.Linux.Resources.CPU()
            cpu.shares = 1024
            cpu.quota = 50_000
            $0.cpu = cpu
            $0.pids = .init(limit: 0)
            $0.unified = ["memory.high": "5"]
        }
        #expect(
            written == [
                "memory.swap.max=2097152", "memory.max=1048576", "cpu.weight=100",
                "cpu.max=50000 100000", "pids.max=max", "memory.high=5",
            ])
    }

    /// What crun 1.28 and runc 1.4 make of them.
    @Test(
        arguments: [
            (0, 1), (2, 1), (3, 2), (512, 59), (1024, 100), (1025, 101), (260_000, 9929),
            (262_144, 10_000), (.max, 10_000),
        ] as [(UInt64, UInt64)])
    func sharesBecomeWeights(_ shares: UInt64, _ weight: UInt64) {
        #expect(CgroupResources.weight(ofShares: shares) == weight)
    }

    /// Without a limit of memory there is no sum of both.
    @Test func swapAloneIsAllOrNothing() throws {
        for (swap, text) in [(Int64(0), "0"), (-1, "max")] {
            var memory = RuntimeConfig.Linux.Resources.Memory()
            memory.swap = swap
            #expect(try files { $0.memory = memory } == ["memory.swap.max=\(text)"])
        }
    }

    /// T-CGROUP-3
    @Test(arguments: ["../x.y", "cgroup.procs", "memory"])
    func unifiedNamesStayInsideTheGroup(_ name: String) {
        #expect(throws: Problem.self) { try files { $0.unified = [name: "1"] } }
    }

    /// What cgroup v2 has nothing for is refused by its name, not dropped.
    @Test(arguments: [
        #"{"memory":{"swappiness":60}}"#, #"{"memory":{"kernel":4096}}"#,
        #"{"memory":{"kernelTCP":4096}}"#, #"{"memory":{"disableOOMKiller":true}}"#,
        #"{"blockIO":{"leafWeight":10}}"#, #"{"cpu":{"realtimePeriod":1000}}"#,
        #"{"network":{"classID":1}}"#,
    ])
    func whatCgroup2HasNotIsRefused(_ text: String) throws {
        let config = try JSON(
            parsing: Array("{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":\(text)}}".utf8),
            name: "config.json"
        ).read(RuntimeConfig.self, name: "config.json")
        let resources = try #require(config.linux?.resources)
        let problem = #expect(throws: Problem.self) { try CgroupResources.settings(resources) }
        #expect("\(try #require(problem))".contains("belongs to cgroup v1"))
    }

    @Test func swapBelowTheLimitIsRefused() {
        #expect(throws: Problem.self) {
            try files {
                var memory = RuntimeConfig.Linux.Resources.Memory()
                memory.limit = 10
                memory.swap = 5
                $0.memory = memory
            }
        }
    }
}
