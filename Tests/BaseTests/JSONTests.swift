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
        let back = try JSON(parsing: Array(text.utf8), name: "sample").decode(
            Sample.self, name: "sample")
        #expect(back == sample)
        #expect(!text.contains("note"))
    }

    @Test func faultIsNamedByItsPath() throws {
        let json = try JSON(
            parsing: Array(#"{"name":"a","parts":[{"size":1},{"size":-1}],"extra":{}}"#.utf8),
            name: "s")
        #expect {
            try json.decode(Sample.self, name: "s")
        } throws: {
            ($0 as? Problem)?.why
                == "parts[1].size: a whole number from 0 to 4294967295 was expected"
        }
    }

    /// T-BOMB-3: deep nesting, duplicate names, endless numbers and broken UTF-8 are refused.
    /// A value that reads itself, as a container's configuration does.
    private struct Part: JSONReadable {
        let size: UInt32
        let names: [String]?

        init(_ json: JSON) throws(JSONFault) {
            let members = try JSONMembers(json)
            size = try members.needNumber("size")
            names = try members.texts("names")
        }
    }

    @Test(arguments: [
        (#"{"size":-1}"#, "size: a whole number from 0 to 4294967295 was expected"),
        (#"{"size":1,"names":["a",{}]}"#, "names[1]: a string was expected"),
        (#"{"size":null}"#, "size is missing"), ("[]", "the document: an object was expected"),
    ])
    func aValueThatReadsItselfNamesThePathOfItsFault(_ text: String, _ why: String) throws {
        let json = try JSON(parsing: Array(text.utf8), name: "x.json")
        #expect {
            try json.read(Part.self, name: "x.json")
        } throws: {
            ($0 as? Problem)?.why == why
        }
        // By way of Codable too, for documents that contain such values.
        #expect {
            try JSON.array([json]).decode([Part].self, name: "x.json")
        } throws: {
            ($0 as? Problem)?.why == "[0]: \(why)"
        }
    }

    @Test func aValueThatReadsItselfTakesNullForAbsent() throws {
        let json = try JSON(parsing: Array(#"{"size":7,"names":null,"x":1}"#.utf8), name: "x.json")
        let part = try json.read(Part.self, name: "x.json")
        #expect(part.size == 7 && part.names == nil)
    }

    @Test(arguments: [
        (#"{"a\r":1,"a\r":2}"#, #"the name "a\u{d}" stands twice in one object"#),
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
