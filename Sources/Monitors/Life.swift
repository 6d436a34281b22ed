package import Specs

/// Where a container is in its life, as its monitor sees it.
///
/// Pure: `after` says what comes next and what is to be done; `Monitor` does it.
package enum Life: String, Equatable, Sendable, CaseIterable {
    /// A launch is under way.
    case starting
    case running
    case paused
    /// It was asked to end, and has some time left for it.
    case stopping
    /// It was killed; the kernel has not reported its end yet.
    case killed
    /// It has ended, and will be launched again.
    case resting
    /// It has ended for good.
    case over
}

/// What can happen to a container.
package enum Happening: Equatable, Sendable {
    /// Its program runs.
    case started
    case startFailed
    /// Somebody wants it to end: a client, or systemd with SIGTERM.
    case stopAsked(graceSeconds: Int)
    /// It is to be launched anew although it runs: its health check or a client wants it so.
    case restartAsked(graceSeconds: Int)
    case signalAsked(Signal)
    case pauseAsked
    case resumeAsked
    case graceHasPassed
    /// The plan's bound on its running time is reached.
    case timeIsUp
    /// Its first process has ended; `again` is the policy's wish to launch it after so many
    /// nanoseconds.
    case ended(again: Int64?)
    case restIsOver
}

/// What a monitor then does, in order.
package enum Deed: Equatable, Sendable {
    case tellReady
    case tellStopping(graceSeconds: Int)
    case sendStopSignal
    case send(Signal)
    /// Sets the time after which it is killed, if that is sooner than what is set already.
    case limitGrace(seconds: Int)
    case killEverything
    case freeze
    case thaw
    /// Undoes what the launch made: groups, network, sockets.
    case clearLaunch
    case rest(nanoseconds: Int64)
    case launch
    /// Records the end, tells whoever waits, removes what the plan says, and exits.
    case finish
    /// Tells the asker that it cannot be, and why.
    case refuse(String)
}

