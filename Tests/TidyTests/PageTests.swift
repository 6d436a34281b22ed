import Testing

@Suite struct PageTests {
    /// Each room explains itself: what it does, what it must never do, where to begin reading.
    @Test func everyRoomHasItsPage() {
        let programs = FloorTests.floors.last ?? []
        for room in Set(SourceTree.sources.map(\.room)) where !programs.contains(room) {
            #expect(SourceTree.has("Sources/\(room)/\(room).docc/\(room).md"), "\(room)")
        }
    }

    /// One verb, one file: its name is that of its manual page.
    @Test(.enabled(if: SourceTree.has("man"), "the manual pages are not generated yet"))
    func everyVerbHasItsManualPage() {
        for file in SourceTree.sources
        where file.room == "Operations" && !file.places(of: #"^package enum \w+: Verb\b"#).isEmpty {
            let words = file.name.replacing(".swift", with: "").replacing(/[A-Z]/) {
                "-" + $0.output.lowercased()
            }
            #expect(SourceTree.has("man/martlet\(words).1"), "\(file)")
        }
    }
}
