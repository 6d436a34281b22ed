import Base
import Kernel
import Networks
import Specs
import Testing

@Suite struct InnerSideTests {
    private func ways(_ client: String, hasIPv6: Bool = true, keepsSources: Bool = true) throws
        -> [String]
    {
        let side = InnerSide(NetworkPlan(), hasIPv6: hasIPv6, keepsSources: keepsSources)
        let end = Endpoint(try #require(IPAddress(client)), port: 4000)
        return side.ways(for: end, isTCP: true, port: 80).map { way in
            "\(way.from.map { "\($0)" } ?? "-") > \(way.to)"
        }
    }

    @Test func clientComesFromItsOwnAddress() throws {
        #expect(
            try ways("198.51.100.7") == [
                "198.51.100.7:4000 > 10.0.2.100:80", "198.51.100.7:0 > 10.0.2.100:80",
                "- > 10.0.2.100:80",
            ])
    }

    /// T-NET-2: nothing ever comes from, or goes to, the container's loopback.
    @Test(arguments: ["127.0.0.1", "169.254.3.4", "10.0.2.100"])
    func clientWithAnAddressOfAnotherMeaningComesFromTheGateway(client: String) throws {
        #expect(try ways(client) == ["10.0.2.2:0 > 10.0.2.100:80", "- > 10.0.2.100:80"])
    }

    @Test func serviceOfIPv4AloneIsReachedByIPv6() throws {
        let found = try ways("2001:db8::9")
        #expect(found.first == "[2001:db8::9]:4000 > [fd00::100]:80")
        #expect(found.suffix(2) == ["10.0.2.2:0 > 10.0.2.100:80", "- > 10.0.2.100:80"])
        #expect(try ways("2001:db8::9", hasIPv6: false) == Array(found.suffix(2)))
        #expect(try ways("::1").first == "[fd00::2]:0 > [fd00::100]:80")
    }

    @Test func kernelThatCannotKeepSourcesShowsTheContainer() throws {
        #expect(try ways("198.51.100.7", keepsSources: false) == ["- > 10.0.2.100:80"])
    }

    @Test func messageOfTheAgentSurvivesItsBytes() throws {
        let kind = SocketKind(isTCP: false, isV4: true)
        for message: AgentMessage in [
            .ready(keepsSources: true, hasIPv6: false), .request(kind, count: 64),
            .sockets(kind),
            .failed(Problem(.kernel, "x", why: "y")),
        ] {
            #expect(try AgentMessage(message.bytes) == message)
        }
        for nonsense: [UInt8] in [[], [0], [0, 1, 1, 1], [2, 9], [2, 0, 1, 1], [3, 0], [9, 0, 0]] {
            #expect(throws: Problem.self) { try AgentMessage(nonsense) }
        }
    }

    @Test func nameServersAreRead() {
        let text =
            "# comment\nsearch example.org\nnameserver 192.0.2.53\nnameserver\t2001:db8::53  # x\n"
            + "nameserver fe80::1%eth0\nnameserver\nnameserverx 1.2.3.4\n"
        #expect(ResolverFile.servers(in: text).map(\.description) == ["192.0.2.53", "2001:db8::53"])
    }
}
