import Base
import Specs
import Testing

@testable import Networks

/// The head of a question, and one name.
private func question(
    _ labels: [String], kind: UInt16 = 1, id: UInt16 = 0x1234, flags: UInt16 = 0x0100,
    more: [UInt8] = [], additional: UInt8 = 0
) -> [UInt8] {
    var bytes: [UInt8] = [
        UInt8(id >> 8), UInt8(id & 0xFF), UInt8(flags >> 8), UInt8(flags & 0xFF), 0, 1, 0, 0, 0, 0,
        0, additional,
    ]
    for label in labels { bytes += [UInt8(label.utf8.count)] + label.utf8 }
    return bytes + [0, UInt8(kind >> 8), UInt8(kind & 0xFF), 0, 1] + more
}

struct DNSMessageTests {
    @Test func aQuestionIsReadInSmallLetters() throws {
        let asked = try #require(DNSQuestion(question(["Web", "DNS", "podman"], kind: 28)))
        #expect(asked.name == "web.dns.podman")
        #expect(asked.kind == DNSQuestion.address6)
        #expect(asked.id == 0x1234)
        #expect(asked.isPlain)
        #expect(asked.limit == 512)
    }

    @Test func theSizeOfAnAnswerFollowsTheOptions() throws {
        // The root's name, type 41, 4096 bytes, no flags, no data.
        let options: [UInt8] = [0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 0]
        let asked = try #require(DNSQuestion(question(["web"], more: options, additional: 1)))
        #expect(asked.limit == 1232)
    }

    @Test(arguments: [
        [],
        [0, 1, 2],
        // An answer is nobody's question.
        question(["web"], flags: 0x8180),
        // No name, a name that never ends, one that ends in the middle of a label.
        Array(question(["web"]).prefix(12)),
        Array(question(["web"]).prefix(15)),
        Array(question(["web"]).prefix(16)),
        // A name without its type.
        Array(question(["web"]).prefix(18)),
        // Pointers: to itself, to the head, beyond the end; a question has none.
        Array(question([]).prefix(12)) + [0xC0, 12, 0, 1, 0, 1],
        Array(question([]).prefix(12)) + [0xC0, 0, 0, 1, 0, 1],
        Array(question([]).prefix(12)) + [0xFF, 0xFF, 0, 1, 0, 1],
        // The two kinds of label that were never given a meaning.
        Array(question([]).prefix(12)) + [0x40, 0, 0, 1, 0, 1],
        Array(question([]).prefix(12)) + [0x80, 0, 0, 1, 0, 1],
        // A dot and a zero inside a label.
        question(["a.b"]),
        question(["a\u{0}b"]),
        // More than 255 bytes.
        question([String](repeating: String(repeating: "a", count: 63), count: 5)),
    ])
    func whatIsNoQuestionIsNone(_ bytes: [UInt8]) {
        #expect(DNSQuestion(bytes) == nil)
    }

    @Test func reverseNamesBecomeAddresses() throws {
        let v4 = question(["2", "0", "89", "10", "in-addr", "arpa"], kind: 12)
        #expect(try #require(DNSQuestion(v4)).reversed?.description == "10.89.0.2")
        // fd00:0:…:2 from its last digit on.
        let v6 = question(
            ["2"] + [String](repeating: "0", count: 29) + ["d", "f", "ip6", "arpa"],
            kind: 12)
        #expect(try #require(DNSQuestion(v6)).reversed?.description == "fd00::2")
        let short = question(["2", "10", "in-addr", "arpa"], kind: 12)
        #expect(try #require(DNSQuestion(short)).reversed == nil)
    }

