import Base
import Specs
import Testing

@Suite struct NetworkPlanTests {
    @Test(arguments: [
        ("1.2.3.4", "1.2.3.4"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
        ("FD00:0:0::ABCD", "fd00::abcd"),
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
        ("::ffff:1.2.3.4", "::ffff:102:304"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ])
    func addressIsReadAndWritten(text: String, canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
        #expect(IPAddress(bytes: IPAddress(text)?.bytes ?? []) == IPAddress(text))
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.1.1.1", "1.2.3.4 ", ":", ":::", "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "12345::", "g::", "::1%lo", "1.2.3.4::", "1:2:3:4:5:6:7:8::",
        "+1.2.3.4",
    ])
    func nonsenseIsNoAddress(text: String) { #expect(IPAddress(text) == nil) }

    @Test func networkHoldsItsAddresses() throws {
        let network = try #require(IPNetwork("10.1.2.3/24"))
        #expect("\(network)" == "10.1.2.0/24" && "\(network.host(100))" == "10.1.2.100")
        let inside = try #require(IPAddress("10.1.2.255"))
        let outside = try #require(IPAddress("10.1.3.0"))
        #expect(network.contains(inside) && !network.contains(outside))
        let wide = try #require(IPNetwork("fd00:1:2:3:4::/48"))
        #expect("\(wide)" == "fd00:1:2::/48")
        #expect(
            IPNetwork("10.0.0.0/33") == nil && IPNetwork("10.0.0.0") == nil
                && IPNetwork("::/129") == nil)
    }

    @Test func planSurvivesItsJSON() throws {
        var plan = NetworkPlan(ports: try PortMapping.parse("[::1]:8080:80"))
        plan.namespaces = .descriptors(network: 5, user: nil)
        plan.outboundV4 = IPAddress("192.0.2.1")
        let text = JSON(encoding: plan).text()
        #expect(
            try JSON(parsing: Array(text.utf8), name: "plan").decode(NetworkPlan.self, name: "plan")
                == plan)
    }

    @Test func optionsOfBothPodmanStacksAreUnderstood() throws {
        let plan = try NetworkPlan(
            options: [
                "allow_host_loopback=true", "mtu=1500", "cidr=10.9.0.0/24", "enable_ipv6=false",
            ], ports: [])
        #expect(plan.hostLoopback && plan.mtu == 1500 && plan.ipv6 == nil)
        #expect("\(plan.ipv4.container) \(plan.ipv4.dns)" == "10.9.0.100 10.9.0.3")
        let other = try NetworkPlan(options: ["--map-gw", "--mtu", "9000", "-I=eth0"], ports: [])
        #expect(other.hostLoopback && other.mtu == 9000 && other.interface == "eth0")
    }

    @Test(arguments: [
        ["mtu=9"], ["mtu=65522"], ["cidr=10.0.0.0/30"], ["cidr=x"], ["nonsense=1"], ["-I", "a/b"],
        ["-I"],
        ["--trace"], ["allow_host_loopback=maybe"], ["outbound_addr=::1"], ["-g", "192.168.0.1"],
    ])
    func wrongOptionIsRefused(options: [String]) {
        #expect(throws: Problem.self) { try NetworkPlan(options: options, ports: []) }
    }

    @Test func misspeltOptionFindsItsNearest() throws {
        let problem = #expect(throws: Problem.self) {
            try NetworkPlan(options: ["mtuu=1500"], ports: [])
        }
        #expect(problem?.next == "did you mean \"mtu\"?")
    }
}