extension Life {
    /// Returns the next state and what is to be done.
    package func after(_ happening: Happening) -> (next: Life, deeds: [Deed]) {
        switch (self, happening) {
        case (.starting, .started):
            (.running, [.tellReady])
        case (.starting, .startFailed), (.starting, .ended(_)):
            (.over, [.killEverything, .clearLaunch, .finish])
        // Nothing runs yet that could be asked politely.
        case (.starting, .stopAsked(_)), (.starting, .timeIsUp):
            (.killed, [.tellStopping(graceSeconds: 0), .killEverything])

        case (.running, .stopAsked(let grace)) where grace > 0:
            (.stopping, Life.farewell(grace))
        case (.paused, .stopAsked(let grace)) where grace > 0:
            (.stopping, [.thaw] + Life.farewell(grace))
        case (.stopping, .stopAsked(let grace)) where grace > 0:
            (.stopping, [.limitGrace(seconds: grace)])
        case (.running, .stopAsked(_)), (.paused, .stopAsked(_)), (.stopping, .stopAsked(_)):
            (.killed, [.tellStopping(graceSeconds: 0), .killEverything])
        // systemd hears nothing of it: the service goes on.
        case (.running, .restartAsked(let grace)) where grace > 0:
            (.stopping, [.sendStopSignal, .limitGrace(seconds: grace)])
        case (.paused, .restartAsked(let grace)) where grace > 0:
            (.stopping, [.thaw, .sendStopSignal, .limitGrace(seconds: grace)])
        case (.running, .restartAsked(_)), (.paused, .restartAsked(_)):
            (.killed, [.killEverything])
        case (.stopping, .graceHasPassed):
            (.killed, [.killEverything])
        case (.running, .timeIsUp), (.paused, .timeIsUp), (.stopping, .timeIsUp):
            (.killed, [.killEverything])

        case (.starting, .signalAsked(.kill)), (.running, .signalAsked(.kill)),
            (.paused, .signalAsked(.kill)), (.stopping, .signalAsked(.kill)):
            (.killed, [.killEverything])
        case (.running, .signalAsked(let signal)), (.paused, .signalAsked(let signal)),
            (.stopping, .signalAsked(let signal)):
            (self, [.send(signal)])
        case (.starting, .signalAsked(_)):
            (self, [.refuse("it is still starting")])

        case (.running, .pauseAsked):
            (.paused, [.freeze])
        case (.paused, .resumeAsked):
            (.running, [.thaw])
        case (.paused, .pauseAsked):
            (self, [.refuse("it is paused already")])
        case (.running, .resumeAsked):
            (self, [.refuse("it is not paused")])
        case (.starting, .pauseAsked), (.starting, .resumeAsked):
            (self, [.refuse("it is still starting")])
        case (.stopping, .pauseAsked), (.stopping, .resumeAsked), (.killed, .pauseAsked),
            (.killed, .resumeAsked):
            (self, [.refuse("it is being stopped")])

        case (.running, .ended(let again?)), (.paused, .ended(let again?)),
            (.stopping, .ended(let again?)), (.killed, .ended(let again?)):
            (.resting, [.killEverything, .clearLaunch, .rest(nanoseconds: again)])
        case (.running, .ended(nil)), (.paused, .ended(nil)), (.stopping, .ended(nil)),
            (.killed, .ended(nil)):
            (.over, [.killEverything, .clearLaunch, .finish])
        case (.resting, .restIsOver):
            (.starting, [.launch])
        case (.resting, .stopAsked(_)):
            (.over, [.finish])

        // It is dying already: nothing can be added.
        case (.killed, .stopAsked(_)), (.killed, .signalAsked(_)), (.killed, .timeIsUp),
            (.killed, .graceHasPassed):
            (self, [])
        case (.resting, .signalAsked(_)), (.resting, .pauseAsked), (.resting, .resumeAsked):
            (self, [.refuse("it is not running: it will be started again")])
        case (.over, .signalAsked(_)), (.over, .pauseAsked), (.over, .resumeAsked):
            (self, [.refuse("it has ended")])
        // Timers that went off just before they were switched off, and ends reported twice.
        case (.starting, .graceHasPassed), (.running, .graceHasPassed), (.paused, .graceHasPassed),
            (.resting, .graceHasPassed), (.over, .graceHasPassed), (.resting, .timeIsUp),
            (.over, .timeIsUp), (.starting, .restIsOver), (.running, .restIsOver),
            (.paused, .restIsOver), (.stopping, .restIsOver), (.killed, .restIsOver),
            (.over, .restIsOver), (.resting, .ended(_)), (.over, .ended(_)), (.over, .stopAsked(_)):
            (self, [])
        // Only a running container has a health that could ask for it; clients are refused.
        case (.starting, .restartAsked(_)), (.stopping, .restartAsked(_)),
            (.killed, .restartAsked(_)), (.resting, .restartAsked(_)), (.over, .restartAsked(_)):
            (self, [])
        // Only a launch reports these.
        case (.running, .started), (.paused, .started), (.stopping, .started), (.killed, .started),
            (.resting, .started), (.over, .started), (.running, .startFailed),
            (.paused, .startFailed), (.stopping, .startFailed), (.resting, .startFailed),
            (.over, .startFailed):
            (self, [])
        // A stop or kill came while it was being launched, and the launch noticed.
        case (.killed, .startFailed):
            (.over, [.killEverything, .clearLaunch, .finish])
        }
    }

    private static func farewell(_ graceSeconds: Int) -> [Deed] {
        [
            .tellStopping(graceSeconds: graceSeconds), .sendStopSignal,
            .limitGrace(seconds: graceSeconds),
        ]
    }
}

/// The rule of when an ended container is launched again.
package enum RestartRule {
    /// Returns the nanoseconds to wait before the next launch, or nil where there is to be none.
    ///
    /// The wait doubles from 100 ms to a minute while the container keeps ending within 10 s, so
    /// that a broken one does not keep the machine busy.
    ///
    /// - Parameters:
    ///   - count: how often it was launched again in a row without having run for 10 s.
    ///   - total: how often it was launched again at all.
    package static func delay(
        _ policy: LifeChoices.Restart, exitCode: Int, count: Int, total: Int
    ) -> Int64? {
        switch policy {
        case .never: return nil
        case .onFailure(let limit):
            if exitCode == 0 { return nil }
            if let limit, limit > 0, total >= Int(limit) { return nil }
        case .always, .unlessStopped: break
        }
        return min(60_000_000_000, 100_000_000 << Int64(min(count, 10)))
    }
}
