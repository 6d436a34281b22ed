import Base
import Operations
import Testing

@testable import CommandLine

private func shown(_ line: String) -> String {
    do throws(Problem) {
        switch try Dispatch.read(line.split(separator: " ").map(String.init)[...]) {
        case .show(let text): return text
        case .call(_, let options): return "call with \(options.logLevel) \(options.runtime ?? "-")"
        }
    } catch {
        return "\(error)"
    }
}

@Suite struct DispatchTests {
    @Test func everySpellingFindsItsVerb() {
        for verb in AllVerbs.all {
            for spelling in verb.spellings {
                let words = spelling.split(separator: " ").map(String.init)
                let found = AllVerbs.verb(at: words[...])
                #expect(found?.count == words.count, "\(spelling)")
                #expect(found?.verb.spellings == verb.spellings, "\(spelling)")
            }
        }
    }

    @Test func programOptionsStandBeforeAndBehindTheVerb() {
        #expect(shown("--log-level debug version") == "call with debug -")
        #expect(shown("--log-level=info --runtime crun version") == "call with info crun")
        #expect(shown("version --log-level debug") == "call with debug -")
    }

    @Test func helpIsShownWhereverItIsAskedFor() {
        for line in [
            "help run", "--help run", "run --help", "run -it --help", "container run --help",
        ] {
            #expect(
                shown(line).hasPrefix("Run a command in a new container\n\nUsage: martlet run "),
                "\(line)")
        }
        #expect(shown("").contains("Usage: martlet [OPTIONS] COMMAND"))
        #expect(shown("container").contains("Usage: martlet container COMMAND"))
        #expect(shown("--version") == "martlet version \(Release.version)\n")
        #expect(!shown("run -h web image").hasPrefix("Run a command"))
    }

    @Test func wrongWordsAreCorrected() {
        #expect(
            shown("rnu") == """
                error: "rnu" is no command of martlet
                  hint: did you mean "martlet run"?
                  hint: see "martlet --help"
                """)
        #expect(
            shown("container strat") == """
                error: "strat" is no command of "martlet container"
                  hint: did you mean "martlet container start"?
                  hint: see "martlet container --help"
                """)
        #expect(
            shown("run --nmae web image") == """
                error: unknown option "--nmae"
                  hint: did you mean "--name"?
                  hint: see "martlet run --help"
                """)
        #expect(
            shown("stop") == """
                error: no container is named
                  hint: name one, or use --all
                  hint: see "martlet stop --help"
                """)
        #expect(
            shown("--log-levle debug version") == """
                error: unknown option "--log-levle"
                  hint: did you mean "--log-level"?
                  hint: see "martlet --help"
                """)
    }
}