    @Test func anAnswerHasTheQuestionAndItsAddresses() throws {
        let asked = try #require(DNSQuestion(question(["web"])))
        let bytes = DNSAnswer(.good, addresses: [.v4(0x0A59_0002), .v6(high: 1, low: 2)])
            .bytes(to: asked, limit: 512)
        // Of two families only the one that was asked for.
        #expect(
            bytes == [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 3] + Array("web".utf8)
                + [0, 0, 1, 0, 1, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 10, 89, 0, 2])
    }

    @Test func anAnswerThatIsTooLongIsCutAndSaysSo() throws {
        let asked = try #require(DNSQuestion(question(["web"])))
        let all = (0..<200).map { IPAddress.v4(0x0A59_0000 + $0) }
        let bytes = DNSAnswer(.good, addresses: all).bytes(to: asked, limit: 512)
        #expect(bytes.count <= 512)
        #expect(bytes[2] & 2 == 2)
        #expect(Int(bytes[7]) == (bytes.count - 21) / 16)
        let whole = DNSAnswer(.good, addresses: all).bytes(to: asked, limit: 65_535)
        #expect(whole[2] & 2 == 0)
        #expect(whole[7] == 200)
    }

    /// Seeded by the questions above; nothing it makes may trap, and what is read is answered.
    @Test func mutatedQuestionsNeverHarm() throws {
        let seed = UInt64.random(in: 1 ... .max)
        var state = seed
        func random(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        var network = NetworkRecord(id: "", name: "n", created: 0)
        network.subnets = [.init(network: try #require(IPNetwork("10.89.0.0/24")))]
        var table = NameTable(network)
        table.add(
            1, .init(names: ["web"], nameServers: []), addresses: [.v4(0x0A59_0002)])
        let seeds = [
            question(["web"]), question(["web", "dns", "podman"], kind: 28),
            question(["2", "0", "89", "10", "in-addr", "arpa"], kind: 12),
            question(["web"], more: [0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 0], additional: 1),
        ]
        for _ in 0..<200_000 {
            var bytes = seeds[random(seeds.count)]
            for _ in 0...random(6) {
                switch random(4) {
                case 0 where !bytes.isEmpty: bytes[random(bytes.count)] = UInt8(random(256))
                case 1 where !bytes.isEmpty: bytes.remove(at: random(bytes.count))
                case 2: bytes.insert(UInt8(random(256)), at: random(bytes.count + 1))
                default: bytes = Array(bytes.prefix(random(bytes.count + 1)))
                }
            }
            guard let asked = DNSQuestion(bytes), let answer = table.answer(asked) else { continue }
            let made = answer.bytes(to: asked, limit: asked.limit)
            #expect(made.count >= 12 && made[0] == bytes[0], "seed \(seed)")
            _ = NameServer.isAnswer(bytes, to: asked, number: asked.id)
        }
    }
}

struct NameTableTests {
    private func table(internal isInternal: Bool = false) throws -> NameTable {
        var network = NetworkRecord(id: "", name: "n", created: 0)
        network.subnets = [.init(network: try #require(IPNetwork("10.89.0.0/24")))]
        network.isInternal = isInternal
        var table = NameTable(network)
        table.add(
            1, .init(names: ["web", "Shop"], nameServers: []), addresses: [.v4(0x0A59_0002)])
        table.add(
            2, .init(names: ["web2", "shop"], nameServers: [.v4(0x0808_0808)]),
            addresses: [.v4(0x0A59_0003)])
        return table
    }

    private func answer(_ table: NameTable, _ labels: String..., kind: UInt16 = 1) throws
        -> DNSAnswer?
    {
        table.answer(try #require(DNSQuestion(question(labels, kind: kind))))
    }

    @Test func namesAndAliasesLeadToAllThatHaveThem() throws {
        let table = try table()
        #expect(try answer(table, "web")?.addresses.map(\.description) == ["10.89.0.2"])
        #expect(
            try answer(table, "SHOP", "dns", "podman")?.addresses.map(\.description)
                == ["10.89.0.2", "10.89.0.3"])
    }

    @Test func addressesLeadBackToNames() throws {
        let table = try table()
        let known = try answer(table, "2", "0", "89", "10", "in-addr", "arpa", kind: 12)
        #expect(known?.names == ["web", "shop"])
        let free = try answer(table, "9", "0", "89", "10", "in-addr", "arpa", kind: 12)
        #expect(free?.outcome == .noSuchName)
        #expect(try answer(table, "8", "8", "8", "8", "in-addr", "arpa", kind: 12) == nil)
    }

    @Test func whatIsNotOursIsForOthersUnlessTheNetworkIsInternal() throws {
        #expect(try answer(try table(), "example", "org") == nil)
        #expect(try answer(try table(), "nobody", "dns", "podman")?.outcome == .noSuchName)
        // T-NET-4: a question is a way out too.
        #expect(try answer(try table(internal: true), "example", "org")?.outcome == .noSuchName)
        #expect(try answer(try table(internal: true), "web")?.outcome == .good)
    }

    @Test func namesGoWithTheirHolder() throws {
        var table = try table()
        table.remove(1)
        #expect(try answer(table, "web") == nil)
        #expect(try answer(table, "shop")?.addresses.map(\.description) == ["10.89.0.3"])
        #expect(table.nameServers(of: .v4(0x0A59_0003)) == [.v4(0x0808_0808)])
    }

    @Test func answersOfOthersMustFitTheQuestion() throws {
        let asked = try #require(DNSQuestion(question(["web"])))
        let good = DNSAnswer(.good).bytes(to: asked, limit: 512)
        #expect(NameServer.isAnswer(good, to: asked, number: 0x1234))
        #expect(!NameServer.isAnswer(good, to: asked, number: 0x1235))
        #expect(!NameServer.isAnswer(question(["web"]), to: asked, number: 0x1234))
        let other = try #require(DNSQuestion(question(["bank"])))
        #expect(
            !NameServer.isAnswer(
                DNSAnswer(.good).bytes(to: other, limit: 512), to: asked, number: 0x1234))
    }
}
