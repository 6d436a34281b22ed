import Kernel
import Testing

@testable import Overlays

/// The names of a merged directory.
@Suite struct ListingTests {
    private func names(_ listing: Listing) -> [String] {
        listing.entries.map { listing.name($0)?.text ?? "" }
    }

    @Test func upperNamesHideLowerOnesAndWhiteoutsHideWithoutShowing() {
        let listing = Listing(sources: 3)
        func add(_ name: String, _ source: Int, shown: Bool = true) {
            listing.add(
                Array(name.utf8)[...], inode: UInt64(source + 1), kind: 8, source: source,
                isShown: shown)
        }
        add("both", 0)
        add("gone", 0, shown: false)
        add("both", 1)
        add("gone", 1)
        add("middle", 1)
        add("middle", 2)
        add("lowest", 2)
        #expect(names(listing) == ["both", "middle", "lowest"])
        #expect(listing.source(of: "both") == 0)
        #expect(listing.source(of: "middle") == 1)
        #expect(listing.source(of: "lowest") == 2)
        #expect(listing.source(of: "gone") == nil)
        #expect(listing.source(of: "never") == nil)
    }

    @Test func thousandsOfNamesAreFoundAgain() {
        let listing = Listing(sources: 2)
        for number in 0..<5000 {
            let name = Array("file \(number)".utf8)
            listing.add(name[...], inode: 1, kind: 8, source: number % 2, isShown: number % 5 != 0)
            // A second time it is the same name.
            listing.add(name[...], inode: 1, kind: 8, source: 1, isShown: true)
        }
        #expect(listing.entries.count == 4000)
        for number in 0..<5000 {
            let source = listing.source(of: FileName("file \(number)"))
            #expect(source == (number % 5 == 0 ? nil : number % 2))
        }
    }

    @Test func oneSourceIsTakenAsItIs() {
        let listing = Listing(sources: 1)
        listing.add([0x61], inode: 1, kind: 8, source: 0, isShown: true)
        listing.add([0x62], inode: 2, kind: 2, source: 0, isShown: false)
        #expect(names(listing) == ["a"])
        #expect(!listing.isIndexed)
    }
}
