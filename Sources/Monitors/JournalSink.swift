package import Base
import Kernel
package import Specs

/// Sends a container's lines to the journal, in its own protocol. See systemd's
/// "Native Journal Protocol".
///
/// The text travels with its length before it, so no line feed, "=" or other byte of it can begin a
/// field (T-LOG-3).
package final class JournalSink: LogSink {
    /// Where the journal listens; another place in tests.
    package static let address = "/run/systemd/journal/socket"

    private let address: String
    private var socket: SharedDescriptor?
    private let fields: [UInt8]
    private var problem: Problem?
    private var hasTold = false
    /// Whether the last piece of each output ended a line.
    private var isWhole: [Bool] = [true, true, true]

    package init(
        _ plan: MonitorPlan, tag: String?, fields: [MonitorPlan.Log.Field], address: String
    )
        throws(Problem)
    {
        self.address = address
        var bytes: [UInt8] = []
        let identity = tag ?? plan.name
        for (name, value) in [
            ("CONTAINER_NAME", plan.name), ("CONTAINER_ID", String(plan.id.prefix(12))),
            ("CONTAINER_ID_FULL", plan.id), ("CONTAINER_TAG", tag ?? ""),
            ("SYSLOG_IDENTIFIER", identity),
        ] where !value.isEmpty {
            bytes += JournalSink.field(name, Array(value.utf8)[...])
        }
        for field in fields where JournalSink.isAllowed(field.name) {
            bytes += JournalSink.field(field.name, Array(field.value.utf8)[...])
        }
        self.fields = bytes
        try connect()
    }

    var waitsFor: SharedDescriptor? { socket }

    func takeProblem() -> Problem? {
        defer { problem = nil }
        return problem
    }

    package func take(_ chunk: ArraySlice<UInt8>, _ kind: OutputKind, at time: Int64) -> Int {
        var start = chunk.startIndex
        while start < chunk.endIndex {
            let (end, ends) = LineCutter.piece(chunk, from: start)
            var entry = fields
            entry += kind == .output ? JournalSink.outputPriority : JournalSink.errorPriority
            if !ends { entry += JournalSink.partial }
            entry += JournalSink.field("MESSAGE", chunk[start..<end])
            if !send(entry) { return start - chunk.startIndex }
            start = ends ? end + 1 : end
        }
        return chunk.count
    }

    private static let outputPriority = Array("PRIORITY=6\n".utf8)
    private static let errorPriority = Array("PRIORITY=3\n".utf8)
    private static let partial = Array("CONTAINER_PARTIAL_MESSAGE=true\n".utf8)

    /// Sends one entry; false where the journal is busy and it must be sent again later.
    private func send(_ entry: [UInt8]) -> Bool {
        for attempt in 0..<2 {
            guard let socket else { break }
            do {
                try Sockets.send(entry, to: socket.descriptor, waiting: false)
                hasTold = false
                return true
            } catch {
                if error.wouldWait { return false }
                let lost = error.isHangUp
                if attempt == 0, lost, (try? connect()) != nil { continue }
                if !hasTold { problem = error.problem("cannot write to the journal") }
                hasTold = true
            }
        }
        // The entry is lost; the container goes on.
        return true
    }

    private func connect() throws(Problem) {
        let address = address
        socket = try explaining("cannot reach the journal", next: "use --log-driver k8s-file") {
            () throws(KernelFault) in
            SharedDescriptor(try Sockets.connect(address, .datagram))
        }
    }

    /// Returns a field in the form that takes any bytes: name, length in 8 bytes, value.
    static func field(_ name: String, _ value: ArraySlice<UInt8>) -> [UInt8] {
        var bytes = Array(name.utf8)
        bytes.reserveCapacity(bytes.count + 10 + value.count)
        bytes.append(0x0A)
        var length = UInt64(value.count)
        for _ in 0..<8 {
            bytes.append(UInt8(truncatingIfNeeded: length))
            length >>= 8
        }
        bytes += value
        bytes.append(0x0A)
        return bytes
    }

    /// Whether the journal takes a field of that name, and it is none of ours.
    static func isAllowed(_ name: String) -> Bool {
        guard let first = name.utf8.first, (1...64).contains(name.utf8.count),
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first)
        else { return false }
        let reserved = ["MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER"]
        return !reserved.contains(name) && !name.hasPrefix("CONTAINER_")
            && name.utf8.allSatisfy { $0 == UInt8(ascii: "_") || $0.isLetterOrDigit && $0 < 97 }
    }
}
