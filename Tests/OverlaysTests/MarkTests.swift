import Base
import Specs
import Testing

@testable import Overlays
import Kernel

/// What overlays write into directories, and how owners are shown.
@Suite struct MarkTests {
    @Test func ownMarksAreHiddenAndThoseOfInnerOverlaysEscaped() {
        #expect(Marks.shown("user.overlay.opaque") == nil)
        #expect(Marks.shown("user.fuseoverlayfs.opaque") == nil)
        #expect(Marks.shown("user.mime") == "user.mime")
        #expect(Marks.stored("user.overlay.opaque") == "user.overlay.overlay.opaque")
        #expect(Marks.shown("user.overlay.overlay.opaque") == "user.overlay.opaque")
        #expect(Marks.stored("user.fuseoverlayfs.uid") == nil)
    }

    @Test func fileMarksHideTheNameBehindThem() {
        #expect(Marks.file(hiding: "etc") == ".wh.etc")
        #expect(Marks.isFile(".wh.etc"))
        #expect(!Marks.isFile("wh.etc"))
    }

    @Test func originsTellTheNumberOfTheirFile() {
        let head: [UInt8] = [0, 0xFB, 29, 0, 1] + [UInt8](repeating: 9, count: 16)
        #expect(Origin.inode(in: head + [0x34, 0x12, 0, 0, 7, 7, 7, 7]) == 0x1234)
        // tmpfs puts its generation first.
        let small: [UInt8] = [0, 0xFB, 33, 0, 1] + [UInt8](repeating: 9, count: 16)
        #expect(
            Origin.inode(in: small + [7, 7, 7, 7, 0x34, 0x12, 0, 0, 1, 0, 0, 0]) == 0x1_0000_1234)
        // A length that is not its own, no magic, an unknown kind, and nothing at all.
        #expect(Origin.inode(in: head + [1, 0, 0]) == nil)
        #expect(Origin.inode(in: [0, 0, 29, 0, 1] + [UInt8](repeating: 0, count: 24)) == nil)
        #expect(Origin.inode(in: [0, 0xFB, 29, 0, 99] + [UInt8](repeating: 0, count: 24)) == nil)
        #expect(Origin.inode(in: []) == nil)
    }

    @Test func ownersAreShiftedByRangeAndOthersAreNobodys() {
        let shift = IDShift(ranges: [
            IDRange(inside: 0, outside: 1, count: 1000),
            IDRange(inside: 1000, outside: 0, count: 1),
        ])
        #expect(shift(0) == 1)
        #expect(shift(999) == 1000)
        #expect(shift(1000) == 0)
        #expect(shift(1001) == IDShift.nobody)
        #expect(IDShift(ranges: [])(77) == 77)
    }

    @Test func accessListsAreShiftedEntryByEntry() {
        let shift = OwnerShift(
            user: IDShift(ranges: [IDRange(inside: 0, outside: 0x0102, count: 10)]),
            group: IDShift(ranges: [IDRange(inside: 0, outside: 5, count: 10)]))
        // Version 2; owner, user 3, group 1, mask.
        let owner: [UInt8] = [1, 0, 6, 0, 255, 255, 255, 255]
        let mask: [UInt8] = [0x10, 0, 6, 0, 255, 255, 255, 255]
        let list: [UInt8] =
            [2, 0, 0, 0] + owner + [2, 0, 6, 0, 3, 0, 0, 0] + [8, 0, 4, 0, 1, 0, 0, 0] + mask
        let shifted: [UInt8] =
            [2, 0, 0, 0] + owner + [2, 0, 6, 0, 5, 1, 0, 0] + [8, 0, 4, 0, 6, 0, 0, 0] + mask
        #expect(shift.list(list) == shifted)
        // One that is cut short keeps its rest.
        #expect(shift.list([2, 0, 0, 0, 2, 0]) == [2, 0, 0, 0, 2, 0])
    }

    @Test func plansThatMakeNoSenseAreRefusedByName() {
        func words(_ plan: OverlayPlan) -> String? {
            do throws(Problem) { try plan.check() } catch { return error.what }
            return nil
        }
        #expect(words(OverlayPlan(lower: ["/a"])) == nil)
        #expect(
            words(OverlayPlan(lower: []))
                == "an overlay has from 1 to 128 lower directories, not 0")
        #expect(
            words(OverlayPlan(lower: [String](repeating: "/a", count: 129)))
                == "an overlay has from 1 to 128 lower directories, not 129")
        #expect(
            words(OverlayPlan(lower: ["/a"], upper: "/u"))
                == "an upper directory of an overlay needs a work directory")
        #expect(words(OverlayPlan(lower: ["a"])) == "\"a\" is no absolute path")
        var plan = OverlayPlan(lower: ["/a"])
        plan.uids = [IDRange(inside: 5, outside: 5, count: .max)]
        #expect(words(plan) == "ids cannot be shifted by a range that is empty or too long")
    }
}
