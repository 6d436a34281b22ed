package import Base
package import Engine
import Kernel
import Records
import Specs

/// `martlet container stats`, `martlet stats`
package enum ContainerStats: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var all = false
        package var latest = false
        package var streams = true
        /// Seconds.
        package var interval = 5
        package var clears = true
        package var whole = false
        package var format = Format.standard
    }

    package typealias Reply = [JSON]

    package static var card: Card<Request> {
        Card(
            "container stats", or: "stats", summary: "Show what containers use",
            .get("/libpod/containers/stats"), blank: Request(),
            fields: [
                .flag("all", short: "a", "Show containers that do not run too") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .listFormat {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .interval(\.interval),
                .flag("latest", short: "l", "Take the newest container") {
                    $0.latest = $1
                } write: {
                    $0.latest
                },
                .noReset(\.clears),
                .flag("no-stream", "Show it once") {
                    $0.streams = !$1
                } write: {
                    !$0.streams
                },
                .noTrunc {
                    $0.whole = $1
                } write: {
                    $0.whole
                },
                .arguments("container", "The containers, by name or id") {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.runningContainer).wire("containers"),
            ]
        ).details(
            "The figures go on until they are interrupted, unless --no-stream is given. CPU % is the "
                + "share of one processor in the last second, or in the whole run with "
                + "--no-stream; AVG CPU % is always that of the whole run.",
            "Where no controller counts the memory of a container, what its processes have in "
                + "memory is added up.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        var containers: [ContainerRecord] = []
        for name in request.names { containers.append(try ledger.find(name)) }
        if request.latest { containers += try ledger.containers().suffix(1) }
        if request.names.isEmpty, !request.latest { containers = try ledger.containers() }
        let window = request.streams ? try UsageWindow(containers, in: house) : nil
        if window != nil { Clock.pause(milliseconds: UsageWindow.milliseconds) }
        var rows: [JSON] = []
        for container in containers {
            let usage = try house.usage(of: container)
            if usage == nil, request.names.isEmpty, !request.all { continue }
            rows.append(row(container, usage ?? ContainerUsage(), window, whole: request.whole))
        }
        return rows
    }

    package static func repetition(of request: Request) -> Repetition? {
        guard request.streams else { return nil }
        return UsageWindow.repetition(everySeconds: request.interval, clears: request.clears)
    }

    static func row(
        _ container: ContainerRecord, _ usage: ContainerUsage, _ window: UsageWindow?, whole: Bool
    ) -> JSON {
        let average = UsageWindow.average(usage)
        let share = window?.share(container, usage) ?? average
        let memory =
            usage.memoryLimit == 0
            ? 0 : Double(usage.memoryBytes) / Double(usage.memoryLimit) * 100
        let id = whole ? container.id : String(container.id.prefix(12))
        return .record([
            ("ID", .string(id)), ("ContainerID", .string(id)), ("Name", .string(container.name)),
            ("CPUPerc", .string(percent(share))), ("AvgCPU", .string(percent(average))),
            ("CPUNano", .integer(usage.cpuNanoseconds)),
            ("CPUTime", .string("\(Double(usage.cpuNanoseconds / 1_000_000) / 1000)s")),
            (
                "MemUsage",
                .string("\(Human.compact(usage.memoryBytes)) / \(Human.compact(usage.memoryLimit))")
            ),
            ("MemPerc", .string(percent(memory))), ("MemLimit", .integer(usage.memoryLimit)),
            (
                "NetIO",
                .string("\(Human.compact(usage.received)) / \(Human.compact(usage.sent))")
            ),
            (
                "BlockIO",
                .string("\(Human.compact(usage.read)) / \(Human.compact(usage.written))")
            ),
            ("PIDs", .integer(usage.processes)), ("PIDS", .integer(usage.processes)),
        ])
    }

    /// Two digits after the point.
    private static func percent(_ value: Double) -> String {
        let hundredths = Int64((value * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)%"
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        let table = View.Table(
            reply,
            "table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t"
                + "{{.BlockIO}}\t{{.PIDS}}\t{{.CPUTime}}\t{{.AvgCPU}}",
            headings: [
                "CPUPerc": "CPU %", "MemUsage": "MEM USAGE / LIMIT", "MemPerc": "MEM %",
                "NetIO": "NET IO", "BlockIO": "BLOCK IO", "CPUTime": "CPU TIME",
                "AvgCPU": "AVG CPU %",
            ])
        return View(request.format.content(of: table))
    }
}
