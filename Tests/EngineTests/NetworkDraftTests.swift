import Base
import Specs
import Testing

@testable import Engine

struct NetworkDraftTests {
    private let local = IPNetwork("fd12:3456:789a:1::/64")

    private func make(
        _ others: [NetworkRecord] = [], routes: [String] = [],
        _ change: (inout NetworkWish) -> Void = { _ in }
    ) throws -> NetworkRecord {
        var wish = NetworkWish()
        change(&wish)
        let draft = try NetworkDraft(
            wish, NetworkDefaults(), routes: routes.compactMap { IPNetwork($0) },
            uniqueLocal: try #require(local))
        return try draft.record(id: "id", created: 0, besides: others)
    }

    private func refusal(
        _ others: [NetworkRecord] = [], _ change: (inout NetworkWish) -> Void
    ) -> String? {
        #expect(throws: Problem.self) { _ = try make(others, change) }?.what
    }

    @Test func aNetworkWithoutWishesGetsTheFirstFreeNameAndSubnet() throws {
        let first = try make()
        #expect(first.name == "podman1")
        #expect(first.interface == "podman1")
        #expect(first.subnets.map(\.network.description) == ["10.89.0.0/24"])
        #expect(first.subnets.map(\.gateway.description) == ["10.89.0.1"])
        let second = try make([first])
        #expect(second.name == "podman2")
        #expect(second.subnets.map(\.network.description) == ["10.89.1.0/24"])
    }

    @Test func routesOfTheMachineAreAvoided() throws {
        let network = try make(routes: ["10.89.0.0/22", "10.89.5.0/24"])
        #expect(network.subnets[0].network.description == "10.89.4.0/24")
        #expect(try make(routes: ["10.0.0.0/9"]).subnets[0].network.description == "10.128.0.0/24")
        let full = #expect(throws: Problem.self) { _ = try make(routes: ["10.0.0.0/8"]) }
        #expect(full?.what == "there is no free subnet for the network")
    }

    @Test func routesAreReadFromTheKernelsTable() {
        let table = """
            Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
            eth0\t00000000\t0100590A\t0003\t0\t0\t0\t00000000\t0\t0\t0
            eth0\t0000590A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
            broken line
            """
        #expect(NetworkDefaults.destinations(in: table).map(\.description) == ["10.89.0.0/24"])
    }

    @Test func ipv6IsAddedToWhatIsThere() throws {
        let both = try make { $0.hasIPv6 = true }
        #expect(
            both.subnets.map(\.network.description) == ["10.89.0.0/24", "fd12:3456:789a:1::/64"])
        let own = try make {
            $0.subnets = [IPNetwork("fd00::/64")].compactMap { $0 }
        }
        #expect(own.hasIPv6)
        #expect(own.subnets.map(\.gateway.description) == ["fd00::1"])
    }

    @Test func gatewaysAndRangesBelongToTheirSubnets() throws {
        let network = try make {
            $0.subnets = [IPNetwork("10.1.2.0/24"), IPNetwork("fd00::/64")].compactMap { $0 }
            $0.gateways = [IPAddress("10.1.2.254")].compactMap { $0 }
        }
        #expect(network.subnets.map(\.gateway.description) == ["10.1.2.254", "fd00::1"])
        #expect(
            refusal { $0.gateways = [.v4(0x0A01_0201)] } == "there are more gateways than subnets")
        #expect(
            refusal {
                $0.subnets = [IPNetwork("10.1.2.0/24")].compactMap { $0 }
                $0.gateways = [.v4(0x0A01_0301)]
            } == "the address 10.1.3.1 is not in the subnet 10.1.2.0/24")
    }

    @Test func whatCannotBeIsRefusedByName() throws {
        let first = try make()
        #expect(
            refusal([first]) { $0.subnets = [IPNetwork("10.89.0.128/25")].compactMap { $0 } }
                == "the subnet 10.89.0.128/25 is used already")
        #expect(
            refusal { $0.subnets = [IPNetwork("10.1.2.4/31")].compactMap { $0 } }
                == "the subnet 10.1.2.4/31 has no room for containers")
        #expect(
            refusal { $0.driver = "macvlan" } == "networks of the driver \"macvlan\" are not built")
        #expect(
            refusal { $0.options = ["mtu": "70000"] } == "an MTU of \"70000\" is not possible")
        #expect(
            refusal { $0.options = ["vlan": "5"] } == "the network's option \"vlan\" is not built")
    }

    @Test func theConfigurationChoosesNameSubnetAndPools() throws {
        let text = """
            [network]
            default_network = "house"
            default_subnet = "10.44.0.0/16"
            default_subnet_pools = [{"base" = "10.55.0.0/16", "size" = 26}]
            """
        let file = FileView(["/etc/containers/containers.conf": text])
        let defaults = try NetworkDefaults(
            ConfigurationFiles(environment: [:], uid: 1000), in: file)
        #expect(defaults.name == "house")
        #expect(defaults.subnet.description == "10.44.0.0/16")
        #expect(try defaults.free(besides: []).description == "10.55.0.0/26")
    }
}

struct AttachmentOptionsTests {
    @Test func everyOptionIsRead() throws {
        let options = try AttachmentOptions([
            "ip=10.89.0.7", "ip6=fd00::7", "mac=02:00:5e:00:53:01", "alias=a", "alias=b",
            "interface_name=lan",
        ])
        #expect(options.addresses.map(\.description) == ["10.89.0.7", "fd00::7"])
        #expect(options.mac?.description == "02:00:5e:00:53:01")
        #expect(options.aliases == ["a", "b"])
        #expect(options.interface == "lan")
    }

    @Test(arguments: [
        "ip=fd00::7", "ip6=10.89.0.7", "ip=", "mac=01:00:5e:00:53:01", "mac=2:0:0:0:0:1", "alias=",
        "speed=fast", "interface_name=a/b",
    ])
    func whatIsNoOptionIsRefused(_ word: String) {
        #expect(throws: Problem.self) { _ = try AttachmentOptions([word]) }
    }

    @Test func hardwareAddressesAreAContainersOwn() {
        let id = String(repeating: "ab12", count: 16)
        let first = HardwareAddress(container: id, place: 0)
        #expect(first.description == "aa:12:ab:12:ab:12")
        #expect(first.bytes[0] & 3 == 2)
        #expect(HardwareAddress(first.description) == first)
        #expect(HardwareAddress(container: id, place: 5) != first)
    }
}
