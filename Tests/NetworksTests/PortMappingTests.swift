import Base
import Specs
import Testing

@Suite struct PortMappingTests {
    @Test(arguments: [
        ("80", PortMapping(hostPort: nil, containerPort: 80)),
        ("8080:80", PortMapping(hostPort: 8080, containerPort: 80)),
        ("0:80", PortMapping(hostPort: nil, containerPort: 80)),
        (":80", PortMapping(hostPort: nil, containerPort: 80)),
        ("0.0.0.0:8080:80", PortMapping(hostPort: 8080, containerPort: 80)),
        ("127.0.0.1::80", PortMapping(hostAddress: "127.0.0.1", hostPort: nil, containerPort: 80)),
        (
            "127.0.0.1:8080:80/TCP",
            PortMapping(hostAddress: "127.0.0.1", hostPort: 8080, containerPort: 80)
        ),
        (
            "[::1]:53:53/udp",
            PortMapping(hostAddress: "::1", hostPort: 53, containerPort: 53, transport: .udp)
        ),
        (
            "[2001:DB8:0::5]::80",
            PortMapping(hostAddress: "2001:db8::5", hostPort: nil, containerPort: 80)
        ),
        ("8000-8010:80-90", PortMapping(hostPort: 8000, containerPort: 80, count: 11)),
        ("80-90", PortMapping(hostPort: nil, containerPort: 80, count: 11)),
        ("1-65535:1-65535", PortMapping(hostPort: 1, containerPort: 1, count: 65535)),
    ])
    func mappingIsRead(text: String, mapping: PortMapping) throws {
        #expect(try PortMapping.parse(text) == [mapping])
        #expect(try PortMapping.parse(mapping.argument) == [mapping])
    }

    @Test func protocolsAreRead() throws {
        #expect(try PortMapping.parse("53:53/tcp,udp").map(\.transport) == [.tcp, .udp])
        #expect(try PortMapping.parse("53:53/sctp").map(\.transport) == [.sctp])
    }

    @Test(arguments: [
        "", ":", "80:", "a", "0", "80/", "80/icmp", "80/tcp/udp", "65536", "-1", "+80", "8 0",
        "90-80",
        "80-", "1-2-3", "8000-8010:80", "::80", "::1:80:80", "[::1]:80", "[::1",
        "[127.0.0.1]:80:80",
        "[::1]80:80", "1.2.3:80:80", "01.2.3.4:80:80", "1:2:3:4", "[fe80::1%eth0]:80:80", "８０",
    ])
    func nonsenseIsNoMapping(text: String) {
        #expect(throws: Problem.self) { try PortMapping.parse(text) }
    }

    @Test func refusalSaysWhatIsWrong() throws {
        let problem = #expect(throws: Problem.self) { try PortMapping.parse("8000-8002:80") }
        #expect(
            problem?.description == """
                error: "8000-8002:80" is no port mapping: 3 host ports cannot lead to 1 container ports
                  hint: write it like 8080:80, 127.0.0.1:8080:80/tcp, [::1]:5353:53/udp or 8000-8010:80-90
                """)
    }

    @Test func contradictionIsRefusedAndRepetitionIsNot() throws {
        #expect(try PortMapping.parse(all: ["8080:80", "8080:80", "8080:80/udp"]).count == 2)
        #expect(try PortMapping.parse(all: ["127.0.0.1:80:80", "[::1]:80:80"]).count == 2)
        #expect(throws: Problem.self) {
            try PortMapping.parse(all: ["8080:80", "127.0.0.1:8080:81"])
        }
        #expect(throws: Problem.self) { try PortMapping.parse(all: ["8080-8090:80-90", "8085:1"]) }
        #expect(throws: Problem.self) { try PortMapping.parse(all: ["1-65535:1-65535"]) }
    }

    @Test(arguments: [
        ("80", "0.0.0.0:->80/tcp"), ("[::1]:1-2:3-4/udp", "[::1]:1-2->3-4/udp"),
    ])
    func mappingIsShownAsByPodman(text: String, shown: String) throws {
        #expect(try PortMapping.parse(text).map(\.description) == [shown])
    }
}
