import Base
import Operations
import Testing

/// A request that holds one field of each kind.
private struct Sample: Equatable, Sendable {
    var loud = false
    var keep = true
    var level: String?
    var mode = "auto"
    var words: [String] = []
    var parts: [String] = []
    var name = ""
    var rest: [String] = []
}

private let sample = Card(
    "sample do", or: "do", summary: "Try things", .post("/samples/{name}/do"), blank: Sample(),
    fields: [
        .flag("loud", short: "l", "Be loud") {
            $0.loud = $1
        } write: {
            $0.loud
        },
        .flag("keep", short: "k", "Keep it") {
            $0.keep = $1
        } write: {
            $0.keep
        },
        .value("level", short: "v", "LEVEL", "The level") {
            $0.level = $1
        } write: {
            $0.level
        }
        .alias("grade").from("SAMPLE_LEVEL"),
        .value("mode", "MODE", "The mode") {
            $0.mode = $1
        } write: {
            $0.mode
        }.valueWhenBare("on"),
        .repeated("word", short: "w", "WORD", "A word") {
            $0.words.append($1)
        } write: {
            $0.words
        },
        .commaSeparated("part", "PART", "A part") {
            $0.parts.append($1)
        } write: {
            $0.parts
        },
        .argument("name", "The thing") {
            $0.name = $1
        } write: {
            $0.name
        },
        .command("command", "The words") {
            $0.rest.append($1)
        } write: {
            $0.rest
        },
    ])

private func parse(_ line: String) throws(Problem) -> Sample {
    try sample.parse(line.split(separator: " ").map(String.init))
}

private func message(_ line: String) -> String {
    do throws(Problem) {
        return "unexpected: \(try parse(line))"
    } catch {
        return "\(error)"
    }
}

@Suite struct ArgumentTests {
    @Test func shortFlagsFormClusters() throws {
        var wanted = Sample()
        wanted.loud = true
        wanted.level = "7"
        wanted.name = "x"
        for line in ["-lv7 x", "-l -v 7 x", "-lv=7 x", "--loud --level=7 x", "--loud --level 7 x"] {
            #expect(try parse(line) == wanted, "\(line)")
        }
    }

    @Test func flagsTakeValuesBehindAnEqualsSignAlone() throws {
        #expect(try parse("--keep=false x").keep == false)
        #expect(try parse("-k=0 x").keep == false)
        let split = try parse("--loud false")
        #expect(split.loud && split.name == "false")
        #expect(
            message("--loud=perhaps x") == """
                error: "perhaps" is neither true nor false
                  hint: write --loud=true or --loud=false
                """)
    }

    @Test func valuesMayLookLikeOptions() throws {
        #expect(try parse("--level --loud x").level == "--loud")
        #expect(try parse("-v -l x").level == "-l")
        #expect(try parse("-w= x").words == [""])
    }

    @Test func optionsEndAtTheFirstArgumentOfACommand() throws {
        let request = try parse("x --loud -- y")
        #expect(!request.loud && request.rest == ["--loud", "--", "y"])
        #expect(try parse("-- -x y").name == "-x")
        #expect(try parse("- y").name == "-")
    }

    @Test func bareOptionalValuesTakeTheirOwn() throws {
        #expect(try parse("--mode x").mode == "on")
        #expect(try parse("--mode=off x").mode == "off")
    }

    @Test func commasPartValuesUnlessQuoted() throws {
        #expect(try parse("--part a,b --part=c x").parts == ["a", "b", "c"])
        #expect(try parse("--part \"a,b\",c x").parts == ["a,b", "c"])
        #expect(try parse("--word a,b x").words == ["a,b"])
        #expect(CommaSeparated.parts(of: "\"say \"\"hi\"\"\",x") == ["say \"hi\"", "x"])
        #expect(CommaSeparated.parts(of: "a,,b") == ["a", "", "b"])
    }

    @Test func variablesFillWhatOptionsLeaveOpen() throws {
        let environment = { (name: String) in name == "SAMPLE_LEVEL" ? "9" : nil }
        #expect(try sample.parse(["x"], environment: environment).level == "9")
        #expect(try sample.parse(["-v1", "x"], environment: environment).level == "1")
    }

    @Test func misspeltOptionIsCorrected() {
        #expect(
            message("--lvel 3 x") == """
                error: unknown option "--lvel"
                  hint: did you mean "--level"?
                """)
        #expect(message("-lq x") == "error: unknown option \"-q\" in \"-lq\"")
    }

    @Test func missingAndSurplusWordsAreNamed() {
        #expect(message("") == "error: NAME is missing: the thing")
        #expect(message("--level") == "error: the option \"--level\" needs a value (LEVEL)")
        #expect(message("-v") == "error: the option \"-v\" needs a value (LEVEL)")
    }

    @Test func aliasesAreTheSameOption() throws {
        #expect(try parse("--grade 3 x").level == "3")
    }

    @Test func everyRequestSurvivesItsOwnArguments() throws {
        for line in [
            "x", "--loud x", "--keep=false --level 3 x", "--mode --word a --word b,c x",
            "--part \"a,b\" --part c x ls -l", "-- -x --loud",
        ] {
            let request = try parse(line)
            let words = sample.arguments(for: request)
            #expect(try sample.parse(words) == request, "\(line) became \(words)")
            let exchange = sample.exchange(for: request)
            #expect(try sample.request(from: exchange) == request, "\(exchange)")
        }
    }

    @Test func everyByteOfANamePassesThePath() throws {
        var request = Sample()
        request.name = "a/b c,d%ä*"
        let exchange = sample.exchange(for: request)
        #expect(exchange.path == "/samples/a%2Fb%20c%2Cd%25%C3%A4%2A/do")
        #expect(try sample.request(from: exchange) == request)
    }
}
