import Base
import Kernel
import Specs
import Testing

@testable import Runtimes

/// A container as simple as it can be.
func plainConfig(_ arguments: [String] = ["true"]) -> RuntimeConfig {
    var config = RuntimeConfig()
    config.process = RuntimeConfig.Process(args: arguments)
    config.root = .init(path: "/root")
    var linux = RuntimeConfig.Linux()
    linux.namespaces = [
        .init(.mount), .init(.pid), .init(.uts), .init(.ipc), .init(.network), .init(.cgroup),
    ]
    config.linux = linux
    return config
}

private func plan(
    _ config: RuntimeConfig, _ change: (inout LaunchPlan.Surroundings) -> Void = { _ in }
) throws -> [LaunchPlan.Deed] {
    var surroundings = LaunchPlan.Surroundings()
    change(&surroundings)
    return try LaunchPlan(Launch(config: config, root: .directory("/root")), in: surroundings)
        .steps.map(\.deed)
}

@Suite struct PlanTests {
    @Test func aPlainContainerIsTheseStepsInThisOrder() throws {
        var config = plainConfig()
        config.hostname = "web"
        config.mounts = [
            .init(destination: "/proc", type: "proc", source: "proc", options: ["nosuid"]),
            .init(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"]),
            .init(destination: "/dev", type: "bind", source: "/dev"),
        ]
        config.linux?.maskedPaths = ["/proc/kcore"]
        config.linux?.readonlyPaths = ["/proc/sys"]
        config.process?.noNewPrivileges = true
        let deeds = try plan(config) { $0.hasFilter = true }
        var proc = LaunchPlan.MountPlan(
            .fileSystem(type: "proc", options: []), name: "proc", at: "/proc")
        proc.attributes = .noSetUserID
        proc.substitute = "/proc"
        var cgroup = LaunchPlan.MountPlan(
            .fileSystem(type: "cgroup2", options: []), name: "cgroup", at: "/sys/fs/cgroup")
        cgroup.attributes = .readOnly
        cgroup.substitute = "/sys/fs/cgroup"
        let dev = LaunchPlan.MountPlan(.bind(recursive: false), name: "/dev", at: "/dev")
        #expect(
            deeds == [
                .leadSession, .newKeyring, .hostName("web"), .propagate(.slave),
                .mountRoot(.directory("/root")),
                .mount(proc), .mount(dev), .report(.prepared), .hold(.go), .newCgroupNamespace,
                .mount(cgroup), .readOnly("/proc/sys"), .mask("/proc/kcore"), .makeDirectory("/"),
                .loopback, .changeRoot(pivoting: true), .stdio(.inherited),
                .fileMask(0o022),
                .enterEarly("/"), .preserve([]), .bound(0), .noNewPrivileges,
                .user(uid: 0, gid: 0, groups: []),
                .capabilities(.init()), .workingDirectory("/"), .find(program: "true"),
                .report(.ready), .hold(.start), .filter, .execute,
            ])
    }

    @Test func withoutNoNewPrivilegesTheFilterComesBeforeTheCapabilitiesGo() throws {
        let deeds = try plan(plainConfig()) { $0.hasFilter = true }
        let filter = try #require(deeds.firstIndex(of: .filter))
        let capabilities = try #require(deeds.firstIndex(of: .capabilities(.init())))
        #expect(filter < capabilities)
    }

    @Test func everyStepSaysWhyItStandsThere() throws {
        let plan = try LaunchPlan(
            Launch(config: plainConfig(), root: .directory("/")), in: .init())
        for step in plan.steps { #expect(!step.reason.isEmpty) }
    }

    /// T-CAPS-3
    @Test func anUnknownCapabilityIsRefusedByName() {
        var config = plainConfig()
        var sets = RuntimeConfig.Capabilities()
        sets.bounding = ["CAP_CHOWN", "CAP_CHWON"]
        config.process?.capabilities = sets
        #expect {
            try plan(config)
        } throws: {
            let problem = $0 as? Problem
            return problem?.what
                == "\"CAP_CHWON\" in process.capabilities.bounding is no capability"
                && problem?.next == "did you mean \"CAP_CHOWN\"?"
        }
    }

    /// T-CAPS-3: runtime-spec config.md asks for a warning where a name is unknown.
    @Test func unknownCapabilitiesOfADocumentAreTakenOutAndNamed() throws {
        var sets = RuntimeConfig.Capabilities()
        sets.bounding = ["CAP_CHWON", "CAP_KILL"]
        sets.ambient = ["UNKNOWN", "CAP_CHWON", "cap_kill"]
        #expect(sets.dropUnknown() == ["CAP_CHWON", "UNKNOWN"])
        #expect(sets.bounding == ["CAP_KILL"])
        #expect(sets.ambient == ["cap_kill"])
        #expect(sets.dropUnknown().isEmpty)
    }

    @Test func whatStartsAtOnceWaitsForNothingButItsStart() throws {
        var launch = Launch(config: plainConfig(), root: .directory("/root"))
        let waiting = try LaunchPlan(launch, in: .init()).steps.map(\.deed)
        launch.startsAtOnce = true
        let deeds = try LaunchPlan(launch, in: .init()).steps.map(\.deed)
        let left: [LaunchPlan.Deed] = [.report(.prepared), .hold(.go), .report(.ready)]
        #expect(deeds == waiting.filter { !left.contains($0) })
        #expect(deeds.contains(.hold(.start)))
    }

