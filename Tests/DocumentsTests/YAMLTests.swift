import Base
import Testing

@testable import Documents

@Suite struct YAMLTests {
    private func parse(_ text: String) throws(Problem) -> [JSON] {
        try YAML.parse(Array(text.utf8), name: "x.yaml")
    }

    private func one(_ text: String) throws -> String {
        let documents = try parse(text)
        #expect(documents.count == 1)
        return documents.map { $0.text() }.joined()
    }

    @Test(arguments: [
        ("a: 1", #"{"a":1}"#), ("a: [1, two, 'three', \"4\"]", #"{"a":[1,"two","three","4"]}"#),
        ("- a\n- b:\n  - c\n", #"["a",{"b":["c"]}]"#), ("a:", #"{"a":null}"#),
        ("a: ~", #"{"a":null}"#),
        ("a: true\nb: False\nc: yes", #"{"a":true,"b":false,"c":"yes"}"#),
        ("a: 0666\nb: 0o17\nc: 0xff\nd: -3\ne: +7", #"{"a":438,"b":15,"c":255,"d":-3,"e":7}"#),
        ("a: 1.5\nb: 1e3\nc: .5\nd: 1.10", #"{"a":1.5,"b":1e3,"c":0.5,"d":1.10}"#),
        ("a: 089\nb: 1.2.3\nc: 1_000", #"{"a":89,"b":"1.2.3","c":"1_000"}"#),
        ("a: !!str 1\nb: !!int '2'", #"{"a":"1","b":2}"#),
        ("a: |\n  one\n  two\nb: >-\n  one\n  two\n", #"{"a":"one\ntwo\n","b":"one two"}"#),
        ("a: &x {b: 1}\nc: *x\n", #"{"a":{"b":1},"c":{"b":1}}"#),
        ("a: &x {b: 1, d: 2}\nc: {<<: *x, d: 3}\n", #"{"a":{"b":1,"d":2},"c":{"d":3,"b":1}}"#),
        ("# nothing but\n--- {a: 1}\n...\n", #"{"a":1}"#), ("1: a", #"{"1":"a"}"#),
        ("18446744073709551616", "18446744073709551616"),
    ])
    func aDocumentIsRead(_ text: String, _ json: String) throws {
        #expect(try one(text) == json)
    }

    @Test func aStreamHasManyDocuments() throws {
        #expect(
            try parse("a: 1\n---\nb: 2\n---\n").map { $0.text() } == [
                #"{"a":1}"#, #"{"b":2}"#, "null",
            ])
        #expect(try parse("") == [])
    }

    @Test(arguments: [
        ("a: 1\na: 2", "x.yaml:2:1: error: the name \"a\" comes twice"),
        ("a: [1", "x.yaml:2:1: error: did not find expected ',' or ']'"),
        ("a: *b", "x.yaml:1:4: error: there is no anchor \"b\" before this"),
        ("a: !go 1", "x.yaml:1:4: error: the tag \"!go\" is not known here"),
        ("[a]: 1", "x.yaml:1:1: error: a name was expected"),
        ("a: \u{1}", "x.yaml:1:1: error: control characters are not allowed"),
        ("a: {<<: 3}", "x.yaml:1:9: error: only mappings can be merged"),
        ("\t- a", "x.yaml:1:1: error: found character that cannot start any token"),
    ])
    func aFaultHasItsPlace(_ text: String, _ complaint: String) {
        let problem = #expect(throws: Problem.self) { _ = try parse(text) }
        #expect(problem?.description == complaint)
    }

    @Test func aliasesCannotMakeALargeDocumentOfASmallOne() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let row = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(row)]\n"
        }
        #expect(throws: Problem.self) { _ = try parse(text) }
    }

    @Test func nestingIsBounded() {
        #expect(throws: Problem.self) {
            _ = try parse(String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000))
        }
    }
}
