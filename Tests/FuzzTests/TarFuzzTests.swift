import Base
import Storages
import Testing

/// Takes what a reader tells, and counts.
private struct Counter: TarSink {
    var promised: Int64 = 0
    var received: Int64 = 0

    mutating func begin(_ entry: TarEntry) { promised = entry.size }
    mutating func content(_ bytes: ByteSpan) { received += Int64(bytes.count) }
    mutating func end() {
        #expect(promised == received)
        received = 0
    }
}

/// A small xorshift: the same seed gives the same bytes everywhere.
private struct Dice {
    var state: UInt64

    init(seed: UInt64) { state = (seed &+ 1) &* 0x9E37_79B9_7F4A_7C15 }

    mutating func roll(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 1) % bound
    }
}

private func sample() -> [UInt8] {
    func entry(_ path: String, _ kind: TarEntry.Kind, _ content: String = "") -> [UInt8] {
        var entry = TarEntry()
        entry.path = Array(path.utf8)
        entry.kind = kind
        entry.size = Int64(content.utf8.count)
        if kind == .symbolicLink || kind == .hardLink { entry.target = Array("d/file".utf8) }
        entry.attributes = [.init(name: Array("user.a".utf8), value: [1, 2, 3])]
        return TarWriter.header(entry) + Array(content.utf8) + TarWriter.padding(after: entry.size)
    }
    return entry("d", .directory) + entry("d/file", .file, String(repeating: "c", count: 700))
        + entry(String(repeating: "n/", count: 100), .directory) + entry("l", .symbolicLink)
        + entry("h", .hardLink) + entry(".wh.x", .file) + TarWriter.end
}

/// Seeded damage to a whole archive, fed in pieces of any size: it is read or refused, never a trap,
/// and an entry that ended had as many bytes as it said. The seed is the test's argument.
@Test(arguments: 0..<16 as Range<UInt64>)
func damagedArchiveIsReadOrRefused(seed: UInt64) {
    var dice = Dice(seed: seed)
    let whole = sample()
    for _ in 0..<200 {
        var bytes = whole
        for _ in 0...dice.roll(4) { bytes[dice.roll(bytes.count)] = UInt8(dice.roll(256)) }
        if dice.roll(4) == 0 { bytes.removeLast(dice.roll(bytes.count)) }
        var counter = Counter()
        var reader = TarReader()
        do throws(Problem) {
            var position = 0
            while position < bytes.count {
                let count = min(1 + dice.roll(1500), bytes.count - position)
                let piece = Array(bytes[position..<position + count])
                try reader.feed(piece.span, to: &counter)
                position += count
            }
            try reader.finish(strict: true)
        } catch {
            #expect(error.code == .badDocument)
        }
    }
}
