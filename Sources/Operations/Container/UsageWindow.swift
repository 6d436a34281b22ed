import Base
import Engine
import Kernel
import Specs

/// What containers use within a while, which begins when this is made.
struct UsageWindow {
    /// How long a while is in which the use of processors can be told.
    static let milliseconds = 1000

    private let begin = Clock.monotonic()
    /// The time on processors until then, by the container's id.
    private var spent: [String: Int64] = [:]

    init(_ containers: [ContainerRecord], in house: House) throws(Problem) {
        for container in containers {
            spent[container.id] = try house.usage(of: container)?.cpuNanoseconds
        }
    }

    /// The share of one processor, in percent, that a container has used in the while until now;
    /// that of its whole run where it did not run when it began.
    func share(_ container: ContainerRecord, _ usage: ContainerUsage) -> Double {
        guard let before = spent[container.id], usage.cpuNanoseconds >= before else {
            return UsageWindow.average(usage)
        }
        return Double(usage.cpuNanoseconds - before) / Double(max(Clock.monotonic() - begin, 1))
            * 100
    }

    /// The share of one processor, in percent, in the whole run.
    static func average(_ usage: ContainerUsage) -> Double {
        usage.age == 0 ? 0 : Double(usage.cpuNanoseconds) / Double(usage.age) * 100
    }

    /// How often figures are shown that go on: every so many seconds.
    static func repetition(everySeconds interval: Int, clears: Bool) -> Repetition {
        Repetition(pauseMilliseconds: max(0, interval * 1000 - milliseconds), clears: clears)
    }
}

extension Field {
    /// `--interval`
    static func interval(
        _ path: any (WritableKeyPath<Request, Int> & Sendable)
    ) -> Field {
        .value(
            "interval", short: "i", "SECONDS", "Show the figures this often",
            Whole<Int>.within(1...86_400), read: { $0[keyPath: path] = $1 },
            write: { "\($0[keyPath: path])" }
        ).standard("5")
    }

    /// `--no-reset`
    static func noReset(_ path: any (WritableKeyPath<Request, Bool> & Sendable)) -> Field {
        .flag("no-reset", "Show the figures below each other, the screen not cleared") {
            $0[keyPath: path] = !$1
        } write: {
            !$0[keyPath: path]
        }
    }
}
