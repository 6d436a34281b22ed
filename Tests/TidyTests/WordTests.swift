import Testing

/// CONTRIBUTING.md, "Words and files", "Errors" and "The kernel".
@Suite struct WordTests {
    private func places(of pattern: String, outside rooms: Set<String> = []) -> [String] {
        SourceTree.sources.filter { !rooms.contains($0.room) }.flatMap { $0.places(of: pattern) }
    }

    @Test func nothingIsPublic() {
        #expect(places(of: #"^\s*(@\w+\s+)?(public|open)\s+\w"#).isEmpty)
    }

    /// Kernel alone forces one thing: the address of a buffer that it made itself.
    @Test func nothingIsForced() {
        #expect(places(of: #"\b(try|as)!"#).isEmpty)
        #expect(places(of: #"[\w)\]]!(?!=)"#, outside: ["Kernel"]).isEmpty)
        let inKernel = SourceTree.sources.filter { $0.room == "Kernel" }
        #expect(
            inKernel.flatMap { $0.places(of: #"[\w)\]]!(?!=)"#) }
                .filter { !$0.contains("baseAddress!") && !$0.contains("bitPattern: 1)!") }.isEmpty)
        #expect(places(of: #"\bfatalError\("#).isEmpty)
    }

    @Test func whatIsThrownIsTyped() {
        let wrong = SourceTree.sources.filter {
            !FloorTests.offTheHotPath.contains($0.room)
                && !["JSONDecoding.swift", "JSONEncoding.swift"].contains($0.name)
        }.flatMap { $0.places(of: #"\b(re)?throws\b(?!\()"#) }
        // Codable's own requirements throw what they like.
        #expect(wrong.filter { !$0.contains(/(from|to) \w+: any (De|En)coder\)/) }.isEmpty)
    }

    /// The kernel room, and the files that face a C library.
    @Test func unsafeCodeHasItsPlace() {
        // libsystemd is loaded when it is needed, so it has no module to import.
        let allowed: Set = ["Sources/Systemd/Library.swift"]
        let wrong = SourceTree.sources.filter {
            $0.room != "Kernel" && !allowed.contains($0.path)
                && !$0.places(of: #"\bunsafe\b"#).isEmpty
        }
        let libraries = wrong.filter { file in
            file.imports.contains { $0.hasPrefix("C") && FloorTests.floors[0].contains($0) }
        }
        #expect(Set(wrong.map(\.path)).subtracting(libraries.map(\.path)).isEmpty)
    }

    @Test func namesSayWhatThingsAre() {
        let vague = #"(Utils?|Helpers|Manager|Common|Misc)(\+\w+)?$"#
        for file in SourceTree.sources + SourceTree.tests where file.name != "UserManager.swift" {
            let stem = file.name.replacing(".swift", with: "")
            #expect(stem.firstMatch(of: try! Regex(vague)) == nil, "\(file)")
            #expect(stem != "Main", "\(file)")
        }
        let types = #"\b(struct|class|enum|actor|protocol)\s+\w*"#
        // systemd calls the thing a user manager.
        let wrong = places(of: types + #"(Utils?|Helpers|Manager|Common|Misc)\b"#)
        #expect(wrong.filter { !$0.contains(" UserManager ") }.isEmpty)
    }

    @Test func messagesSayWhatHappened() {
        let phrases = [/"[^"]*\bfailed to\b/, /"[^"]*\binternal error\b/.ignoresCase()]
        var wrong: [String] = []
        for file in SourceTree.sources {
            for (index, line) in file.lines.enumerated()
            where phrases.contains(where: { line.contains($0) }) && !line.contains("//") {
                wrong.append("\(file):\(index + 1): \(line)")
            }
        }
        #expect(wrong.isEmpty)
    }

    @Test func nothingIsPromised() {
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        let wrong = SourceTree.sources.flatMap { file in
            file.lines.filter { line in marks.contains { line.contains($0) } }.map {
                "\(file): \($0)"
            }
        }
        #expect(wrong.isEmpty)
    }

    /// Files of the checkout name no place of one person's machine.
    @Test func noMachineIsNamed() {
        let places = ["/wo" + "rk/", "/ho" + "me/ubuntu", "/opt/sw" + "ift", "/fa" + "rm/"]
        let folders = [
            "Sources", "Tests", "docs", "man", "units", "quadlet", "benchmarks", "completions",
        ]
        let pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", "Package.swift"]
        let paths = folders.flatMap(SourceTree.files(below:)) + pages
        var wrong: [String] = []
        for path in paths {
            guard let text = SourceTree.text(path) else { continue }
            wrong += places.filter(text.contains).map { "\(path): \($0)" }
        }
        #expect(wrong.isEmpty)
    }
}
