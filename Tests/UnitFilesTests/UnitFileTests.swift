import Base
import Testing

import UnitFiles

private func parse(_ text: String) -> UnitFile {
    UnitFile(parsing: Array(text.utf8), name: "web.container")
}

struct UnitFileTests {
    @Test func sectionsAndAssignmentsKeepTheirPlaces() {
        let file = parse("# top\n\n[A]\n  Key = value  \r\n; note\n[B]\nX=1\n[A]\nKey=more\n")
        #expect(file.head == ["# top", ""])
        #expect(file.sections.map(\.name) == ["A", "B"])
        let keys = file.sections[0].assignments
        #expect(keys.map(\.key) == ["Key", "Key"])
        #expect(keys.map(\.value) == ["value", "more"])
        #expect(keys[0].place == Problem.Place(file: "web.container", line: 4, column: 3))
        #expect(keys[0].place(at: 2) == Problem.Place(file: "web.container", line: 4, column: 11))
        #expect(keys[1].place.line == 9)
        #expect(file.problems.isEmpty)
    }

    @Test func continuedLinesAreJoinedWithNothingBetween() {
        let file = parse("[A]\nExec=one \\\n\n  # not this\n  two\\\nthree\nNext=1\n")
        let exec = file.sections[0].assignments[0]
        #expect(exec.value == "one twothree")
        #expect(exec.place(at: 4) == Problem.Place(file: "web.container", line: 5, column: 3))
        #expect(exec.place(at: 8) == Problem.Place(file: "web.container", line: 6, column: 2))
        #expect(file.sections[0].assignments[1].key == "Next")
    }

    /// The incumbent loses the whole assignment when the file ends in a comment here.
    @Test func anUnfinishedContinuationKeepsItsValue() {
        #expect(parse("[A]\nExec=one \\\n# end").sections[0].assignments[0].value == "one")
        #expect(parse("[A]\nExec=one \\").sections[0].assignments[0].value == "one")
    }

    /// T-UNIT-1: no value can swallow or forge a line of the unit it is copied to.
    @Test(arguments: ["\\", "\\\\", "\\\\\\", "a\\\\", "a\\\n\\", "\\\n[Service]\\\nExecStart=x\\"])
    func aValueNeverEndsInABackslash(_ text: String) {
        for assignment in parse("[A]\nKey=\(text)\n").sections.flatMap(\.assignments) {
            #expect(!assignment.value.hasSuffix("\\"))
            #expect(!assignment.value.utf8.contains(0x0A))
        }
    }

    @Test func aByteOrderMarkIsPassedOver() {
        let file = UnitFile(parsing: [0xEF, 0xBB, 0xBF] + Array("[A]\nB=1\n".utf8), name: "x")
        #expect(file.problems.isEmpty)
        #expect(file.sections[0].assignments[0].value == "1")
    }

    @Test func everyMistakeIsReportedAndTheRestIsRead() {
        let file = parse("Early=1\n[Broken\nLost=1\n[]\n[A]\nnonsense \\\n  more\nKept=1\n=x\n")
        #expect(
            file.problems.map(\.description) == [
                """
                web.container:1:1: error: the assignment to "Early" stands before any section
                  hint: put a section such as [Container] above it
                """,
                """
                web.container:2:1: error: the name of a section is not closed
                  hint: end the line with "]"
                """,
                "web.container:4:1: error: \"\" is no name for a section",
                """
                web.container:6:1: error: "nonsense \\" is neither a section, an assignment nor a comment
                  hint: write it as Key=Value, or begin the line with "#"
                """,
                """
                web.container:9:1: error: "=x" is neither a section, an assignment nor a comment
                  hint: write it as Key=Value, or begin the line with "#"
                """,
            ])
        #expect(file["A"]?.assignments.map(\.key) == ["Kept"])
    }

    @Test func whatIsNoTextIsAProblemAndNotRepaired() {
        let latin = UnitFile(parsing: Array("[A]\nB=".utf8) + [0xE9, 0x0A], name: "x")
        #expect(latin.problems.map(\.what) == ["the line is not UTF-8 text"])
        let zero = UnitFile(parsing: Array("[A]\nB=a".utf8) + [0, 0x0A], name: "x")
        #expect(zero.problems.map(\.what) == ["the value of B contains a NUL byte"])
        #expect(zero.sections[0].assignments.isEmpty)
    }

    /// systemd ends a line at a carriage return and at a NUL byte too; found by the fuzzer.
    @Test func noLineIsTwoLinesForSystemd() {
        let comment = UnitFile(parsing: Array("#a".utf8) + [0] + Array("b\rc\r\n".utf8), name: "x")
        #expect(comment.head == ["#a b c"])
        #expect(comment.problems.isEmpty)
        let value = parse("[A]\nB=1\rC=2\nD=3\r\n")
        #expect(value.problems.map(\.what) == ["the line of B would be two lines for systemd"])
        #expect(value.sections[0].assignments.map(\.value) == ["3"])
        let key = UnitFile(parsing: Array("[A]\n".utf8) + [0] + Array("B=1\n".utf8), name: "x")
        #expect(key.problems.count == 1)
        #expect(key.sections[0].assignments.isEmpty)
    }

    @Test func dropInsAppendToTheirSections() {
        var file = parse("[A]\nOne=1\nList=a\n")
        file.merge(parse("[A]\nOne=2\nList=\nList=b\n[B]\nNew=1\n"))
        #expect(file.last("A", "One")?.value == "2")
        #expect(file.values("A", "List").map(\.value) == ["b"])
        #expect(file["B"]?.assignments.count == 1)
    }

    /// Any bytes are read to the end, and every problem has a place inside of the file.
    @Test func anyBytesAreRead() {
        var seed: UInt64 = 7
        let alphabet = Array("[]=\\#;\n\r \t\"'abc\u{E9}%$".utf8) + [0, 0xFF, 0xEF, 0xBB, 0xBF]
        for _ in 0..<3000 {
            var bytes: [UInt8] = []
            for _ in 0..<40 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int(seed >> 33) % alphabet.count])
            }
            let file = UnitFile(parsing: bytes, name: "x")
            let lines = bytes.count { $0 == 0x0A } + 1
            for problem in file.problems { #expect(1...lines ~= problem.place?.line ?? 0) }
            for assignment in file.sections.flatMap(\.assignments) {
                _ = try? assignment.words()
                _ = try? assignment.arguments()
                #expect(1...lines ~= assignment.place(at: assignment.value.utf8.count).line)
            }
        }
    }
}
