import Base
import Testing

import UnitFiles

private func assignment(_ value: String) -> Assignment {
    Assignment(
        key: "Exec", value: value, place: Problem.Place(file: "x", line: 3, column: 1), column: 6)
}

private func arguments(_ value: String) throws -> [String] {
    try assignment(value).arguments().map(\.text)
}

struct WordsTests {
    @Test func plainListsKnowQuotesButNoEscapes() throws {
        let words = try assignment(#"a  "b c" 'd "e'f \n "" g"#).words()
        #expect(words.map(\.text) == ["a", "b c", #"d "ef"#, #"\n"#, "", "g"])
        #expect(words[1].place == Problem.Place(file: "x", line: 3, column: 9))
    }

    @Test func anOpenQuoteOfAListHasItsPlace() throws {
        let problem = #expect(throws: Problem.self) { try assignment("a 'b c").words() }
        #expect(
            problem?.description == """
                x:3:8: error: nothing closes the quote in Exec
                  hint: add ' at the end of the quoted words
                """)
    }

    @Test func commandLinesDecodeEscapes() throws {
        #expect(
            try arguments(#"\a\b\f\n\r\t\v\\\"\'\s x\x41\101\u00e9\U0001F600"#)
                == ["\u{7}\u{8}\u{C}\n\r\t\u{B}\\\"' ", "xAA\u{E9}\u{1F600}"])
    }

    /// The incumbent ends the line at an empty word.
    @Test func emptyWordsSurvive() throws {
        #expect(try arguments(#"a "" b ''"#) == ["a", "", "b", ""])
    }

    @Test func anOpenQuoteOfACommandReachesToTheEnd() throws {
        #expect(try arguments(#"sh -c "a b"#) == ["sh", "-c", "a b"])
        #expect(try arguments(#"a\"#) == ["a"])
    }

    @Test(
        arguments: [
            (#"a \d"#, #"\d"#, 8), (#""x\q""#, #"\q"#, 8), (#"\x4"#, #"\x"#, 6),
            (#"\x00"#, #"\x"#, 6),
            (#"\018"#, #"\0"#, 6), (#"\uD800"#, #"\u"#, 6), (#"\é"#, #"\é"#, 6),
            (#"\U99999999"#, #"\U"#, 6),
        ])
    func anUnknownEscapeHasItsColumn(_ value: String, _ escape: String, _ column: Int) throws {
        let problem = #expect(throws: Problem.self) { try assignment(value).arguments() }
        #expect(
            problem?.description == """
                x:3:\(column): error: "\(escape)" in Exec is an unsupported escape character
                  hint: write "\\\(escape)" where a backslash is meant
                """)
    }

    /// T-UNIT-1: what is written is read back as the same words.
    @Test(
        arguments: [
            [""], ["a", "", "b"], ["a b", "\t", "\n"], ["\"", "'", "\\", "\\n"], [";"],
            ["-x", "#", "[Service]"],
            ["a\nExecStart=evil"], ["\u{1}\u{7F}\u{E9}"], ["end\\"], [" lead", "trail "],
            ["%h $HOME ${X}"],
        ])
    func quotedWordsAreReadBack(_ words: [String]) throws {
        let line = Quoting.line(words)
        #expect(!line.utf8.contains(0x0A) && !line.hasSuffix("\\"))
        #expect(try arguments(line) == words)
    }

    @Test func wordsThatNeedNoQuotesHaveNone() {
        #expect(
            Quoting.line(["/usr/bin/x", "--a=b", "c:d,e", "%h", "$X"])
                == "/usr/bin/x --a=b c:d,e %h $X")
        #expect(Quoting.word("a b") == #""a\x20b""#)
        #expect(Quoting.word(";") == #"";""#)
    }

    @Test func textThatNoUserWroteIsMadeLiteral() {
        #expect(Quoting.literal("50% of $HOME") == "50%% of $$HOME")
        #expect(Quoting.literal("50% of $HOME", variables: false) == "50%% of $HOME")
    }
}
