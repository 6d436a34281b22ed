import Base
import Kernel
import Specs
import Testing

@testable import Runtimes

@Suite struct CommandTests {
    /// T-CGROUP-3
    @Test(arguments: [
        "/abs/path", "a:b", "user.slice:x:", "..:x:y", "user.slice:x:y/../z", "user.slice:x:%h",
        "user.slice:x:a\nb", "user:x:y",
    ])
    func aCgroupPathThatIsNoUnitIsRefused(_ path: String) throws {
        let id = try ObjectName("c1", of: "container")
        #expect(throws: Problem.self) { try ScopeName(path, id: id, isUser: true) }
    }

    @Test func aCgroupPathNamesSliceAndScope() throws {
        let id = try ObjectName("c1", of: "container")
        let name = try ScopeName("user.slice:libpod:abc", id: id, isUser: true)
        #expect(name.slice == "user.slice")
        #expect(name.unit == "libpod-abc.scope")
        #expect(try ScopeName("", id: id, isUser: false).unit == "martlet-c1.scope")
        #expect(try ScopeName(":a:b.scope", id: id, isUser: false).slice == "system.slice")
    }

    @Test func limitsBecomePropertiesOfTheScope() throws {
        var resources = RuntimeConfig.Linux.Resources()
        resources.memory = .init()
        resources.memory?.limit = 1 << 20
        resources.cpu = .init()
        resources.cpu?.quota = 15_000
        resources.cpu?.period = 10_000
        resources.cpu?.cpus = "0,9"
        resources.pids = .init(limit: -1)
        resources.unified = ["memory.high": "max", "io.max": "8:0 rbps=1"]
        #expect(
            try CgroupResources.properties(resources) == [
                UnitProperty("MemoryMax", .number(1 << 20)),
                UnitProperty("TasksMax", .number(.max)),
                UnitProperty("CPUQuotaPerSecUSec", .number(1_500_000)),
                UnitProperty("CPUQuotaPeriodUSec", .number(10_000)),
                UnitProperty("AllowedCPUs", .bits([1, 2])),
                UnitProperty("MemoryHigh", .number(.max)),
            ])
    }

    @Test func timesBetweenTwoLooksAreRead() throws {
        #expect(try EventsCommand.nanoseconds("500ms") == 500_000_000)
        #expect(try EventsCommand.nanoseconds("1m") == 60_000_000_000)
        #expect(try EventsCommand.nanoseconds("2") == 2_000_000_000)
        for text in ["", "0s", "-1s", "5h", "99999999s", "s"] {
            #expect(throws: Problem.self) { try EventsCommand.nanoseconds(text) }
        }
    }

    @Test func everyCommandExplainsItself() {
        for command in RuntimeCommand.all {
            #expect(command.asksHelp(["--help"]))
            #expect(command.help("crun").hasPrefix("Usage: crun [OPTION...] \(command.name)"))
        }
        // What stands behind the id is the program's own.
        #expect(RuntimeCommand.named("exec")?.asksHelp(["c1", "ls", "--help"]) == false)
    }

    @Test func mapsAmongTheOptionsOfAMountAreRead() throws {
        var mount = RuntimeConfig.Mount(
            destination: "/d", type: "bind", source: "/s",
            options: ["bind", "ridmap=uids=0-1-10#10-11-10;gids=0-100-10"])
        let ids = try MountIDs(mount, index: 0, nil)
        #expect(ids?.isRecursive == true)
        #expect(ids?.users.map(\.hostID) == [1, 11])
        #expect(ids?.groups == [.init(containerID: 0, hostID: 100, size: 10)])
        for word in ["idmap", "idmap=uids=0-1", "idmap=uids=0-1-0;gids=0-1-1", "idmap=x=1"] {
            mount.options = ["bind", word]
            #expect(throws: Problem.self) { try MountIDs(mount, index: 0, nil) }
        }
        mount.options = ["bind"]
        #expect(try MountIDs(mount, index: 0, nil) == nil)
    }

    @Test func policiesOfMemoryAreTheKernels() throws {
        let (mode, nodes) = try LaunchPlan.policy(
            .init(mode: "MPOL_BIND", nodes: "0-1", flags: ["MPOL_F_STATIC_NODES"]))
        #expect(mode == 2 | 1 << 15)
        #expect(nodes == [3])
        #expect(throws: Problem.self) { try LaunchPlan.policy(.init(mode: "MPOL_NOSUCH")) }
        #expect(throws: Problem.self) {
            try LaunchPlan.policy(.init(mode: "MPOL_BIND", nodes: "x"))
        }
    }
}
