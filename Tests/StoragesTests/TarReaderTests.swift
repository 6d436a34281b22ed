import Base
import Kernel
import Storages
import Testing

/// Remembers what a reader tells.
private struct Tape: TarSink {
    var lines: [String] = []
    var content: [UInt8] = []

    mutating func begin(_ entry: TarEntry) {
        content = []
        lines.append("\(entry.shown) \(entry.size) \(entry.uid) \(entry.modified.seconds)")
    }
    mutating func content(_ bytes: ByteSpan) {
        for index in 0..<bytes.count { content.append(bytes[index]) }
    }
    mutating func end() { lines[lines.count - 1] += " " + String(decoding: content, as: UTF8.self) }
}

private func read(_ bytes: [UInt8], strict: Bool = true) throws(Problem) -> [String] {
    var tape = Tape()
    var reader = TarReader()
    try reader.feed(bytes.span, to: &tape)
    try reader.finish(strict: strict)
    return tape.lines
}

private func why(_ bytes: [UInt8]) -> String? {
    do throws(Problem) {
        _ = try read(bytes)
        return nil
    } catch {
        return error.why
    }
}

/// A header whose field at `offset` is `bytes`, with the right checksum.
private func header(_ entry: TarEntry, _ offset: Int, _ bytes: [UInt8]) -> [UInt8] {
    var block = TarWriter.header(entry)
    block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    block.replaceSubrange(148..<156, with: Array("        ".utf8))
    let sum = block.reduce(0) { $0 + Int($1) }
    let digits = String(sum, radix: 8)
    block.replaceSubrange(
        148..<156,
        with: Array((String(repeating: "0", count: 6 - digits.count) + digits + "\0 ").utf8))
    return block
}

/// A description of the next entry in a header of that type.
private func description(_ type: Character, _ body: String) -> [UInt8] {
    var entry = Tar.entry("description")
    entry.size = Int64(body.utf8.count)
    return header(entry, 156, Array("\(type)".utf8)) + Array(body.utf8)
        + TarWriter.padding(after: entry.size)
}

private func pax(_ records: String...) -> [UInt8] {
    let lines = records.map { record in
        let length = record.utf8.count + 2
        let digits = "\(length + "\(length + 2)".utf8.count)"
        return "\(digits) \(record)\n"
    }
    return description("x", lines.joined())
}

@Test func longNamesAreReadInBothForms() throws {
    let long = String(repeating: "x/", count: 100) + "y"
    let lines = try read(
        description("L", long + "\0") + Tar.file("short", "a") + pax("path=\(long)")
            + Tar.file("short", "b")
            + TarWriter.end)
    #expect(lines == ["\(long) 1 0 1000000000 a", "\(long) 1 0 1000000000 b"])
}

/// T-TAR-7: the size of an extended header counts, and the content is never read as a header.
@Test func extendedSizeCounts() throws {
    let inner = Tar.file("inner", "")
    var outer = Tar.entry("outer")
    outer.size = 0
    let lines = try read(pax("size=512") + TarWriter.header(outer) + inner + TarWriter.end)
    #expect(lines.count == 1)
    #expect(lines[0].hasPrefix("outer 512 "))
    #expect(
        try read(
            pax("size=9", "size=0", "mtime=7.5", "uid=70000") + Tar.file("x", "") + TarWriter.end)
            == ["x 0 70000 7 "])
}

/// T-TAR-7
@Test(arguments: [
    "x size=-1", "x size=9223372036854775808", "x size=1x", "x size=", "x path=", "x path=a\0b",
    "x =v", "x novalue",
    "x GNU.sparse.major=1", "x hdrcharset=latin1", "x mtime=soon", "x uid=4294967295",
    "x uid=4294967296",
    "g path=everything", "g size=1",
])
func malformedExtendedHeaderIsRefused(text: String) {
    let body = String(text.dropFirst(2))
    let length = body.utf8.count + 2
    let record = "\(length + "\(length + 2)".utf8.count) \(body)\n"
    let type = text.first ?? "x"
    #expect(why(description(type, record) + Tar.file("x", "") + TarWriter.end) != nil)
}

