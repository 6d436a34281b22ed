package import Base
import Kernel

/// A log file of lines as kubelet and podman's `k8s-file` have them: `TIME stdout F text`.
///
/// F is a whole line, P a piece of one whose rest follows. What the container writes stands after
/// three words of ours on every line, so it can imitate nothing (T-LOG-2). A last line without a
/// line feed stays a P: so the exact bytes can be given back.
package final class LineLog: LogSink {
    private let directory: Descriptor
    private let name: String
    private let maxBytes: Int64?
    private let keep: Int
    private var file: Descriptor?
    private var size: Int64 = 0
    private var problem: Problem?
    /// Whether a fault has been told, so that a full disk is not told with every line.
    private var hasTold = false
    /// Whether the file ends within a line because the disk was full.
    private var isTorn = false
    private var nextLook: Int64 = 0
    private var stamp = TimeStamper()

    /// Bytes that are gathered before they are written.
    private static let batch = 48 << 10
    /// Nanoseconds between two looks at whether somebody removed the file.
    private static let lookInterval: Int64 = 1_000_000_000

    /// Opens or makes the log at an absolute path; the last part of it is never followed as a link
    /// (T-LOG-4). Its directory must be there: a container that is removed while it starts must not
    /// get its directory back.
    ///
    package init(path: String, maxBytes: Int64?, keep: Int) throws(Problem) {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        name = String(path[path.index(after: slash)...])
        self.maxBytes = maxBytes
        self.keep = min(max(keep, 0), Limits.logFiles)
        let parent = slash == path.startIndex ? "/" : String(path[..<slash])
        directory = try explaining("cannot open the log \"\(path)\"") { () throws(KernelFault) in
            try Files.open(parent, [.read, .directory])
        }
        do { try open() } catch { throw error.problem("cannot open the log \"\(path)\"") }
    }

    /// A file is always writable.
    var waitsFor: SharedDescriptor? { nil }

    func takeProblem() -> Problem? {
        defer { problem = nil }
        return problem
    }

    package func take(_ chunk: ArraySlice<UInt8>, _ kind: OutputKind, at time: Int64) -> Int {
        if time >= nextLook { look(time) }
        let head = stamp.bytes(time) + (kind == .output ? LineLog.outputWord : LineLog.errorWord)
        var batch: [UInt8] = []
        batch.reserveCapacity(min(LineLog.batch, chunk.count + 64))
        var start = chunk.startIndex
        while start < chunk.endIndex {
            let (end, isWhole) = LineCutter.piece(chunk, from: start)
            batch += head
            batch.append(UInt8(ascii: isWhole ? "F" : "P"))
            batch.append(0x20)
            batch += chunk[start..<end]
            batch.append(0x0A)
            start = isWhole ? end + 1 : end
            if batch.count >= LineLog.batch {
                write(batch)
                batch.removeAll(keepingCapacity: true)
            }
        }
        if !batch.isEmpty { write(batch) }
        return chunk.count
    }

    private static let outputWord = Array(" stdout ".utf8)
    private static let errorWord = Array(" stderr ".utf8)

    private func write(_ batch: [UInt8]) {
        do {
            if let maxBytes, size > 0, size + Int64(batch.count) > maxBytes { try turnOver() }
            if file == nil { try open() }
            var rest = batch[...]
            if isTorn { rest = [0x0A] + rest }
            while !rest.isEmpty, let count = try file?.write(rest) {
                isTorn = true
                size += Int64(count)
                rest = rest.dropFirst(count)
            }
            isTorn = false
            hasTold = false
        } catch {
            if !hasTold { problem = error.problem("cannot write the log \"\(name)\"") }
            hasTold = true
        }
    }

    /// Opens the file anew where somebody removed it, and learns its size where somebody cut it.
    private func look(_ time: Int64) {
        nextLook = time + LineLog.lookInterval
        do {
            guard let status = try file?.status() else { return }
            size = status.size
            if status.links == 0 { try open() }
        } catch {
            problem = error.problem("cannot look at the log \"\(name)\"")
        }
    }

    private func open() throws(KernelFault) {
        let opened = try Files.open(
            at: directory, name, [.write, .create, .append, .noFollow, .noTerminal, .nonBlocking])
        size = try opened.status().size
        file = consume opened
    }

    /// Begins a new file; the log's name always leads to one, for those who read it meanwhile.
    private func turnOver() throws(KernelFault) {
        // First, so that nothing is moved where there is no room for a file.
        let draft = name + ".new"
        let made = try Files.open(
            at: directory, draft,
            [.write, .create, .truncate, .append, .noFollow, .noTerminal, .nonBlocking])
        for number in stride(from: keep, to: 1, by: -1) {
            try ignoringAbsence { () throws(KernelFault) in
                try Files.rename(at: directory, "\(name).\(number - 1)", to: "\(name).\(number)")
            }
        }
        if keep > 0 {
            let older = FileName(name + ".1")
            try ignoringAbsence { () throws(KernelFault) in
                try Files.remove(at: directory, older.text)
            }
            try ignoringAbsence { () throws(KernelFault) in
                do throws(KernelFault) {
                    try Files.hardLink(from: directory, FileName(name), to: directory, older)
                } catch  where !error.isAbsence {
                    // A file system without second names.
                    try Files.rename(at: directory, name, to: older.text)
                }
            }
        }
        try Files.rename(at: directory, draft, to: name)
        file = consume made
        size = 0
    }

    private func ignoringAbsence(_ body: () throws(KernelFault) -> Void) throws(KernelFault) {
        do throws(KernelFault) { try body() } catch { if !error.isAbsence { throw error } }
    }
}

/// Writes the time of a log line; the parts that stay the same within a second are kept.
struct TimeStamper {
    private var second = Int64.min
    private var prefix: [UInt8] = []

    /// Returns `2026-01-31T12:00:00.000000000Z`.
    mutating func bytes(_ nanoseconds: Int64) -> [UInt8] {
        let now = nanoseconds / 1_000_000_000
        if now != second {
            prefix = Array(Timestamp.text(now * 1_000_000_000).utf8.prefix(20))
            second = now
        }
        var text = prefix
        text.reserveCapacity(40)
        var divisor: Int64 = 100_000_000
        let fraction = nanoseconds - now * 1_000_000_000
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction / divisor % 10))
            divisor /= 10
        }
        text.append(UInt8(ascii: "Z"))
        return text
    }
}
