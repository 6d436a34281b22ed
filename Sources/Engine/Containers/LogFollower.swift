import Base
import Kernel

/// Reads a log of lines `TIME stdout F text`, across its turns to a new file.
struct LogFollower: ~Copyable {
    private let path: String
    private let what: String
    private var file: Descriptor
    private var buffer: [UInt8] = []
    private var start = 0

    init(path: String, what: String) throws(Problem) {
        self.path = path
        self.what = what
        file = try explaining(what) { () throws(KernelFault) in
            try Files.open(path, [.read, .noFollow])
        }
    }

    /// Returns the next entry, or nil where there is none yet.
    mutating func next() throws(Problem) -> LogEntry? {
        while true {
            if let end = buffer[start...].firstIndex(of: 0x0A) {
                let line = buffer[start..<end]
                start = end + 1
                if let entry = LogFollower.entry(line) { return entry }
                continue
            }
            buffer.removeFirst(start)
            start = 0
            if try !fill() { return nil }
        }
    }

    private mutating func fill() throws(Problem) -> Bool {
        let more: [UInt8]
        do throws(KernelFault) {
            more = try file.read(upTo: 64 << 10)
        } catch {
            throw error.problem(what)
        }
        if !more.isEmpty {
            buffer += more
            return true
        }
        return try turn()
    }

    /// Goes on with the file that now has the name, where the old one was turned over.
    private mutating func turn() throws(Problem) -> Bool {
        guard let now = try? Files.status(path), let own = try? file.status(), !now.isSame(as: own)
        else { return false }
        let path = path
        file = try explaining(what) { () throws(KernelFault) in
            try Files.open(path, [.read, .noFollow])
        }
        return true
    }

    /// Returns something that waits until the log has changed.
    func watch() throws(Problem) -> FileWatch {
        let path = path
        return try explaining(what) { () throws(KernelFault) in try FileWatch(path) }
    }

    /// Takes a line apart; nil for one that is no line of a log of ours.
    static func entry(_ line: ArraySlice<UInt8>) -> LogEntry? {
        let parts = line.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4,
            let time = Timestamp.parse(String(decoding: parts[0], as: UTF8.self))
        else { return nil }
        return LogEntry(
            bytes: Array(parts[3]), time: time, isError: parts[1].elementsEqual("stderr".utf8),
            endsLine: parts[2].first == UInt8(ascii: "F"))
    }
}
