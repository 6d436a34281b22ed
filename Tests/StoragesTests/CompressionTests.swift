import Base
import Kernel
import Storages
import Testing

/// What a program of the machine makes of bytes; nil where it is not installed.
private func filtered(_ words: [String], _ bytes: [UInt8]) throws -> [UInt8] {
    let home = try Home()
    let input = try home.file("in", bytes)
    let output = try home.file("out", [])
    _ = input.number
    let script = "(" + words.joined(separator: " ") + ") <\(home.path)/in >\(home.path)/out"
    let child = try Spawn("/bin/sh", ["sh", "-c", script]).startWithPath()
    let isDone = try child.waitUntilItEnds(upTo: 60_000)
    try #require(isDone)
    return try output.readAll(limit: 64 << 20)
}

private func unpacked(_ bytes: [UInt8], piece: Int) throws(Problem) -> [UInt8] {
    var unpacker = Unpacker()
    var out: [UInt8] = []
    func take(_ span: ByteSpan) { for index in 0..<span.count { out.append(span[index]) } }
    var rest = bytes[...]
    while !rest.isEmpty {
        let next = Array(rest.prefix(piece))
        try unpacker.feed(next.span, take)
        rest = rest.dropFirst(piece)
    }
    try unpacker.finish(take)
    return out
}

private let plain: [UInt8] =
    (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    + Array(repeating: 0, count: 700_000)

@Test(
    arguments: ["gzip -c", "gzip -1 -c", "zstd -q -c", "zstd -q -c --no-check", "cat"],
    [1 << 20, 4_097])
func compressedBytesComeOutWhole(program: String, piece: Int) throws {
    let packed = try filtered(program.split(separator: " ").map(String.init), plain)
    #expect(try unpacked(packed, piece: piece) == plain)
    // Several members or frames are one stream.
    if program != "cat" {
        #expect(try unpacked(packed + packed, piece: piece) == plain + plain)
        for cut in [1, 5, packed.count / 2] {
            #expect(throws: Problem.self) { try unpacked(packed.dropLast(cut), piece: piece) }
        }
        var damaged = packed
        damaged[packed.count / 2] ^= 0x10
        if !program.contains("no-check") {
            #expect(throws: Problem.self) { try unpacked(damaged, piece: piece) }
        }
    }
}

@Test func bothGzipUnpackersAgree() throws {
    let packed = try filtered(["gzip", "-c"], plain)
    for piece in [1, 100, 65_536] where piece > 1 || packed.count < 100_000 {
        var results: [[UInt8]] = []
        var rest = packed[...]
        let slow = Inflator()
        guard let fast = FastInflator() else {
            withKnownIssue("libisal2 is not installed") {
                Issue.record("skipped: libisal.so.2 is missing")
            }
            return
        }
        var (a, b): ([UInt8], [UInt8]) = ([], [])
        while !rest.isEmpty {
            let next = Array(rest.prefix(piece))
            try slow.feed(next.span) { for index in 0..<$0.count { a.append($0[index]) } }
            try fast.feed(next.span) { for index in 0..<$0.count { b.append($0[index]) } }
            rest = rest.dropFirst(piece)
        }
        try slow.finish()
        try fast.finish()
        results = [a, b]
        #expect(results.allSatisfy { $0 == plain })
    }
}

@Test(
    arguments: [
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz"), ([0x42, 0x5A, 0x68, 0x39, 0x31, 0x41], "bzip2"),
    ] as [([UInt8], String)])
func otherCompressionsAreNamed(magic: [UInt8], name: String) {
    let problem = #expect(throws: Problem.self) {
        try unpacked(magic + Array(repeating: 0, count: 100), piece: 10)
    }
    #expect(problem?.code == .notBuilt)
    #expect(problem?.what == "archives compressed with \(name) are not read yet")
}

/// T-BOMB-2: memory does not grow with what a bomb unpacks to.
@Test func bombIsUnpackedInPieces() throws {
    let packed = try filtered(["head -c 200000000 /dev/zero | gzip -c"], [])
    var unpacker = Unpacker()
    var total = 0
    var largest = 0
    try unpacker.feed(packed.span) {
        total += $0.count; largest = max(largest, $0.count)
    }
    #expect(total == 200_000_000)
    #expect(largest <= 128 << 10)
}

extension Spawn {
    /// Starts the program with the usual places to look for others.
    fileprivate func startWithPath() throws -> ProcessHandle {
        var spawn = self
        spawn.environment = ["PATH=/usr/bin:/bin"]
        return try spawn.start()
    }
}
