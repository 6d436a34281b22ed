import Base
import Testing

private struct Sample: Codable, Equatable {
    struct Part: Codable, Equatable { var size: UInt32 }
    var name: String
    var parts: [Part]
    var note: String?
    var extra: [String: JSON]
}

@Suite struct JSONTests {
    @Test func codingRoundTripKeepsEverything() throws {
        let sample = Sample(
            name: "a\n\"b\"\u{1F426}", parts: [.init(size: 7)], note: nil,
            extra: ["x": .array([.null, .number("1.50")])])
        let text = JSON(encoding: sample).text()
        let back = try JSON(parsing: Array(text.utf8), name: "sample").decode(Sample.self, name: "sample")
        #expect(back == sample)
        #expect(!text.contains("note"))
    }

    @Test func faultIsNamedByItsPath() throws {
        let json = try JSON(
            parsing: Array(#"{"name":"a","parts":[{"size":1},{"size":-1}],"extra":{}}"#.utf8), name: "s")
        #expect {
            try json.decode(Sample.self, name: "s")
        } throws: {
            ($0 as? Problem)?.why == "parts[1].size: a whole number from 0 to 4294967295 was expected"
        }
    }

    /// T-BOMB-3: deep nesting, duplicate names, endless numbers and broken UTF-8 are refused.
    @Test(arguments: [
        ("{\"a\":1,\"a\":2}", "the name \"a\" stands twice in one object"),
        (String(repeating: "[", count: 100_000), "it is nested deeper than 128 levels"),
        (String(repeating: "9", count: 1_000_000), "a number has more than 64 characters"),
        ("[1,]", "a value was expected"), ("01", "a number is malformed"),
        ("\"\\ud800\"", "half of a surrogate pair stands in a string"),
        ("{} x", "there is text after the document"), ("", "the document ends too early"),
    ])
    func malformedDocumentIsRefused(text: String, why: String) {
        #expect {
            try JSON(parsing: Array(text.utf8), name: "s")
        } throws: {
            ($0 as? Problem)?.why == why
        }
    }

    @Test func brokenUTF8IsRefused() {
        #expect(throws: Problem.self) { try JSON(parsing: [0x22, 0xC0, 0x80, 0x22], name: "s") }
    }
}
