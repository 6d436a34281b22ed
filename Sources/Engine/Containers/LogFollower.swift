import Base
import Kernel

/// Reads a log of lines `TIME stdout F text`, those that were turned over (`NAME.1` and so on) first,
/// up to where it ended when it was opened, or on from there across its further turns to a new file.
struct LogFollower: ~Copyable {
    private let path: String
    private let what: String
    /// What is still to be read, the oldest first; the last is the one that is written.
    private var files: [SharedDescriptor]
    /// What has been read and still has a name: open, so that no other file gets its number.
    private var read: [SharedDescriptor] = []
    /// Bytes of the newest file before the end that it had at first: a container that writes as fast
    /// as it is read would keep the reader for ever. nil while it is followed.
    private var left: Int64?
    /// How often the log was turned over under the reader.
    private(set) var turns = 0
    private var buffer: [UInt8] = []
    private var start = 0

    init(path: String, what: String) throws(Problem) {
        let (files, size) = try explaining(what) { () throws(KernelFault) in
            let files = try LogFollower.files(of: path)
            return (files, try files.last?.descriptor.status().size)
        }
        self.path = path
        self.what = what
        self.files = files
        left = size
    }

    /// Goes on beyond the end that the log had at first.
    mutating func follow() { left = nil }

    /// Opens all files of a log, the oldest first.
    private static func files(of path: String) throws(KernelFault) -> [SharedDescriptor] {
        var files = [SharedDescriptor(try Files.open(path, [.read, .noFollow]))]
        for number in 1...Limits.logFiles {
            do throws(KernelFault) {
                let older = SharedDescriptor(
                    try Files.open("\(path).\(number)", [.read, .noFollow]))
                // Turned over between the two openings, it is met again.
                if try !files.has(older) { files.insert(older, at: 0) }
            } catch {
                if error.isAbsence { break }
                throw error
            }
        }
        return files
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
        do throws(KernelFault) {
            if try readOn() { return true }
            if files.count == 1 {
                guard left == nil, let now = try? Files.status(path),
                    try !now.isSame(as: files[0].descriptor.status())
                else { return false }
                // What was written between the last reading and the turn.
                if try readOn() { return true }
                turns += 1
                read.append(files[0])
                files = []
                for file in try LogFollower.files(of: path) where try !read.has(file) {
                    files.append(file)
                }
                var named: [SharedDescriptor] = []
                for file in read where try file.descriptor.status().links > 0 {
                    named.append(file)
                }
                read = named
                // Where there is no other file after all, this one is waited on.
                if files.isEmpty, let own = read.popLast() {
                    files = [own]
                    return false
                }
            } else {
                read.append(files.removeFirst())
            }
            return !files.isEmpty
        } catch {
            throw error.problem(what)
        }
    }

    private mutating func readOn() throws(KernelFault) -> Bool {
        let limit = files.count == 1 ? left : nil
        let more = try files[0].descriptor.read(upTo: Int(min(limit ?? .max, 64 << 10)))
        buffer += more
        if let limit { left = limit - Int64(more.count) }
        return !more.isEmpty
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

extension SharedDescriptor {
    fileprivate func isSame(as other: SharedDescriptor) throws(KernelFault) -> Bool {
        try descriptor.status().isSame(as: other.descriptor.status())
    }
}

extension [SharedDescriptor] {
    fileprivate func has(_ file: SharedDescriptor) throws(KernelFault) -> Bool {
        for own in self where try own.isSame(as: file) { return true }
        return false
    }
}
