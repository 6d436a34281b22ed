import Base
import Engine
import Specs
import Testing

@Suite struct RuntimeConfigPlanTests {
    func situation() -> Situation {
        var situation = Situation(id: String(repeating: "ab", count: 32))
        var image = ImageConfig.Execution()
        image.command = ["sh"]
        image.entrypoint = ["/init"]
        image.environment = ["A=1", "FOO", "=x", "F*", "B=2"]
        situation.image = image
        situation.callerEnvironment = ["FOO": "host", "F1": "host", "LANG": "C"]
        return situation
    }

    func spec() -> ContainerSpec {
        var spec = ContainerSpec()
        spec.name = "web"
        spec.image = "busybox"
        return spec
    }

    @Test func wordsAreJoinedAsPodmanJoinsThem() throws {
        var spec = spec()
        #expect(try RuntimeConfigPlan.words(spec, situation().image) == ["/init", "sh"])
        spec.command = ["ls"]
        #expect(try RuntimeConfigPlan.words(spec, situation().image) == ["/init", "ls"])
        spec.entrypoint = []
        #expect(try RuntimeConfigPlan.words(spec, situation().image) == ["ls"])
        spec.command = []
        #expect(throws: Problem.self) { try RuntimeConfigPlan.words(spec, situation().image) }
    }

    /// T-ENV-1: bare names, globs and empty names of an image copy nothing of the host.
    @Test func imageVariablesNeverCopyTheHosts() throws {
        let config = try RuntimeConfigPlan.make(spec(), situation())
        #expect(
            config.process?.env == [
                "PATH=\(EnvironmentPlan.path)", "container=oci", "A=1", "B=2", "HOME=/root",
                "HOSTNAME=abababababab",
            ])
    }

    @Test func userVariablesMayCopyTheHosts() throws {
        var spec = spec()
        spec.process.environment = [.init("FOO", nil), .init("F*", nil), .init("NONE", nil)]
        let env = try RuntimeConfigPlan.make(spec, situation()).process?.env ?? []
        #expect(env.contains("FOO=host") && env.contains("F1=host"))
        #expect(!env.contains { $0.hasPrefix("NONE") })
    }

    /// T-CAPS-1, T-CAPS-2
    @Test func capabilitiesFollowTheUser() throws {
        var spec = spec()
        let root = try RuntimeConfigPlan.make(spec, situation()).process?.capabilities
        #expect(root?.bounding == CapabilitySets.standard && root?.effective == root?.bounding)
        #expect(root?.inheritable == [] && root?.ambient == [])
        spec.process.user = "1000"
        let plain = try RuntimeConfigPlan.make(spec, situation()).process?.capabilities
        #expect(plain?.effective == [] && plain?.permitted == [] && plain?.ambient == [])
        spec.security.dropCapabilities = ["all"]
        spec.security.addCapabilities = ["net_raw"]
        let given = try RuntimeConfigPlan.make(spec, situation()).process?.capabilities
        #expect(given?.bounding == ["CAP_NET_RAW"] && given?.ambient == ["CAP_NET_RAW"])
    }

    /// T-CAPS-3
    @Test func misspeltCapabilityIsRefused() {
        var spec = spec()
        spec.security.addCapabilities = ["net_rw"]
        #expect {
            try RuntimeConfigPlan.make(spec, situation())
        } throws: {
            ($0 as? Problem)?.next == "did you mean \"CAP_NET_RAW\"?"
        }
    }

    /// T-NS-2
    @Test(arguments: [
        ("kernel.panic", "1"), ("vm.swappiness", "1"), ("net.core.x\n", "1"),
        ("net.ipv4.a", "1\n2"),
        ("net/../kernel/panic", "1"),
    ])
    func parameterOfTheMachineIsRefused(name: String, value: String) {
        var spec = spec()
        spec.resources.sysctls = [name: value]
        #expect(throws: Problem.self) { try RuntimeConfigPlan.make(spec, situation()) }
    }

    @Test func sharedNamespacesAreNotMadeNew() throws {
        var spec = spec()
        spec.network.mode = .host
        spec.spaces.pid = .host
        spec.spaces.ipc = .host
        spec.spaces.uts = .host
        let config = try RuntimeConfigPlan.make(spec, situation())
        #expect(config.linux?.namespaces?.map(\.type) == [.mount, .cgroup])
        #expect(config.hostname == nil)
        #expect(config.mounts?.first?.source == "/proc")
    }

    @Test func usersMountsComeLastAndReplaceOurs() throws {
        var situation = situation()
        situation.mounts = [
            .init(destination: "/a/b", type: "bind", source: "/x", options: ["rbind"]),
            .init(destination: "/dev/shm", type: "bind", source: "/y", options: ["rbind"]),
            .init(destination: "/a", type: "bind", source: "/z", options: ["rbind"]),
        ]
        let mounts = try RuntimeConfigPlan.make(spec(), situation).mounts ?? []
        #expect(mounts.map(\.destination).suffix(3) == ["/a", "/a/b", "/dev/shm"])
        #expect(mounts.filter { $0.destination == "/dev/shm" }.count == 1)
    }
}