@Test(arguments: [
    "5 a=b\n", "99 a=b\n", "06 a=b\n", "6 a=b", "x a=b\n", "4 =\n", "99999999999 a=b\n",
    " 6 a=b\n",
])
func malformedRecordIsRefused(record: String) {
    #expect(why(description("x", record) + Tar.file("x", "") + TarWriter.end) != nil)
}

@Test func whatReadersDisagreeAboutIsRefused() {
    let long = String(repeating: "n", count: 101)
    #expect(
        why(pax("path=a") + pax("path=b") + Tar.file("x", "") + TarWriter.end)
            == "an entry is described twice")
    #expect(
        why(pax("path=a") + description("L", long) + Tar.file("x", "") + TarWriter.end)
            == "an entry has two long names")
    for kind in [TarEntry.Kind.directory, .symbolicLink, .hardLink, .fifo, .device] {
        #expect(
            why(pax("size=512") + TarWriter.header(Tar.entry("x", kind, to: "y")) + TarWriter.end)?
                .contains("no file") == true)
    }
    #expect(
        why(TarWriter.end.dropLast(512) + Tar.file("x", "") + TarWriter.end)
            == "there is an entry after its end")
    #expect(why(pax("path=a") + TarWriter.end) != nil)
    #expect(
        why(header(Tar.entry("x"), 156, Array("S".utf8)) + TarWriter.end)?.contains("sparse")
            == true)
    #expect(
        why(header(Tar.entry("x"), 156, Array("Z".utf8)) + TarWriter.end)?.contains("unknown kind")
            == true)
}

/// T-TAR-8
@Test func numbersOutOfRangeAreRefused() {
    let entry = Tar.entry("x")
    #expect(
        why(header(entry, 124, [0xFF] + Array(repeating: 0xFF, count: 11)) + TarWriter.end)
            == "a size is negative")
    #expect(
        why(header(entry, 124, [0x80, 1] + Array(repeating: 0, count: 10)) + TarWriter.end)
            == "the size of a header is beyond 2^63")
    #expect(
        why(
            header(entry, 124, [0x80, 0, 0, 0, 0x7F] + Array(repeating: 0xFF, count: 7))
                + TarWriter.end) != nil)
    #expect(
        why(header(entry, 124, Array("0000000009\0 ".utf8)) + TarWriter.end)
            == "the size of a header is no octal number")
    #expect(why(header(entry, 124, Array("1 2\0\0\0\0\0\0\0\0\0".utf8)) + TarWriter.end) != nil)
    #expect(
        why(header(entry, 108, [0xFF] + Array(repeating: 0xFF, count: 7)) + TarWriter.end)?
            .contains("owner") == true)
    #expect(why(header(entry, 148, Array("0000001\0".utf8)).map { $0 } + TarWriter.end) == nil)
    var broken = TarWriter.header(entry)
    broken[0] ^= 1
    #expect(why(broken + TarWriter.end) == "the checksum of a header is wrong")
}

/// T-TAR-11: cut anywhere, an archive is never taken for a whole one.
@Test func archiveCutAnywhereIsRefused() throws {
    let whole = Tar.archive(
        Tar.directory("d"), pax("path=d/long"), Tar.file("x", "content"), Tar.file("e", ""))
    #expect(try read(whole).count == 3)
    for length in Array(stride(from: 0, to: whole.count, by: 61))
        + Array(stride(from: 512, to: whole.count, by: 512))
    {
        #expect(throws: Problem.self) { try read(Array(whole[..<length])) }
    }
    // Behind the end there may be anything.
    #expect(try read(whole + Array(repeating: 0xAA, count: 5000)).count == 3)
    #expect(try read(whole + Array(repeating: 0, count: 50_000)).count == 3)
}

/// Where a digest vouches for the archive, the zero blocks may be missing.
@Test func endMayBeMissingUnderADigest() throws {
    let whole = Tar.archive(Tar.file("a", "b"))
    #expect(try read(Array(whole.dropLast(1024)), strict: false).count == 1)
    #expect(throws: Problem.self) { try read(Array(whole.dropLast(1025)), strict: false) }
    #expect(throws: Problem.self) { try read(pax("path=a"), strict: false) }
}
