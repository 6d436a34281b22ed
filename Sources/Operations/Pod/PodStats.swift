package import Base
package import Engine
import Kernel
import Records
import Specs

/// `martlet pod stats`
package enum PodStats: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var all = false
        package var latest = false
        package var streams = true
        package var clears = true
        package var whole = false
        package var format = Format.standard
    }

    package typealias Reply = [JSON]

    package static var card: Card<Request> {
        Card(
            "pod stats", summary: "Show what the containers of pods use",
            .get("/libpod/pods/stats"), blank: Request(),
            fields: [
                .flag("all", short: "a", "Show the containers of every pod") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .listFormat {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .flag("latest", short: "l", "Take the newest pod") {
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
                .arguments("pod", "The pods, by name or id; without one, those that run") {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.pod).wire("namesOrIDs"),
            ]
        ).checking { (request) throws(Problem) in
            guard !request.names.isEmpty, request.all || request.latest else { return }
            throw Problem(
                .badUsage,
                "names and \(request.all ? "--all" : "--latest") contradict each other",
                next: "leave one of them out")
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        try house.sweep(ledger)
        var pods = try request.names.map { (name) throws(Problem) in try ledger.findPod(name) }
        if request.names.isEmpty { pods = try ledger.pods() }
        if request.latest { pods = Array(pods.suffix(1)) }
        var members: [(container: ContainerRecord, pod: PodRecord)] = []
        for pod in pods {
            for (container, condition) in try house.condition(of: pod, ledger: ledger).members
            where condition.isRunning || request.all { members.append((container, pod)) }
        }
        let window = request.streams ? try UsageWindow(members.map(\.container), in: house) : nil
        if window != nil { Clock.pause(milliseconds: UsageWindow.milliseconds) }
        var rows: [JSON] = []
        for (container, pod) in members {
            if let row = try row(container, pod, window, request, in: house) { rows.append(row) }
        }
        return rows
    }

    package static func repetition(of request: Request) -> Repetition? {
        guard request.streams else { return nil }
        return UsageWindow.repetition(everySeconds: 5, clears: request.clears)
    }

    private static func row(
        _ container: ContainerRecord, _ pod: PodRecord, _ window: UsageWindow?,
        _ request: Request, in house: House
    ) throws(Problem) -> JSON? {
        let usage = try house.usage(of: container)
        if usage == nil, !request.all { return nil }
        let figures = ContainerStats.row(
            container, usage ?? ContainerUsage(), window, whole: request.whole)
        let id = request.whole ? pod.id : String(pod.id.prefix(12))
        let number = usage?.memoryBytes ?? 0
        let limit = usage?.memoryLimit ?? 0
        let own: [(String, JSON)] = [
            ("Pod", .string(id)), ("CID", figures["ID"] ?? .null),
            ("CPU", figures["CPUPerc"] ?? .null), ("Mem", figures["MemPerc"] ?? .null),
            ("MemUsageBytes", .string("\(Human.binary(number)) / \(Human.binary(limit))")),
        ]
        let kept = ["Name", "MemUsage", "NetIO", "BlockIO", "PIDS"].map { name in
            (name, figures[name] ?? JSON.null)
        }
        return .record(own + kept)
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        let table = View.Table(
            reply,
            "table {{.Pod}}\t{{.CID}}\t{{.Name}}\t{{.CPU}}\t{{.MemUsage}}\t{{.Mem}}\t{{.NetIO}}\t"
                + "{{.BlockIO}}\t{{.PIDS}}",
            headings: [
                "CPU": "CPU %", "MemUsage": "MEM USAGE / LIMIT", "Mem": "MEM %",
                "MemUsageBytes": "MEM USAGE / LIMIT", "NetIO": "NET IO", "BlockIO": "BLOCK IO",
            ])
        return View(request.format.content(of: table))
    }
}
