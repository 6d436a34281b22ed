import Base
import Specs
import Testing

@testable import Engine

@Suite struct NestedMapsTests {
    private let standing = [
        IDRange(inside: 0, outside: 1000, count: 1),
        IDRange(inside: 1, outside: 100_000, count: 65536),
    ]

    private func maps(_ choices: NamespaceChoices, own: IDRange? = nil) throws(Problem)
        -> NestedMaps
    {
        try NestedMaps(
            choices, caller: (1000, 1000), standing: (standing, standing), own: own)
    }

    @Test func theKeptUserIsTheCaller() throws {
        var choices = NamespaceChoices()
        choices.user = .keepID(uid: 5, gid: nil, size: 100)
        let maps = try maps(choices)
        #expect(
            maps.uid == [
                IDRange(inside: 0, outside: 1, count: 5), IDRange(inside: 5, outside: 0, count: 1),
                IDRange(inside: 6, outside: 6, count: 94),
            ])
        #expect(maps.kept?.uid == 5)
        #expect(maps.kept?.gid == 1000)
    }

    @Test func autoTakesItsOwnIdsAndWhatIsPutIn() throws {
        var choices = NamespaceChoices()
        choices.user = .auto(
            size: 100, uidMap: [IDRangeWish(inside: 10, outside: 0, count: 1)], gidMap: [])
        let maps = try maps(choices, own: IDRange(inside: 0, outside: 500, count: 100))
        #expect(
            maps.uid == [
                IDRange(inside: 0, outside: 500, count: 10),
                IDRange(inside: 10, outside: 0, count: 1),
                IDRange(inside: 11, outside: 511, count: 89),
            ])
        #expect(maps.gid == [IDRange(inside: 0, outside: 500, count: 100)])
        #expect(throws: Problem.self) { try self.maps(choices) }
    }

    /// What podman's manual says of `--uidmap`, "Extending previous mappings".
    @Test(arguments: [
        // The caller as 1000, everybody else from 0 on.
        ("+1000:@1000", "0:1:1000 1000:0:1 1001:1001:64536", nil),
        ("+100000:1", "0:0:1 1:2:65535 100000:1:1", nil),
        ("0:0:65000 +100000:1:1", "0:0:1 2:2:64998 100000:1:1", nil),
        ("0:0:65000 +100000:1:1 1:65001:1", "0:0:1 1:65001:1 2:2:64998 100000:1:1", nil),
        // Ids of the host may lie apart here.
        ("0:@100005:3 10:@1000", "0:6:3 10:0:1", nil),
        // What is said of groups alone is not copied.
        ("0:0:1000 u2000:2000", "0:0:1000 2000:2000:1", "0:0:1000"),
        ("u0:5:10", "0:5:10", "0:0:65537"),
        ("+g5:@1000", "0:0:65537", "0:1:5 5:0:1 6:6:65531"),
    ] as [(String, String, String?)])
    func aMapIsExtended(_ words: String, _ users: String, _ groups: String?) throws {
        var choices = NamespaceChoices()
        choices.user = .custom
        choices.uidMap = try words.split(separator: " ").map(Self.wish)
        let maps = try maps(choices)
        func text(_ map: [IDRange]) -> String {
            map.map { "\($0.inside):\($0.outside):\($0.count)" }.joined(separator: " ")
        }
        #expect(text(maps.uid) == users)
        #expect(text(maps.gid) == groups ?? users)
    }

    /// The form of the option, in small.
    private static func wish(_ word: Substring) throws -> IDRangeWish {
        let numbers = word.split(separator: ":").map { part in
            UInt32(part.drop { "+ug@".contains($0) })
        }
        var wish = IDRangeWish(
            inside: try #require(numbers[0]), outside: try #require(numbers[1]),
            count: numbers.count > 2 ? try #require(numbers[2]) : 1)
        wish.isHost = word.contains("@")
        wish.extends = word.contains("+")
        wish.only = word.contains("u") ? .users : word.contains("g") ? .groups : nil
        return wish
    }

    @Test func idsOfOthersAreRefused() {
        var choices = NamespaceChoices()
        choices.user = .custom
        choices.uidMap = [IDRangeWish(inside: 0, outside: 165_535, count: 2)]
        choices.uidMap[0].isHost = true
        let problem = #expect(throws: Problem.self) { try self.maps(choices) }
        #expect(problem?.why == "the host's id 165536 is not one of yours")
    }

    @Test func idsAreGivenOnce() throws {
        let first = try NestedMaps.free(1024, of: 65537, besides: [])
        #expect(first.outside == 1)
        let second = try NestedMaps.free(1024, of: 65537, besides: [first])
        #expect(second.outside == 1025)
        let third = IDRange(inside: 0, outside: 2049, count: 10)
        // A gap is used where it is large enough.
        #expect(try NestedMaps.free(1024, of: 65537, besides: [first, third]).outside == 1025)
        #expect(try NestedMaps.free(1025, of: 65537, besides: [first, third]).outside == 2059)
        let problem = #expect(throws: Problem.self) {
            try NestedMaps.free(65536, of: 65537, besides: [first])
        }
        #expect(problem?.what == "there are no 65536 subordinate ids left for the container")
    }

    @Test func anEntryByNameIsAllSubordinateIds() throws {
        var choices = NamespaceChoices()
        choices.subUIDName = "ada"
        #expect(choices.hasOwnIDs)
        #expect(try maps(choices).uid == [IDRange(inside: 0, outside: 1, count: 65536)])
    }
}
