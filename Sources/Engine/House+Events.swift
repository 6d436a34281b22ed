package import Base
import Kernel
package import Specs

/// What happens to containers, images and volumes, as it is told to `martlet events`.
///
/// It dies with the session, and costs one write(2): a file of lines below the run-time directory,
/// and the file before it. Monitors write there too.
extension House {
    /// Tells that something happened. A failure to tell is no failure of what happened.
    package func tell(
        _ kind: String, _ action: String, id: String, name: String,
        _ attributes: [String: String] = [:]
    ) {
        var event = EventRecord(
            time: Clock.wall(), kind: kind, action: action, id: id, name: name)
        event.attributes = attributes
        guard let run = try? run() else { return }
        let file = EventRecord.fileName
        try? Files.open(at: run, file, [.write, .create, .append, .noFollow]).writeAll(event.line)
        if let status = try? Files.status(at: run, file), status.size > Int64(Limits.eventBytes) {
            try? Files.rename(at: run, file, to: "\(file).1")
        }
    }

    /// Tells that something happened to a container, with its image and its labels.
    package func tell(_ action: String, of container: ContainerRecord) {
        var attributes = container.spec.labels
        attributes["image"] = container.imageName
        tell("container", action, id: container.id, name: container.name, attributes)
    }

    /// Hands out the events of a span of time, the oldest first.
    ///
    /// - Parameter follows: whether to wait for more, until `until` has come.
    package func events(
        since: Int64, until: Int64?, follows: Bool,
        each: (EventRecord) throws(Problem) -> Void
    ) throws(Problem) {
        let what = "cannot read the events"
        let path = "\(runPath)/\(EventRecord.fileName)"
        try explaining(what) { () throws(KernelFault) in
            let run = try Files.ensureDirectory(runPath)
            _ = try Files.open(at: run, EventRecord.fileName, [.write, .create, .append])
        }
        var reader = EventReader()
        func pass(_ bytes: [UInt8]) throws(Problem) {
            for event in reader.feed(bytes)
            where event.time >= since && event.time <= until ?? .max {
                try each(event)
            }
        }
        if let old = try? Files.read(path + ".1", limit: 2 * Limits.eventBytes) { try pass(old) }
        var file = try explaining(what) { () throws(KernelFault) in
            try Files.open(path, [.read])
        }
        let watch = try explaining(what) { () throws(KernelFault) in try FileWatch(runPath) }
        while true {
            let bytes = try explaining(what) { () throws(KernelFault) in
                try file.read(upTo: 256 << 10)
            }
            if !bytes.isEmpty {
                try pass(bytes)
                continue
            }
            guard follows, until.map({ Clock.wall() < $0 }) ?? true else { return }
            // Where the file was turned over, what comes next is in the new one.
            if let now = try? Files.status(path), let own = try? file.status(),
                !now.isSame(as: own)
            {
                file = try explaining(what) { () throws(KernelFault) in
                    try Files.open(path, [.read])
                }
                continue
            }
            let rest = until.map { max(1, ($0 - Clock.wall()) / 1_000_000) } ?? 1000
            try explaining(what) { () throws(KernelFault) in
                try watch.wait(upTo: Int(min(rest, 1000)))
            }
        }
    }
}

/// Takes the file of events apart; a line that is no event is left out.
private struct EventReader {
    private var buffer: [UInt8] = []

    mutating func feed(_ bytes: [UInt8]) -> [EventRecord] {
        buffer += bytes
        var events: [EventRecord] = []
        var start = 0
        while let end = buffer[start...].firstIndex(of: 0x0A) {
            let line = Array(buffer[start..<end])
            if let json = try? JSON(parsing: line, name: "event"),
                let event = try? json.decode(EventRecord.self, name: "event")
            {
                events.append(event)
            }
            start = end + 1
        }
        buffer.removeFirst(start)
        return events
    }
}
