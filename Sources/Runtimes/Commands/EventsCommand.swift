import Base
import Kernel
import Specs

/// events: what a container uses, once or again and again, as runc prints it.
enum EventsCommand {
    static func run(_ words: ArraySlice<String>, _ setting: RuntimeSetting) throws(Problem) -> Int32
    {
        let words = try RuntimeCommand.read("events", words)
        let id = try words.id()
        let store = try RecordStore(setting.root)
        let record = try store.load(id)
        let status = try record.status(in: try store.place(of: id))
        guard status != .stopped else {
            throw Problem(
                .wrongState, "nothing is counted for container \"\(id)\"",
                why: "it is \(status.rawValue)")
        }
        guard let cgroup = record.cgroup else {
            throw Problem(
                .missingOnMachine, "nothing is counted for container \"\(id)\"",
                why: "it has no cgroup of its own")
        }
        let group = ControlGroup(path: cgroup)
        let interval = try nanoseconds(words["interval"] ?? "5s")
        guard !words.has("stats") else { return RuntimeCommandLine.print(stats(group, id)) }
        let process = try record.process()
        return try explaining("cannot watch container \"\(id)\"") { () throws(KernelFault) in
            try watch(group, id, process, interval)
        }
    }

    private enum Token: UInt64 { case clock, end }

    /// Prints until the container has ended, or nobody reads any more.
    private static func watch(
        _ group: ControlGroup, _ id: ObjectName, _ process: borrowing ProcessHandle,
        _ interval: Int64
    ) throws(KernelFault) -> Int32 {
        let loop = try Loop()
        let clock = try Timer()
        try clock.set(after: 1, every: interval)
        try loop.add(clock.descriptor, for: .readable, token: Token.clock.rawValue)
        try loop.add(process.descriptor, for: .readable, token: Token.end.rawValue)
        var killed = group.value("oom_kill", in: "memory.events") ?? 0
        while true {
            let count = try loop.wait()
            for index in 0..<count {
                switch Token(rawValue: loop[index].token) {
                case .end: return 0
                case .clock:
                    _ = try clock.acknowledge()
                    let now = group.value("oom_kill", in: "memory.events") ?? 0
                    if now > killed { try Console.write(event("oom", id, nil)) }
                    killed = now
                    try Console.write(stats(group, id))
                case nil: break
                }
            }
        }
    }

    /// Reads `500ms`, `5s`, `1m` or a number of seconds.
    static func nanoseconds(_ text: String) throws(Problem) -> Int64 {
        let units: [(String, Int64)] = [
            ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("", 1_000_000_000),
        ]
        for (unit, length) in units where text.hasSuffix(unit) {
            guard let number = Int64(text.dropLast(unit.count)), (1...86_400).contains(number)
            else { break }
            return number * length
        }
        throw Problem(
            .badUsage, "\"\(text.printable)\" is no time for \"--interval\"",
            next: "write it like 500ms, 5s or 1m")
    }

    private static func event(_ type: String, _ id: ObjectName, _ data: JSON?) -> String {
        var members: [JSON.Member] = [
            .init("type", .string(type)), .init("id", .string(id.text)),
        ]
        if let data { members.append(.init("data", data)) }
        return JSON.object(members).text() + "\n"
    }

    private static func stats(_ group: ControlGroup, _ id: ObjectName) -> String {
        func number(_ file: String, otherwise: UInt64 = 0) -> JSON {
            let text = (try? group.read(file))?.filter { $0 != "\n" } ?? ""
            return .integer(UInt64(text) ?? otherwise)
        }
        func value(_ key: String, _ file: String, times factor: Int = 1) -> JSON {
            .integer((group.value(key, in: file) ?? 0) * factor)
        }
        let cpu = JSON.object([
            .init(
                "usage",
                .object([
                    .init("total", value("usage_usec", "cpu.stat", times: 1000)),
                    .init("kernel", value("system_usec", "cpu.stat", times: 1000)),
                    .init("user", value("user_usec", "cpu.stat", times: 1000)),
                ])),
            .init(
                "throttling",
                .object([
                    .init("periods", value("nr_periods", "cpu.stat")),
                    .init("throttledPeriods", value("nr_throttled", "cpu.stat")),
                    .init("throttledTime", value("throttled_usec", "cpu.stat", times: 1000)),
                ])),
        ])
        let memory = JSON.object([
            .init("cache", value("file", "memory.stat")),
            .init(
                "usage",
                .object([
                    .init("usage", number("memory.current")),
                    .init("max", number("memory.peak")),
                    .init("limit", number("memory.max", otherwise: .max)),
                    .init("failcnt", value("max", "memory.events")),
                ])),
            .init(
                "swap",
                .object([
                    .init("usage", number("memory.swap.current")),
                    .init("limit", number("memory.swap.max", otherwise: .max)),
                ])),
        ])
        let pids = JSON.object([
            .init("current", number("pids.current")),
            .init("limit", number("pids.max", otherwise: .max)),
        ])
        return event(
            "stats", id,
            .object([.init("cpu", cpu), .init("memory", memory), .init("pids", pids)]))
    }
}
