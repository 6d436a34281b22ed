import Base
import Networks
import Testing

/// T-NET-1, T-SLIRP-4
@Suite struct FrameFilterTests {
    private func allows(_ frame: [UInt8]) -> Bool { FrameFilter.allows(frame.span) }

    private func v4(_ target: String, transport: UInt8 = 6, port: UInt16 = 80) throws -> [UInt8] {
        let address = try #require(IPAddress(target))
        var frame = [UInt8](repeating: 0, count: 12) + [0x08, 0x00]
        frame += [0x45, 0, 0, 40, 0, 0, 0, 0, 64, transport, 0, 0, 10, 0, 2, 100] + address.bytes
        return frame + [0x12, 0x34, UInt8(port >> 8), UInt8(port & 0xFF)]
            + [UInt8](repeating: 0, count: 16)
    }

    private func v6(_ target: String, transport: UInt8 = 6, port: UInt16 = 80) throws -> [UInt8] {
        let address = try #require(IPAddress(target))
        var frame = [UInt8](repeating: 0, count: 12) + [0x86, 0xDD]
        frame +=
            [0x60, 0, 0, 0, 0, 20, transport, 64] + [UInt8](repeating: 0xFD, count: 16)
            + address.bytes
        return frame + [0x12, 0x34, UInt8(port >> 8), UInt8(port & 0xFF)]
            + [UInt8](repeating: 0, count: 16)
    }

    @Test(arguments: ["10.0.2.2", "192.0.2.1", "126.255.255.255", "128.0.0.1", "223.255.255.255"])
    func ordinaryDestinationPasses(target: String) throws {
        #expect(
            try allows(v4(target)) && allows(v4(target, transport: 17))
                && allows(v4(target, transport: 1)))
    }

    @Test(arguments: [
        "127.0.0.1", "127.255.0.9", "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255",
    ])
    func destinationThatMeansTheHostIsDropped(target: String) throws {
        for transport: UInt8 in [1, 6, 17] {
            #expect(try !allows(v4(target, transport: transport)))
        }
    }

    @Test(arguments: ["fd00::2", "2001:db8::1", "64:ff9b::1"])
    func ordinaryV6DestinationPasses(target: String) throws {
        #expect(try allows(v6(target)) && allows(v6(target, transport: 17)))
    }

    @Test(arguments: [
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:0:127.0.0.1", "fe80::2", "febf::1",
        "fec0::1", "ff02::1",
    ])
    func v6DestinationThatMeansTheHostIsDropped(target: String) throws {
        for transport: UInt8 in [6, 17, 0, 44] {
            #expect(try !allows(v6(target, transport: transport)))
        }
    }

    @Test func neighbourDiscoveryAndAddressResolutionPass() throws {
        #expect(try allows(v6("ff02::1:ff00:2", transport: 58)))
        #expect(
            allows(
                [UInt8](repeating: 0, count: 12) + [0x08, 0x06] + [UInt8](repeating: 0, count: 28)))
    }

    @Test(arguments: [67, 69] as [UInt16])
    func bootProtocolsAreDropped(port: UInt16) throws {
        #expect(try !allows(v4("10.0.2.2", transport: 17, port: port)))
        #expect(try !allows(v6("fd00::2", transport: 17, port: port)))
        #expect(try allows(v4("10.0.2.2", transport: 6, port: port)))
    }

    @Test func everyCutIsSurvived() throws {
        for whole in [try v4("127.0.0.1", transport: 17), try v6("::1", transport: 17)] {
            for count in 0..<whole.count { #expect(!allows(Array(whole[..<count]))) }
        }
        // Another kind of frame: VLAN, IPX, a length.
        for kind: UInt8 in [0x00, 0x81, 0x88] {
            #expect(
                !allows(
                    [UInt8](repeating: 0, count: 12) + [kind, 0] + [UInt8](repeating: 0, count: 60))
            )
        }
    }

    /// Any 64 bytes end in an answer, and none that means the host's loopback is let through.
    @Test func noiseIsSurvived() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var frame = (0..<Int.random(in: 0...64, using: &generator)).map { _ in
                UInt8.random(in: 0...255)
            }
            if frame.count > 30 {
                frame[12] = 0x08
                frame[13] = 0
                frame[30] = 127
                #expect(!allows(frame))
            } else {
                _ = allows(frame)
            }
        }
    }
}

/// T-SLIRP-2: what libslirp 4.7.0 answers by corrupting its memory never reaches it.
@Suite struct FragmentGateTests {
    private final class Gate {
        private var gate = FragmentGate()
        func admits(_ frame: [UInt8], now: Int64) -> Bool { gate.admits(frame.span, now: now) }
    }

    /// A fragment of `size` bytes at `offset` of datagram `number`.
    private func fragment(_ number: UInt8, _ offset: Int, _ size: Int, more: Bool) -> [UInt8] {
        let place = offset / 8 | (more ? 0x2000 : 0)
        let total = 20 + size
        var frame = [UInt8](repeating: 0, count: 12) + [0x08, 0x00]
        frame += [0x45, 0, UInt8(total >> 8), UInt8(total & 0xFF), 0, number]
        frame += [UInt8(place >> 8), UInt8(place & 0xFF), 64, 17, 0, 0, 10, 0, 2, 100, 10, 0, 2, 2]
        return frame + [UInt8](repeating: 0, count: size)
    }

    @Test func fragmentsInOrderPass() {
        let gate = Gate()
        for number: UInt8 in [1, 2, 1] {
            #expect(gate.admits(fragment(number, 0, 1480, more: true), now: 0))
            #expect(gate.admits(fragment(number, 1480, 1480, more: true), now: 0))
            #expect(gate.admits(fragment(number, 2960, 5, more: false), now: 0))
        }
        #expect(gate.admits(fragment(3, 0, 100, more: false), now: 0))
    }

    @Test func overlapsGapsAndRepetitionsAreDropped() {
        let gate = Gate()
        #expect(!gate.admits(fragment(1, 8, 8, more: true), now: 0))
        #expect(gate.admits(fragment(1, 0, 16, more: true), now: 0))
        for (offset, more) in [(0, true), (8, true), (24, true), (8, false), (0, true)] {
            #expect(!gate.admits(fragment(1, offset, 16, more: more), now: 0))
        }
        #expect(gate.admits(fragment(1, 16, 16, more: false), now: 0))
    }

    @Test func wrongSizesAreDropped() {
        let gate = Gate()
        #expect(!gate.admits(fragment(1, 0, 0, more: true), now: 0))
        #expect(!gate.admits(fragment(1, 0, 9, more: true), now: 0))
        #expect(!gate.admits(fragment(1, 65_528, 800, more: false), now: 0))
        var short = fragment(1, 0, 16, more: true)
        short.removeLast()
        #expect(!gate.admits(short, now: 0))
        var options = fragment(1, 0, 16, more: true)
        options[14] = 0x46
        #expect(!gate.admits(options, now: 0))
    }

    @Test func unfinishedDatagramsAreBoundedAndForgotten() {
        let gate = Gate()
        for number: UInt8 in 0..<64 {
            #expect(gate.admits(fragment(number, 0, 8, more: true), now: 0))
        }
        #expect(!gate.admits(fragment(99, 0, 8, more: true), now: 30_000_000_000))
        #expect(gate.admits(fragment(99, 0, 8, more: true), now: 61_000_000_000))
    }
}
