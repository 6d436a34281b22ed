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
            size: 100, uidMap: [IDRange(inside: 10, outside: 0, count: 1)], gidMap: [])
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
