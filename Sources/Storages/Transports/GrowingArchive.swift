import Base
import Kernel
import Specs

/// A tar archive that grows from its beginning to its end, with no time and no owner in it: the same
/// members always give the same bytes.
///
/// Where it goes into a new file the place of each member is known before its content is, so that
/// several are written at once. A pipe gets one after the other.
final class GrowingArchive {
    private let file: SharedDescriptor
    /// How much there is, with `pending`.
    private var count: Int64 = 0
    private let takesBytesAnywhere: Bool
    /// Small pieces are gathered, as each write(2) to a pipe wakes its reader.
    private var pending: [UInt8] = []
    private static let gathered = 64 << 10

    init(_ file: SharedDescriptor) throws(Problem) {
        self.file = file
        takesBytesAnywhere = try explaining("cannot write the archive") { () throws(KernelFault) in
            try file.descriptor.takesBytesAnywhere()
        }
    }

    func addDirectory(_ path: String) throws(Problem) {
        try write(Self.header(path, size: 0, kind: .directory).span)
    }

    func add(_ path: String, _ bytes: [UInt8]) throws(Problem) {
        try add(path, size: Int64(bytes.count)) { (sink) throws(Problem) in
            try sink.take(bytes.span)
        }
    }

    /// Adds content that is compared with its digest on the way.
    func add(_ path: String, _ content: ContentDescriptor, _ range: ByteRange) throws(Problem) {
        try add(path, size: content.size) { (sink) throws(Problem) in
            try range.copy(content, sink.take)
        }
    }

    /// Adds files whose sizes are known and whose content `making` passes on, checked.
    func add(
        _ members: [(size: Int64, path: String)],
        _ making: (Int, BlobSink) throws(Problem) -> Void
    ) throws(Problem) {
        guard takesBytesAnywhere, members.count > 1 else {
            for (number, member) in members.enumerated() {
                try add(member.path, size: member.size) { (sink) throws(Problem) in
                    try making(number, sink)
                }
            }
            return
        }
        try flush()
        var starts: [Int64] = []
        for member in members {
            starts.append(count)
            count += Int64(Self.header(member.path, size: member.size, kind: .file).count)
            count += member.size + Int64(TarWriter.padding(after: member.size).count)
        }
        let file = file
        let _: [Int64] = try Parallel.map(members.count) { (number) throws(Problem) in
            let (size, path) = members[number]
            var place = starts[number]
            func write(_ bytes: ByteSpan) throws(Problem) {
                do throws(KernelFault) {
                    try file.descriptor.writeAll(bytes, at: place)
                } catch {
                    throw Self.problem(error)
                }
                place += Int64(bytes.count)
            }
            try write(Self.header(path, size: size, kind: .file).span)
            let start = place
            try making(number, BlobSink(take: write))
            try Self.check(path, place - start, size)
            try write(TarWriter.padding(after: size).span)
            return place
        }
    }

    /// Writes the end.
    func finish() throws(Problem) {
        try write(TarWriter.end.span)
        try flush()
        guard takesBytesAnywhere else { return }
        // Whoever shares the open file writes behind what is there.
        try explaining("cannot write the archive") { () throws(KernelFault) in
            try file.descriptor.seek(to: count)
        }
    }

    private func add(
        _ path: String, size: Int64, _ body: (BlobSink) throws(Problem) -> Void
    ) throws(Problem) {
        try write(Self.header(path, size: size, kind: .file).span)
        var written: Int64 = 0
        try body(
            BlobSink { (bytes) throws(Problem) in
                written += Int64(bytes.count)
                try self.write(bytes)
            })
        try Self.check(path, written, size)
        try write(TarWriter.padding(after: size).span)
    }

    private static func check(_ path: String, _ written: Int64, _ size: Int64) throws(Problem) {
        guard written == size else {
            throw Problem(
                .notVerified, "\"\(path)\" has \(written) bytes and should have \(size)",
                next: "look through the store with \"martlet system check\"")
        }
    }

    private static func header(_ path: String, size: Int64, kind: TarEntry.Kind) -> [UInt8] {
        var entry = TarEntry()
        entry.kind = kind
        entry.path = Array(path.utf8)
        entry.permissions = kind == .directory ? 0o755 : 0o644
        entry.size = size
        return TarWriter.header(entry)
    }

    private func write(_ bytes: ByteSpan) throws(Problem) {
        if pending.count + bytes.count > Self.gathered { try flush() }
        count += Int64(bytes.count)
        if bytes.count >= Self.gathered { return try pass(bytes, endingAt: count) }
        for index in bytes.indices { pending.append(bytes[index]) }
    }

    private func flush() throws(Problem) {
        let bytes = pending
        pending = []
        try pass(bytes.span, endingAt: count)
    }

    private func pass(_ bytes: ByteSpan, endingAt end: Int64) throws(Problem) {
        do throws(KernelFault) {
            if takesBytesAnywhere {
                try file.descriptor.writeAll(bytes, at: end - Int64(bytes.count))
            } else {
                try file.descriptor.writeAll(bytes)
            }
        } catch {
            throw Self.problem(error)
        }
    }

    private static func problem(_ fault: KernelFault) -> Problem {
        fault.problem("cannot write the archive")
    }
}
