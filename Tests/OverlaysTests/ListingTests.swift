import Kernel
import Testing

@testable import Overlays

/// The names of a merged directory.
@Suite struct ListingTests {
    private func all(_ listing: Listing, after cookie: Int = 0) -> [Listing.Entry] {
        listing.places(after: cookie).map { listing.entry(at: $0) }
    }

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

    @Test func aReadingGoesOnInANewerListing() {
        func listing(_ numbers: some Sequence<Int>) -> Listing {
            let listing = Listing(sources: 1)
            for number in numbers {
                listing.add(
                    Array("f\(number)".utf8)[...], inode: 1, kind: 8, source: 0, isShown: true)
            }
            listing.finish()
            return listing
        }
        let before = listing(0..<4000)
        let read = all(before).prefix(1000)
        #expect(all(before).count == 4000)
        #expect(all(before).allSatisfy { $0.cookie > 2 && $0.cookie <= Int(Int32.max) })
        #expect(Set(all(before).map(\.cookie)).count == 4000)
        // What was read is removed, and others are made: the rest is still shown, and once.
        let gone = Set(read.compactMap { before.name($0)?.text })
        let after = listing((0..<6000).reversed().filter { !gone.contains("f\($0)") })
        let rest = all(after, after: read.last?.cookie ?? 0).compactMap { after.name($0)?.text }
        #expect(Set(rest).count == rest.count)
        let missing = (0..<4000).map { "f\($0)" }.filter {
            !gone.contains($0) && !rest.contains($0)
        }
        #expect(missing.isEmpty)
    }

    @Test func namesOfOneHashHaveCookiesOfTheirOwn() {
        let listing = Listing(sources: 1)
        for _ in 0..<3 { listing.add([0x61], inode: 1, kind: 8, source: 0, isShown: true) }
        listing.finish()
        let cookies = all(listing).map(\.cookie)
        #expect(cookies.count == 3 && cookies == cookies.sorted() && Set(cookies).count == 3)
        #expect(all(listing, after: cookies[0]).map(\.cookie) == Array(cookies[1...]))
    }
}
