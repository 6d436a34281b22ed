import Base
import Testing

@Suite struct WordsTests {
    @Test func misspeltWordFindsItsNearest() {
        #expect(["Image", "Exec", "Volume"].nearest(to: "Imgae") == "Image")
        #expect(["Image", "Exec", "Volume"].nearest(to: "Timeout") == nil)
    }

    @Test(arguments: ["512", "512b", "0.5k", "0.5KiB"])
    func sizesAreRead(text: String) throws {
        #expect(try ByteSize.parse(text, for: "--memory") == 512)
    }

    @Test(arguments: ["", "k", "-1", "1x", "9e99", "999999999999t", "1 2"])
    func nonsenseIsNoSize(text: String) {
        #expect(throws: Problem.self) { try ByteSize.parse(text, for: "--memory") }
    }

    @Test func spansAreRead() throws {
        #expect(try Span.parse("1m30s", for: "x") == 90_000_000_000)
        #expect(try Span.parse("5", for: "x") == 5_000_000_000)
        #expect(throws: Problem.self) { try Span.parse("soon", for: "x") }
    }

    /// T-NAME-1
    @Test(arguments: ["", ".", "..", "a/b", "a\\b", "-x", "a\nb", "a\0", "é", String(repeating: "a", count: 300)])
    func nameThatIsNoNameIsRefused(text: String) {
        #expect(throws: Problem.self) { try ObjectName(text, of: "container") }
    }
}
