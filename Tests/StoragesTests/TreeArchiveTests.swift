import Base
import Kernel
import Storages
import Testing

@Suite struct TreeArchiveTests {
    private func archive(
        _ paths: [String], marks: TreeArchive.Marks = .applied, prefix: FileName? = ""
    ) throws -> [UInt8] {
        try archive(TreePart.open(all: paths), marks: marks, prefix: prefix)
    }

    private func archive(
        _ stack: [TreePart], marks: TreeArchive.Marks = .applied, prefix: FileName? = ""
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try TreeArchive.write(stack, marks: marks, prefix: prefix) { some throws(Problem) in
            for index in some.indices { bytes.append(some[index]) }
        }
        return bytes
    }

    @Test func aTreeSurvivesItsArchive() throws {
        let home = try Home()
        try Tar.unpack(
            Tar.archive(
                Tar.directory("d", mode: 0o2750), Tar.file("d/f", "content", mode: 0o4711),
                Tar.hardLink("d/same", to: "d/f"), Tar.link("d/l", to: "/etc/passwd"),
                Tar.file(String(repeating: "n", count: 180), "long")),
            into: home.directory("one"))
        let bytes = try archive([home.path + "/one"])
        try Tar.unpack(bytes, into: home.directory("two"))
        #expect(
            try listing(home.path + "/one", times: true)
                == listing(home.path + "/two", times: true))
        let status = try Files.status(home.path + "/two/d/same")
        #expect(status.links == 2)
        // The same tree always gives the same bytes.
        #expect(try archive([home.path + "/two"]) == bytes)
    }

    @Test func aLayerKeepsItsWhiteouts() throws {
        let home = try Home()
        try Tar.unpack(
            Tar.archive(
                Tar.directory("d"), Tar.file("d/.wh.gone", ""), Tar.directory("o"),
                Tar.file("o/.wh..wh..opq", "")),
            into: home.directory("one"))
        try Tar.unpack(
            try archive([home.path + "/one"], marks: .kept), into: home.directory("two"))
        #expect(try listing(home.path + "/two") == ["d/ 755", "d/gone whiteout", "o/ 755 opaque"])
        #expect(try listing(home.path + "/one") == listing(home.path + "/two"))
    }

    @Test func aStackIsWrittenAsItIsSeen() throws {
        let home = try Home()
        try Tar.unpack(
            Tar.archive(Tar.directory("d"), Tar.file("d/gone", "x"), Tar.file("d/stays", "low")),
            into: home.directory("low"))
        try Tar.unpack(
            Tar.archive(Tar.directory("d"), Tar.file("d/.wh.gone", ""), Tar.file("d/new", "up")),
            into: home.directory("up"))
        let bytes = try archive([home.path + "/up", home.path + "/low"])
        try Tar.unpack(bytes, into: home.directory("seen"))
        #expect(
            try listing(home.path + "/seen") == ["d/ 755", "d/new 644 up", "d/stays 644 low"])
    }

    @Test func aDifferenceIsOfWhatIsSeen() throws {
        let home = try Home()
        try Tar.unpack(
            Tar.archive(
                Tar.directory("d"), Tar.file("d/gone", "x"), Tar.file("d/changed", "old"),
                Tar.directory("same"), Tar.file("same/f", "x")),
            into: home.directory("low"))
        try Tar.unpack(
            Tar.archive(
                Tar.directory("d"), Tar.file("d/.wh.gone", ""), Tar.file("d/changed", "newer"),
                Tar.directory("new"), Tar.file("new/f", "x")),
            into: home.directory("up"))
        let low = try TreePart.open(all: [home.path + "/low"])
        let up = try TreePart.open(all: [home.path + "/up"])
        let changes = try TreeDifference.between(up + low, and: low)
        #expect(
            changes.map { "\($0.kind.rawValue) \($0.path)" } == [
                "C /d", "C /d/changed", "D /d/gone", "A /new", "A /new/f",
            ])
        #expect(try TreeDifference.between(low, and: low).isEmpty)
    }

    /// Where a file system takes no whiteouts, our overlay writes files in their place.
    @Test func whatFilesHideIsHidden() throws {
        let home = try Home()
        try Tar.unpack(
            Tar.archive(
                Tar.directory("d"), Tar.file("d/gone", "x"), Tar.file("d/stays", "low"),
                Tar.directory("o"), Tar.file("o/old", "x"), Tar.directory("removed"),
                Tar.file("removed/f", "x")),
            into: home.directory("low"))
        let file = try home.file(
            "up.tar",
            Tar.archive(
                Tar.file(".wh.removed", ""), Tar.directory("d"), Tar.file("d/.wh.again", ""),
                Tar.file("d/.wh.gone", ""), Tar.file("d/again", "new"), Tar.directory("o"),
                Tar.file("o/.wh..wh..opq", "")))
        try TreeReading.unpack(file, into: home.directory("up"), keepsOwners: false)
        let up = TreePart(
            SharedDescriptor(try Files.open(home.path + "/up", [.read, .directory])),
            hidesByName: true)
        let low = try TreePart.open(all: [home.path + "/low"])
        try Tar.unpack(try archive([up] + low), into: home.directory("seen"))
        #expect(
            try listing(home.path + "/seen") == [
                "d/ 755", "d/again 644 new", "d/stays 644 low", "o/ 755",
            ])
        try Tar.unpack(try archive([up], marks: .kept), into: home.directory("layer"))
        #expect(
            try listing(home.path + "/layer") == [
                "d/ 755", "d/again 644 new", "d/gone whiteout", "o/ 755 opaque",
                "removed whiteout",
            ])
        let changes = try TreeDifference.between([up] + low, and: low)
        #expect(
            changes.map { "\($0.kind.rawValue) \($0.path)" } == [
                "C /d", "A /d/again", "D /d/gone", "C /o", "D /o/old", "D /removed",
            ])
    }

    /// T-CP-4: an archive that is no layer has no whiteouts, and none leads out of its directory.
    @Test func anArchiveForAVolumeIsTakenAsItIs() throws {
        let home = try Home()
        let file = try home.file("a.tar", Tar.archive(Tar.file(".wh.name", "kept")))
        try home.directory("v").setPermissions(0o1777)
        try TreeReading.unpack(file, into: home.directory("v"), keepsOwners: false)
        #expect(try Files.status(home.path + "/v").permissions == 0o1777)
        #expect(try listing(home.path + "/v") == [".wh.name 644 kept"])
        let bad = try home.file(
            "b.tar", Tar.archive(Tar.link("out", to: "/tmp"), Tar.file("out/f", "x")))
        #expect(throws: Problem.self) {
            try TreeReading.unpack(bad, into: home.directory("v"), keepsOwners: false)
        }
        #expect(!Files.exists("/tmp/f"))
    }

    @Test func aFileWithManyNamesCountsOnce() throws {
        let home = try Home()
        try Tar.unpack(
            Tar.archive(
                Tar.directory("d"), Tar.file("d/f", "12345"), Tar.hardLink("g", to: "d/f"),
                Tar.file("h", "67")),
            into: home.directory("t"))
        let size = try TreeSize.of(try Files.open(home.path + "/t", [.read, .directory]))
        #expect(size.bytes == 7)
        #expect(size.names == 4)
    }
}
