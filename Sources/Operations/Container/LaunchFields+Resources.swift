import Base
import Specs

extension Field where Request == LaunchRequest {
    /// Memory, processors, processes, limits.
    static var resourceFields: [Field] { memoryFields + processorFields + limitFields }

    private static var memoryFields: [Field] {
        [
            .value("memory", short: "m", "SIZE", "Limit memory", ByteSize.parse) {
                $0.spec.resources.memoryBytes = $1
            } write: {
                $0.spec.resources.memoryBytes.map { "\($0)" }
            },
            .value("memory-reservation", "SIZE", "Protect this much memory", ByteSize.parse) {
                $0.spec.resources.memoryReservationBytes = $1
            } write: {
                $0.spec.resources.memoryReservationBytes.map { "\($0)" }
            },
            .value(
                "memory-swap", "SIZE", "Limit memory and swap together; -1 is no limit",
                LimitOption.parse
            ) {
                $0.spec.resources.memorySwapBytes = $1
            } write: {
                $0.spec.resources.memorySwapBytes.map { "\($0)" }
            },
            .value(
                "oom-score-adj", "NUMBER", "Set how soon it is killed when memory runs out",
                Whole<Int>.within(-1000...1000)
            ) {
                $0.spec.resources.oomScoreAdjustment = $1
            } write: {
                $0.spec.resources.oomScoreAdjustment.map { "\($0)" }
            },
        ]
    }

    private static var processorFields: [Field] {
        [
            .value("cpus", "NUMBER", "Limit processors, such as 1.5", ProcessorOption.parse) {
                $0.spec.resources.milliCPUs = $1
            } write: {
                $0.spec.resources.milliCPUs.map(ProcessorOption.text)
            },
            .value(
                "cpu-period", "MICROSECONDS", "Set the period of the processor quota",
                Whole<UInt64>.parse
            ) {
                $0.spec.resources.cpuPeriodMicroseconds = $1
            } write: {
                $0.spec.resources.cpuPeriodMicroseconds.map { "\($0)" }
            },
            .value(
                "cpu-quota", "MICROSECONDS", "Limit processor time within a period",
                Whole<Int64>.parse
            ) {
                $0.spec.resources.cpuQuotaMicroseconds = $1
            } write: {
                $0.spec.resources.cpuQuotaMicroseconds.map { "\($0)" }
            },
            .value(
                "cpu-shares", short: "c", "NUMBER", "Weigh processor time, 1024 is normal",
                Whole<UInt64>.parse
            ) {
                $0.spec.resources.cpuShares = $1
            } write: {
                $0.spec.resources.cpuShares.map { "\($0)" }
            },
            .value("cpuset-cpus", "LIST", "Allow these processors, such as 0-2,4") {
                $0.spec.resources.cpusetCPUs = $1
            } write: {
                $0.spec.resources.cpusetCPUs
            },
            .value("cpuset-mems", "LIST", "Allow these memory nodes") {
                $0.spec.resources.cpusetMemory = $1
            } write: {
                $0.spec.resources.cpusetMemory
            },
        ]
    }

    private static var limitFields: [Field] {
        [
            .value(
                "pids-limit", "COUNT", "Limit processes; -1 is no limit",
                Whole<Int64>.within(-1...Int64(Int32.max))
            ) {
                $0.spec.resources.pidsLimit = $1 == 0 ? -1 : $1
            } write: {
                $0.spec.resources.pidsLimit.map { "\($0)" }
            }.standard("2048"),
            .commaSeparated(
                "ulimit", "NAME=SOFT[:HARD]", "Set a limit of setrlimit(2); host takes yours"
            ) {
                (request, text) throws(Problem) in
                if text == "host" {
                    request.spec.resources.hostLimits = true
                } else {
                    let limit = try ProcessLimitOption.parse(text, for: "--ulimit")
                    request.spec.resources.limits.append(limit)
                }
            } write: {
                $0.spec.resources.limits.map(ProcessLimitOption.text)
                    + ($0.spec.resources.hostLimits ? ["host"] : [])
            },
            .commaSeparated(
                "sysctl", "NAME=VALUE", "Set a kernel parameter of the container",
                Assignments.pair
            ) {
                $0.spec.resources.sysctls[$1.key] = $1.value
            } write: {
                Assignments.texts(of: $0.spec.resources.sysctls)
            },
            .commaSeparated(
                "cgroup-conf", "FILE=VALUE", "Write to a file of the container's cgroup",
                Assignments.pair
            ) {
                $0.spec.resources.unified[$1.key] = $1.value
            } write: {
                Assignments.texts(of: $0.spec.resources.unified)
            },
            .value(
                "blkio-weight", "NUMBER", "Weigh disk time, from 10 to 1000",
                Whole<UInt16>.within(10...1000)
            ) {
                $0.spec.resources.blockWeight = $1
            } write: {
                $0.spec.resources.blockWeight.map { "\($0)" }
            },
            blockLimit("blkio-weight-device", "DEVICE:WEIGHT", "Weigh the time of one disk"),
            blockLimit("device-read-bps", "DEVICE:RATE", "Limit bytes read in a second"),
            blockLimit("device-read-iops", "DEVICE:RATE", "Limit reads in a second"),
            blockLimit("device-write-bps", "DEVICE:RATE", "Limit bytes written in a second"),
            blockLimit("device-write-iops", "DEVICE:RATE", "Limit writes in a second"),
        ]
    }

    private static func blockLimit(_ name: String, _ placeholder: String, _ summary: String)
        -> Field
    {
        .repeated(name, placeholder, summary) { (request, text) throws(Problem) in
            let parts = text.split(separator: ":")
            guard text.hasPrefix("/"), parts.count == 2 else {
                throw Problem(
                    .badValue, "\"\(text.printable)\" is no value for --\(name)",
                    next: "write \(placeholder), such as /dev/sda:10m")
            }
            request.spec.resources.blockLimits[name, default: []].append(text)
        } write: {
            $0.spec.resources.blockLimits[name] ?? []
        }
    }
}
