import Base
import Kernel
import Testing

@testable import CommandLine

/// The files that are made from the Cards, in the checkout this test was built from.
@Suite struct GeneratedTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    private static func committed(_ path: String) -> String? {
        try? Files.readText("/\(root)/\(path)", limit: 4 << 20)
    }

    @Test func generatedFilesAreCurrent() {
        let stale = Generated.files().filter { Self.committed($0.path) != $0.text }.map(\.path)
        #expect(stale.isEmpty, "make them anew with \"make generate\"")
    }

    @Test func noPageStandsForAVerbThatIsGone() throws {
        let pages = try Files.names(in: Files.open("/\(Self.root)/man", [.read, .directory]))
        let made = Set(Generated.files().map(\.path))
        #expect(pages.filter { !made.contains("man/" + $0) }.isEmpty)
    }

    @Test func routesAreDistinct() {
        var seen: Set<String> = []
        for route in AllVerbs.all.map({ $0.signature().route }) {
            #expect(seen.insert("\(route.method.rawValue) \(route.path)").inserted, "\(route.path)")
        }
    }

    @Test func wordsAreCompleted() {
        #expect(Completer.lines(for: ["run", "--na"]) == ["--name\tName the container"])
        #expect(Completer.lines(for: ["run", "--pull", "m"]) == ["missing"])
        #expect(Completer.lines(for: ["run", "--userns=keep-id:"]) == ["--userns=keep-id:uid="])
        #expect(
            Completer.lines(for: ["--log-level", "debug", "container", "unp"])
                == ["unpause\tLet paused containers go on"])
        #expect(Completer.lines(for: ["run", "-v", "/"]) == [":files"])
        #expect(Completer.lines(for: ["completion", "z"]) == ["zsh"])
        #expect(Completer.lines(for: ["run", "image", "--na"]) == [])
        #expect(Completer.lines(for: ["nonsense", "x"]) == [])
    }
}
