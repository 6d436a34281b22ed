import Specs
import Testing

@testable import Monitors

@Suite struct LifeTests {
    /// Goal: the whole table is what the documentation says.
    /// Method: every state with every happening, written out and compared as text.
    @Test func everyPairIsAsListed() {
        let happenings: [(String, Happening)] = [
            ("started", .started), ("startFailed", .startFailed),
            ("stop 10", .stopAsked(graceSeconds: 10)), ("stop 0", .stopAsked(graceSeconds: 0)),
            ("restart 10", .restartAsked(graceSeconds: 10)),
            ("restart 0", .restartAsked(graceSeconds: 0)),
            ("TERM", .signalAsked(.terminate)), ("KILL", .signalAsked(.kill)),
            ("pause", .pauseAsked), ("resume", .resumeAsked), ("grace over", .graceHasPassed),
            ("time is up", .timeIsUp), ("ended", .ended(again: nil)),
            ("ended, again", .ended(again: 5)), ("rest over", .restIsOver),
        ]
        var table = ""
        for state in Life.allCases {
            for (name, happening) in happenings {
                let (next, deeds) = state.after(happening)
                if next == state, deeds.isEmpty { continue }
                let words = deeds.map { "\($0)" }.joined(separator: ", ")
                table += "\(state) + \(name) = \(next): \(words)\n"
            }
        }
        #expect(table == LifeTests.expected)
    }

    static let farewell =
        "tellStopping(graceSeconds: 10), sendStopSignal, limitGrace(seconds: 10)"
    static let dead = "killEverything, clearLaunch"

    static let expected = """
        starting + started = running: tellReady
        starting + startFailed = over: \(dead), finish
        starting + stop 10 = killed: tellStopping(graceSeconds: 0), killEverything
        starting + stop 0 = killed: tellStopping(graceSeconds: 0), killEverything
        starting + TERM = starting: refuse("it is still starting")
        starting + KILL = killed: killEverything
        starting + pause = starting: refuse("it is still starting")
        starting + resume = starting: refuse("it is still starting")
        starting + time is up = killed: tellStopping(graceSeconds: 0), killEverything
        starting + ended = over: \(dead), finish
        starting + ended, again = over: \(dead), finish
        running + stop 10 = stopping: \(farewell)
        running + stop 0 = killed: tellStopping(graceSeconds: 0), killEverything
        running + restart 10 = stopping: sendStopSignal, limitGrace(seconds: 10)
        running + restart 0 = killed: killEverything
        running + TERM = running: send(SIGTERM)
        running + KILL = killed: killEverything
        running + pause = paused: freeze
        running + resume = running: refuse("it is not paused")
        running + time is up = killed: killEverything
        running + ended = over: \(dead), finish
        running + ended, again = resting: \(dead), rest(nanoseconds: 5)
        paused + stop 10 = stopping: thaw, \(farewell)
        paused + stop 0 = killed: tellStopping(graceSeconds: 0), killEverything
        paused + restart 10 = stopping: thaw, sendStopSignal, limitGrace(seconds: 10)
        paused + restart 0 = killed: killEverything
        paused + TERM = paused: send(SIGTERM)
        paused + KILL = killed: killEverything
        paused + pause = paused: refuse("it is paused already")
        paused + resume = running: thaw
        paused + time is up = killed: killEverything
        paused + ended = over: \(dead), finish
        paused + ended, again = resting: \(dead), rest(nanoseconds: 5)
        stopping + stop 10 = stopping: limitGrace(seconds: 10)
        stopping + stop 0 = killed: tellStopping(graceSeconds: 0), killEverything
        stopping + TERM = stopping: send(SIGTERM)
        stopping + KILL = killed: killEverything
        stopping + pause = stopping: refuse("it is being stopped")
        stopping + resume = stopping: refuse("it is being stopped")
        stopping + grace over = killed: killEverything
        stopping + time is up = killed: killEverything
        stopping + ended = over: \(dead), finish
        stopping + ended, again = resting: \(dead), rest(nanoseconds: 5)
        killed + startFailed = over: \(dead), finish
        killed + pause = killed: refuse("it is being stopped")
        killed + resume = killed: refuse("it is being stopped")
        killed + ended = over: \(dead), finish
        killed + ended, again = resting: \(dead), rest(nanoseconds: 5)
        resting + stop 10 = over: finish
        resting + stop 0 = over: finish
        resting + TERM = resting: refuse("it is not running: it will be started again")
        resting + KILL = resting: refuse("it is not running: it will be started again")
        resting + pause = resting: refuse("it is not running: it will be started again")
        resting + resume = resting: refuse("it is not running: it will be started again")
        resting + rest over = starting: launch
        over + TERM = over: refuse("it has ended")
        over + KILL = over: refuse("it has ended")
        over + pause = over: refuse("it has ended")
        over + resume = over: refuse("it has ended")

        """

    @Test func brokenContainerIsStartedMoreAndMoreSeldom() {
        let delays = (0..<12).map { count in
            RestartRule.delay(.always, exitCode: 0, count: count, total: count)
        }
        #expect(delays.first == 100_000_000)
        #expect(delays[3] == 800_000_000)
        #expect(delays.last == 60_000_000_000)
        #expect(RestartRule.delay(.never, exitCode: 1, count: 0, total: 0) == nil)
        #expect(RestartRule.delay(.onFailure(limit: nil), exitCode: 0, count: 0, total: 0) == nil)
        #expect(RestartRule.delay(.onFailure(limit: 3), exitCode: 1, count: 0, total: 2) != nil)
        #expect(RestartRule.delay(.onFailure(limit: 3), exitCode: 1, count: 0, total: 3) == nil)
    }
}
