import Base
import Kernel
import Specs
import Storages

// The readers of archives under libFuzzer: tar, gzip and zstd, and what lies in a saved image.
//
// Rooms: Base Kernel Documents Specs Checksums Storages
// Libraries: -lzstd -lz -lisal -lcrypto -lyaml
// Memory: 64
//
// The first byte of an input says how it is cut into pieces: that must make no difference.

/// Writes down what a reader tells, and makes sure that it keeps its promises.
private struct Diary: TarSink {
    var entries: [TarEntry] = []
    /// Content, all of it, with the place where each entry's ends.
    var content: [UInt8] = []
    var ends: [Int] = []
    /// Bytes that are no content.
    var passed: [UInt8] = []
    private var promised: Int64?

    mutating func begin(_ entry: TarEntry) {
        precondition(promised == nil, "an entry in an entry")
        precondition(entry.size >= 0 && (entry.kind == .file || entry.size == 0))
        precondition(entry.permissions <= 0o7777)
        promised = entry.size
        entries.append(entry)
    }

    mutating func content(_ bytes: ByteSpan) {
        guard let left = promised else { preconditionFailure("content of nothing") }
        precondition(left >= bytes.count, "more content than was promised")
        promised = left - Int64(bytes.count)
        for index in bytes.indices { content.append(bytes[index]) }
    }

    mutating func end() {
        precondition(promised == 0, "less content than was promised")
        promised = nil
        ends.append(content.count)
    }

    mutating func passed(_ bytes: ByteSpan) {
        for index in bytes.indices { passed.append(bytes[index]) }
    }
}

/// What became of an archive that was fed in pieces of one size.
private struct Reading {
    var diary = Diary()
    var problem: Problem?

    init(_ bytes: [UInt8], pieces size: Int) {
        var reader = TarReader()
        do throws(Problem) {
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = Array(rest.prefix(size))
                rest = rest.dropFirst(size)
                try reader.feed(piece.span, to: &diary)
            }
            try reader.finish(strict: true)
        } catch {
            problem = error
        }
    }
}

private func read(_ bytes: [UInt8], pieces: Int) {
    let whole = Reading(bytes, pieces: max(1, bytes.count))
    let parts = Reading(bytes, pieces: pieces)
    precondition((whole.problem == nil) == (parts.problem == nil), "the pieces make a difference")
    guard whole.problem == nil else { return }
    precondition(whole.diary.entries == parts.diary.entries)
    precondition(whole.diary.content == parts.diary.content)
    precondition(whole.diary.passed == parts.diary.passed)
    // Every byte is content or is passed: that is what a layer's recipe stands on.
    precondition(whole.diary.passed.count + whole.diary.content.count == bytes.count)
}

/// A stream is unpacked alike in one piece and in many, by the fast library and by zlib.
private func unpack(_ bytes: [UInt8], pieces: Int) -> [UInt8]? {
    func attempt(_ size: Int) -> [UInt8]? {
        var unpacker = Unpacker()
        var plain: [UInt8] = []
        do throws(Problem) {
            var rest = bytes[...]
            while !rest.isEmpty, plain.count < 1 << 20 {
                let piece = Array(rest.prefix(size))
                rest = rest.dropFirst(size)
                try unpacker.feed(piece.span) { for index in $0.indices { plain.append($0[index]) } }
            }
            try unpacker.finish { for index in $0.indices { plain.append($0[index]) } }
        } catch {
            return nil
        }
        return plain
    }
    let whole = attempt(max(1, bytes.count))
    let parts = attempt(pieces)
    precondition(whole == parts || (whole?.count ?? 0) >= 1 << 20, "the pieces make a difference")
    return whole
}

/// An image that somebody saved: whatever is in it, the answer is a bundle or a refusal.
private func open(_ bytes: [UInt8]) {
    do {
        let file = SharedDescriptor(try MemoryFile.sealed(bytes, name: "archive"))
        let bundle = try ImageBundle.archive(file, name: nil, shown: "archive")
        _ = try bundle.choosing(.host, name: "archive")
    } catch {
        // Refused.
    }
}

/// libFuzzer's entry: one input, one try. See llvm.org/docs/LibFuzzer.html, "Fuzz Target".
@_cdecl("LLVMFuzzerTestOneInput")
public func attempt(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let bytes = unsafe bytes, count > 1 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    let pieces = [1, 7, 100, 512, 700, 4096][Int(input[0]) % 6]
    let rest = Array(input.dropFirst())
    read(rest, pieces: pieces)
    if let plain = unpack(rest, pieces: pieces), plain.count != rest.count {
        read(plain, pieces: pieces)
    }
    open(rest)
    return 0
}