    @Test func theNamesOfTheMachineAreSetByTheirCalls() throws {
        var config = plainConfig()
        config.linux?.sysctl = ["kernel.hostname": "a", "kernel/domainname": "b"]
        let deeds = try plan(config)
        #expect(deeds.contains(.hostName("a")))
        #expect(deeds.contains(.domainName("b")))
        config.hostname = "other"
        #expect {
            try plan(config)
        } throws: {
            ($0 as? Problem)?.what == "hostname and sysctl \"kernel.hostname\" say two things"
        }
    }

    @Test func aNetworkThatIsBeingMadeIsTakenAsLateAsCanBe() throws {
        var config = plainConfig()
        config.mounts = ["proc", "tmpfs", "sysfs", "devpts"].map { (type: String) in
            .init(destination: "/" + type, type: type, source: type)
        }
        let usual = try plan(config)
        let deeds = try plan(config) { $0.networkComes = true }
        let place = try #require(deeds.firstIndex(of: .takeNetwork))
        #expect(deeds.filter { $0 != .takeNetwork } == usual)
        guard case .mount(let next) = deeds[place + 1] else { throw Missing() }
        #expect(next.destination == "/sysfs")
        // Whoever waits for the namespaces gets them at once.
        var launch = Launch(config: config, root: .directory("/root"))
        launch.showsNamespaces = true
        var surroundings = LaunchPlan.Surroundings()
        surroundings.networkComes = true
        let shown = try LaunchPlan(launch, in: surroundings).steps.map(\.deed)
        #expect(shown.prefix(2) == [.takeNetwork, .showNamespaces])
        // Without mounts of the container's own nothing can come before it.
        config.linux?.namespaces?.removeAll { $0.type == .mount }
        config.mounts = []
        #expect(try plan(config) { $0.networkComes = true }.first == .takeNetwork)
    }

    private struct Missing: Error {}

    /// T-NS-2
    @Test(arguments: [
        ("kernel.core_pattern", "x", true), ("net.ipv4.ip_forward", "1", false),
        ("kernel.shmmax", "1\n2", true), ("net/../kernel/core_pattern", "x", true),
        ("net.ipv4.conf.a+b", "1", true), ("kernel.msgmax", "8192", false),
        ("kernel.hostnames", "x", true),
    ])
    func onlySysctlsOfOwnNamespacesAreSet(_ name: String, _ value: String, _ refused: Bool) throws {
        var config = plainConfig()
        config.linux?.sysctl = [name: value]
        if refused {
            #expect(throws: Problem.self) { try plan(config) }
        } else {
            #expect(try plan(config).contains(.sysctl(name: name, value: value)))
        }
    }

    /// T-NS-2
    @Test func netSysctlsNeedANetworkNamespace() {
        var config = plainConfig()
        config.linux?.namespaces?.removeAll { $0.type == .network }
        config.linux?.sysctl = ["net.ipv4.ip_forward": "1"]
        #expect(throws: Problem.self) { try plan(config) }
    }

    /// T-NS-1
    @Test func aNamespaceListedTwiceIsRefused() {
        var config = plainConfig()
        config.linux?.namespaces?.append(.init(.pid, path: "/proc/1/ns/pid"))
        #expect(throws: Problem.self) { try plan(config) }
    }

    @Test func mountWordsBecomeFlagsAndOptions() throws {
        let plan = try LaunchPlan.MountPlan(
            .init(
                destination: "/d", type: "bind", source: "rel",
                options: ["rbind", "ro", "rprivate", "nosuid", "dev"]),
            index: 0, bundle: "/b")
        #expect(plan.name == "/b/rel")
        #expect(plan.source == .bind(recursive: true))
        #expect(
            plan.changes == [
                .init(setting: [.readOnly, .noSetUserID]), .init(clearing: .noDevices),
                .init(propagation: .private, recursive: true),
            ])
        let tmpfs = try LaunchPlan.MountPlan(
            .init(destination: "/t", type: "tmpfs", options: ["size=1m", "noexec", "sync"]),
            index: 1,
            bundle: "/b")
        #expect(tmpfs.source == .fileSystem(type: "tmpfs", options: ["size=1m", "sync"]))
        #expect(tmpfs.attributes == .noExecution)
    }

    @Test func overlayNamesAreShortAndEscaped() {
        let words = OverlayWords(
            .init(
                lower: ["/home/a:b/layers/1/diff", "/home/a:b/layers/2,x/diff"],
                upper: "/home/a:b/c/upper", work: "/home/a:b/c/work", options: ["userxattr"]))
        #expect(words.base == "/home/a:b")
        #expect(
            words.text
                == "lowerdir=layers/1/diff:layers/2\\,x/diff,upperdir=c/upper,workdir=c/work,userxattr"
        )
    }

    @Test func processorListsBecomeMasks() throws {
        #expect(try Processors.mask("0-2,9", field: "initial") == [0b111, 0b10])
        #expect(try Processors.mask(nil, field: "initial") == nil)
        for wrong in ["3-1", "a", "-1", "99999", "1-2-3"] {
            #expect(throws: Problem.self) { try Processors.mask(wrong, field: "final") }
        }
    }
}
