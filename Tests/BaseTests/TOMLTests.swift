import Base
import Testing

@Suite struct TOMLTests {
    func parse(_ text: String) throws -> JSON { try TOML.parse(Array(text.utf8), name: "t.conf") }

    @Test func registriesFileIsRead() throws {
        let text = #"""
            unqualified-search-registries = ["docker.io", 'quay.io',] # two

            [[registry]]
            prefix = "*.example.com"
            location="mirror.example/x"
            insecure = true
            [[registry.mirror]]
            location = "a:5000"
            [[registry.mirror]]
            location = "b"

            [[registry]]
            location = "c"
            [aliases]
              "fedora" = "registry.fedoraproject.org/fedora"
              a.b = 1
            """#
        let json = try parse(text)
        #expect(
            json["unqualified-search-registries"]
                == .array([.string("docker.io"), .string("quay.io")]))
        let registries = try #require(json["registry"]?.elements)
        #expect(registries.count == 2)
        #expect(registries[0]["mirror"]?.elements?.map { $0["location"]?.text } == ["a:5000", "b"])
        #expect(registries[1]["mirror"] == nil)
        #expect(json["aliases"]?["fedora"]?.text == "registry.fedoraproject.org/fedora")
        #expect(json["aliases"]?["a"]?["b"] == .number("1"))
    }

    @Test(arguments: [
        (#""a\tb\u00e9\U0001F426""#, JSON.string("a\tb\u{e9}\u{1F426}")),
        ("'a\\b'", .string("a\\b")),
        ("\"\"\"\na\n  \"b\" \\\n   c\"\"\"\"", .string("a\n  \"b\" c\"")),
        ("'''\na\\\n'''", .string("a\\\n")), ("\"\"", .string("")), ("\"\"\"\"\"\"", .string("")),
        ("0xfF_0", .number("4080")), ("1_000", .number("1000")), ("-0", .number("-0")),
        ("+7", .number("7")),
        ("1.5e-3", .number("1.5e-3")), ("0b101", .number("5")), ("true", .boolean(true)),
        ("1979-05-27T07:32:00Z", .string("1979-05-27T07:32:00Z")),
        ("1979-05-27 07:32:00.5+01:00", .string("1979-05-27T07:32:00.5+01:00")),
        ("07:32:00", .string("07:32:00")),
        (
            "{a=1, b.c='x'}",
            .object([.init("a", .number("1")), .init("b", .object([.init("c", .string("x"))]))])
        ),
        ("[ # x\n 1,\n [2], # y\n]", .array([.number("1"), .array([.number("2")])])),
        ("{}", .object([])),
    ])
    func valuesAreRead(text: String, value: JSON) throws {
        #expect(try parse("x = \(text)")["x"] == value)
    }

    @Test(arguments: [
        ("a = 1\na = 2", 2, 1), ("[a]\n[a]", 2, 2), ("a = 1\n[a]", 2, 2), ("a.b = 1\n[a]", 2, 2),
        ("a = []\n[[a]]", 2, 3), ("[a]\n[[a]]", 2, 3), ("a = {b=1}\na.c = 2", 2, 1),
        ("a = {b=1,}", 1, 10),
        ("a = \"x", 1, 7), ("a = 'x\n'", 1, 7), ("a = 01", 1, 5), ("a = 1__0", 1, 5),
        ("a = 1.", 1, 5),
        ("a = .5", 1, 5), ("a = 1 b = 2", 1, 7), ("= 1", 1, 1), ("a =", 1, 4), ("[a", 1, 3),
        ("[[a]", 1, 5),
        ("a = \"\\x\"", 1, 8), ("a = \"\u{1}\"", 1, 7), ("# \u{1}", 1, 3), ("a = tru", 1, 5),
        ("a = 9223372036854775808", 1, 5), ("a = [1 2]", 1, 8), ("a = \"\\ud800\"", 1, 12),
    ])
    func malformedDocumentIsRefusedWithItsPlace(text: String, line: Int, column: Int) {
        #expect {
            try parse(text)
        } throws: {
            ($0 as? Problem)?.place == Problem.Place(file: "t.conf", line: line, column: column)
        }
    }

    /// T-BOMB-3
    @Test func deepNestingIsRefused() {
        #expect(throws: Problem.self) { try parse("a = " + String(repeating: "[", count: 100_000)) }
        #expect(throws: Problem.self) {
            try parse("a = " + String(repeating: "{a=", count: 100_000))
        }
        #expect(throws: Problem.self) {
            try parse(String(repeating: "a.", count: 100_000) + "a = 1")
        }
    }
}
