import Base
import Kernel

/// One process of a container, as `top` shows it. See proc_pid_stat(5), proc_pid_status(5).
struct ProcessRow {
    private let members: [String: String]

    /// The columns there are, by podman's names.
    static let columns = [
        "args", "comm", "etime", "group", "hgroup", "hpid", "huser", "nice", "pgid", "pid", "ppid",
        "state", "time", "user", "vsz",
    ]

    /// What is shown where nothing is asked for.
    static let usual = ["user", "pid", "ppid", "etime", "time", "args"]

    /// Returns the processes that share the pid namespace of `payload`, by their numbers.
    static func all(with payload: Int32) throws(Problem) -> [ProcessRow] {
        try explaining("cannot list the processes of the container") { () throws(KernelFault) in
            let space = try Files.target("/proc/\(payload)/ns/pid")
            let names = try Files.names(in: try Files.open("/proc", [.read, .directory]))
            return names.compactMap { Int32($0) }.sorted().compactMap { pid in
                // A process that ends meanwhile is left out.
                guard (try? Files.target("/proc/\(pid)/ns/pid")) == space else { return nil }
                return ProcessRow(pid: pid, maps: payload)
            }
        }
    }

    private init?(pid: Int32, maps payload: Int32) {
        guard let status = try? Files.readText("/proc/\(pid)/status"),
            let stat = try? Files.readText("/proc/\(pid)/stat"),
            let end = stat.lastIndex(of: ")"), let start = stat.firstIndex(of: "(")
        else { return nil }
        // The name may hold blanks and brackets, so that fields count from behind it.
        let fields = stat[stat.index(after: end)...].split(separator: " ").map(String.init)
        guard fields.count > 20 else { return nil }
        func ids(_ key: String) -> [String] {
            let line = status.split(separator: "\n").first { $0.hasPrefix(key + ":") }
            return line?.dropFirst(key.count + 1).split { $0 == "\t" || $0 == " " }.map(String.init)
                ?? []
        }
        func inside(_ id: String, _ map: String) -> String {
            guard let number = Int64(id), let text = try? Files.readText("/proc/\(payload)/\(map)")
            else { return id }
            for line in text.split(separator: "\n") {
                let range = line.split(separator: " ").compactMap { Int64($0) }
                guard range.count == 3, number >= range[1], number < range[1] + range[2] else {
                    continue
                }
                return "\(range[0] + number - range[1])"
            }
            return "?"
        }
        let words = (try? Files.readText("/proc/\(pid)/cmdline")) ?? ""
        let name = String(stat[stat.index(after: start)..<end])
        let args = words.split(separator: "\0").joined(separator: " ")
        let (user, group) = (ids("Uid").first ?? "?", ids("Gid").first ?? "?")
        let ticks = (Int64(fields[11]) ?? 0) + (Int64(fields[12]) ?? 0)
        let age = Clock.monotonic() / 1_000_000_000 - (Int64(fields[19]) ?? 0) / 100
        members = [
            "pid": ids("NSpid").last ?? "\(pid)", "hpid": "\(pid)", "ppid": fields[1],
            "pgid": fields[2], "state": fields[0], "comm": name,
            "args": args.isEmpty ? "[\(name)]" : args,
            "user": inside(user, "uid_map"), "huser": user, "group": inside(group, "gid_map"),
            "hgroup": group, "nice": fields[16], "vsz": "\((Int64(fields[20]) ?? 0) / 1024)",
            "time": ProcessRow.clock(ticks / 100), "etime": ProcessRow.clock(max(0, age)),
        ]
    }

    /// The line of these columns, parted by tabs.
    func line(_ columns: [String]) -> String {
        columns.map { members[$0] ?? "" }.joined(separator: "\t")
    }

    /// `1:02:03`
    private static func clock(_ seconds: Int64) -> String {
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let minutes = "\(two(seconds / 60 % 60)):\(two(seconds % 60))"
        return seconds < 3600 ? minutes : "\(seconds / 3600):\(minutes)"
    }
}
