package import Base
import Kernel

/// Reads a tar archive from bytes that are pushed into it in pieces of any size.
///
/// Reads ustar, GNU's long names and base-256 numbers, and pax headers; what readers disagree about
/// is refused (T-TAR-7). Holds one block and at most one extended header, whatever the archive's
/// size (T-TAR-11).
package struct TarReader: ~Copyable {
    private enum Phase {
        case header
        /// Content of an entry that the sink receives.
        case content(remaining: Int64, padding: Int)
        /// Content of a header that describes the next entry.
        case description(type: UInt8, remaining: Int, padding: Int)
        case padding(remaining: Int)
        case ended
    }

    private var phase = Phase.header
    private var block: [UInt8] = []
    private var description: [UInt8] = []
    private var records: PaxRecords?
    private var longName: [UInt8]?
    private var longTarget: [UInt8]?
    private var zeroBlocks = 0

    package init() { block.reserveCapacity(512) }

    /// Whether both zero blocks that end an archive were met; what follows them is ignored.
    package var hasEnded: Bool {
        if case .ended = phase { true } else { false }
    }

    /// Takes the next bytes of the archive.
    package mutating func feed(
        _ bytes: ByteSpan, to sink: inout some TarSink & ~Copyable
    ) throws(Problem) {
        var position = 0
        while position < bytes.count {
            let available = bytes.count - position
            switch phase {
            case .ended:
                return try sink.passed(bytes.extracting(position...))
            case .header:
                let count = min(512 - block.count, available)
                try sink.passed(bytes.extracting(position..<position + count))
                append(bytes, position, count, describing: false)
                position += count
                if block.count == 512 { try header(&sink) }
            case .content(let remaining, let padding):
                let count = Int(min(remaining, Int64(available)))
                try sink.content(bytes.extracting(position..<position + count))
                position += count
                if Int64(count) == remaining {
                    try sink.end()
                    phase = padding > 0 ? .padding(remaining: padding) : .header
                } else {
                    phase = .content(remaining: remaining - Int64(count), padding: padding)
                }
            case .description(let type, let remaining, let padding):
                let count = min(remaining, available)
                try sink.passed(bytes.extracting(position..<position + count))
                append(bytes, position, count, describing: true)
                position += count
                if count == remaining {
                    phase = padding > 0 ? .padding(remaining: padding) : .header
                    try describe(type)
                } else {
                    phase = .description(type: type, remaining: remaining - count, padding: padding)
                }
            case .padding(let remaining):
                let count = min(remaining, available)
                try sink.passed(bytes.extracting(position..<position + count))
                position += count
                phase = count == remaining ? .header : .padding(remaining: remaining - count)
            }
        }
    }

    /// Says that there are no more bytes.
    ///
    /// - Parameter strict: whether the zero blocks at the end must have come. Some programs leave
    ///   them out; where a digest vouches for the archive they are not needed.
    package mutating func finish(strict: Bool) throws(Problem) {
        switch phase {
        case .ended:
            return
        case .header
        where block.isEmpty && !strict && records == nil && longName == nil && longTarget == nil:
            return
        case .header, .content, .description, .padding:
            throw TarHeader.refuse("it ends too early")
        }
    }

    /// How many bytes of the archive may be left out now: the rest of a file's content.
    package var skippable: Int64 {
        if case .content(let remaining, let padding) = phase {
            remaining + Int64(padding)
        } else {
            0
        }
    }

    /// Goes on after the present entry's content, which the caller has passed over in its own file.
    package mutating func skip(_ sink: inout some TarSink & ~Copyable) throws(Problem) {
        guard case .content = phase else { return }
        try sink.end()
        phase = .header
    }

    private mutating func append(_ bytes: ByteSpan, _ start: Int, _ count: Int, describing: Bool) {
        for index in start..<start + count {
            if describing { description.append(bytes[index]) } else { block.append(bytes[index]) }
        }
    }

    private mutating func header(_ sink: inout some TarSink & ~Copyable) throws(Problem) {
        defer { block.removeAll(keepingCapacity: true) }
        if block.allSatisfy({ $0 == 0 }) {
            zeroBlocks += 1
            if records != nil || longName != nil || longTarget != nil {
                throw TarHeader.refuse(
                    "it ends after the description of an entry that is not there")
            }
            if zeroBlocks == 2 { phase = .ended }
            return
        }
        guard zeroBlocks == 0 else { throw TarHeader.refuse("there is an entry after its end") }
        let header = try TarHeader(block)
        switch header.type {
        case UInt8(ascii: "x"), UInt8(ascii: "g"), UInt8(ascii: "L"), UInt8(ascii: "K"):
            let limit =
                header.type == UInt8(ascii: "x") || header.type == UInt8(ascii: "g")
                ? Int64(Limits.paxBytes) : Int64(Limits.pathBytes) + 1
            guard header.size > 0, header.size <= limit else {
                throw TarHeader.refuse(
                    "a description of \(header.size) bytes; at most \(limit) are read")
            }
            description.removeAll(keepingCapacity: true)
            phase = .description(
                type: header.type, remaining: Int(header.size), padding: padding(header.size))
        default:
            let entry = try entry(header)
            (records, longName, longTarget) = (nil, nil, nil)
            try sink.begin(entry)
            if entry.size > 0 {
                phase = .content(remaining: entry.size, padding: padding(entry.size))
            } else {
                try sink.end()
            }
        }
    }

    private func padding(_ size: Int64) -> Int { Int((512 - size % 512) % 512) }

    private mutating func describe(_ type: UInt8) throws(Problem) {
        // Readers differ in which of two descriptions of one kind counts.
        let twice = TarHeader.refuse("an entry is described twice")
        switch type {
        case UInt8(ascii: "g"): try PaxRecords.checkGlobal(description)
        case UInt8(ascii: "x"):
            guard records == nil else { throw twice }
            records = try PaxRecords(description)
        case UInt8(ascii: "L"):
            guard longName == nil else { throw twice }
            longName = Array(description.prefix { $0 != 0 })
        default:
            guard longTarget == nil else { throw twice }
            longTarget = Array(description.prefix { $0 != 0 })
        }
    }

    private func entry(_ header: TarHeader) throws(Problem) -> TarEntry {
        if longName != nil && records?.path != nil || longTarget != nil && records?.target != nil {
            throw TarHeader.refuse("an entry has two long names")
        }
        var entry = TarEntry()
        entry.path = records?.path ?? longName ?? header.name
        entry.kind = try kind(header.type, entry.path)
        let size = records?.size ?? header.size
        if entry.kind == .hardLink || entry.kind == .symbolicLink {
            entry.target = records?.target ?? longTarget ?? header.target
        }
        guard entry.kind == .file || size == 0 else {
            // Some readers skip so many bytes, others read them as headers.
            throw TarHeader.refuse("\"\(entry.shown)\" is no file and has \(size) bytes of content")
        }
        guard size <= Int64.max - 1024 else {
            throw TarHeader.refuse("\"\(entry.shown)\" has \(size) bytes")
        }
        entry.size = size
        entry.permissions = UInt32(truncatingIfNeeded: header.mode) & 0o7777
        guard let uid = UInt32(exactly: records?.uid ?? header.uid), uid != .max,
            let gid = UInt32(exactly: records?.gid ?? header.gid), gid != .max
        else { throw TarHeader.refuse("the owner of \"\(entry.shown)\" is no 32-bit number") }
        (entry.uid, entry.gid) = (uid, gid)
        entry.modified = records?.modified ?? FileTime(seconds: header.modified)
        entry.attributes = records?.attributes ?? []
        return entry
    }

    private func kind(_ type: UInt8, _ path: [UInt8]) throws(Problem) -> TarEntry.Kind {
        switch type {
        // Archives older than ustar write directories as files whose name ends with a slash.
        case 0, UInt8(ascii: "0"): return path.last == UInt8(ascii: "/") ? .directory : .file
        case UInt8(ascii: "7"): return .file
        case UInt8(ascii: "1"): return .hardLink
        case UInt8(ascii: "2"): return .symbolicLink
        case UInt8(ascii: "3"), UInt8(ascii: "4"): return .device
        case UInt8(ascii: "5"): return .directory
        case UInt8(ascii: "6"): return .fifo
        case UInt8(ascii: "S"):
            throw TarHeader.refuse("it holds a sparse file in GNU's form, which is not read")
        default:
            let shown = String(decoding: path, as: UTF8.self).printable
            throw TarHeader.refuse("\"\(shown)\" is of the unknown kind \(type)")
        }
    }
}
