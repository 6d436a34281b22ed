package import Base
import Kernel
import Records
package import Specs

/// What a running container has used so far.
package struct ContainerUsage: Equatable, Sendable {
    package var cpuNanoseconds: Int64 = 0
    package var memoryBytes: Int64 = 0
    /// The container's own limit, or all the memory of this machine.
    package var memoryLimit: Int64 = 0
    package var received: Int64 = 0
    package var sent: Int64 = 0
    package var read: Int64 = 0
    package var written: Int64 = 0
    package var processes = 0
    /// Nanoseconds since it was started.
    package var age: Int64 = 0

    package init() {}
}

extension House {
    /// Measures a container: by its control group where a controller counts, else by its
    /// processes. See the kernel's cgroup-v2.rst; nil where it does not run.
    package func usage(of container: ContainerRecord) throws(Problem) -> ContainerUsage? {
        let condition = try condition(of: container.id)
        guard condition.isRunning, let record = condition.record, let pid = record.process?.pid
        else { return nil }
        var usage = ContainerUsage()
        usage.age = Clock.wall() - (record.startedAt ?? Clock.wall())
        usage.memoryLimit = House.number("MemTotal:", in: "/proc/meminfo").map { $0 * 1024 } ?? 0
        let base = record.cgroup.map { (ControlGroup.mountPoint ?? "/sys/fs/cgroup") + $0 }
        let pids = base.map { House.processes($0) } ?? [pid]
        usage.processes = pids.count
        if let base {
            usage.cpuNanoseconds =
                (House.number("usage_usec", in: "\(base)/cpu.stat") ?? 0) * 1000
            if let limit = House.number("", in: "\(base)/memory.max") { usage.memoryLimit = limit }
        }
        if let bytes = base.flatMap({ House.number("", in: "\($0)/memory.current") }) {
            usage.memoryBytes = bytes
        } else {
            for pid in pids {
                usage.memoryBytes +=
                    (House.number("VmRSS:", in: "/proc/\(pid)/status") ?? 0) * 1024
            }
        }
        for pid in pids {
            usage.read += House.number("read_bytes:", in: "/proc/\(pid)/io") ?? 0
            usage.written += House.number("write_bytes:", in: "/proc/\(pid)/io") ?? 0
        }
        (usage.received, usage.sent) = House.traffic(of: pid)
        return usage
    }

    /// The processes of a control group and of those below it.
    private static func processes(_ path: String) -> [Int32] {
        let own = (try? Files.readText("\(path)/cgroup.procs")) ?? ""
        var pids = own.split(separator: "\n").compactMap { Int32($0) }
        guard let directory = try? Files.open(path, [.read, .directory]),
            let entries = try? Files.entries(in: directory)
        else { return pids }
        for entry in entries where entry.isDirectory {
            pids += processes("\(path)/\(entry.name.text)")
        }
        return pids
    }

    /// The number after a word at the beginning of a line; nil where there is none.
    private static func number(_ word: String, in path: String) -> Int64? {
        guard let text = try? Files.readText(path) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix(word) {
            return line.dropFirst(word.count).split { $0 == " " || $0 == "\t" }.first
                .flatMap { Int64($0) }
        }
        return nil
    }

    /// Bytes received and sent by all but the loopback. See proc_pid_net(5), dev.
    private static func traffic(of pid: Int32) -> (Int64, Int64) {
        let text = (try? Files.readText("/proc/\(pid)/net/dev")) ?? ""
        var sums: (Int64, Int64) = (0, 0)
        for line in text.split(separator: "\n").dropFirst(2) {
            let halves = line.split(separator: ":", maxSplits: 1)
            guard halves.count == 2, halves[0].filter({ $0 != " " }) != "lo" else { continue }
            let numbers = halves[1].split(separator: " ").compactMap { Int64($0) }
            guard numbers.count > 8 else { continue }
            sums.0 += numbers[0]
            sums.1 += numbers[8]
        }
        return sums
    }
}
