import Base
import Checksums
import Kernel
import Specs
import Storages
import Testing

/// A store in a directory of the test's own.
private struct Shop {
    let home: Home
    let store: Store

    init() throws {
        home = try Home()
        store = try Store.open(home.path + "/data")
    }

    /// Unpacks an archive into the store and returns the layer's record.
    func add(_ archive: [UInt8], as id: String = "0123456789abcdef") throws -> LayerRecord {
        let draft = try store.draft()
        let bytes = try ByteRange(SharedDescriptor(try home.file("archive", archive)))
        let unpacked = try draft.unpack(LayerSource(name: id, bytes: bytes, ownership: .kept))
        let record = LayerRecord(
            id: id, chain: "\(unpacked.diff)", diff: "\(unpacked.diff)", parent: nil)
        try draft.commit([record]) {}
        return record
    }

    /// The layer's archive, made again.
    func archive(_ layer: LayerRecord) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try store.archive(of: layer) { span throws(Problem) in
            for index in span.indices { bytes.append(span[index]) }
        }
        return bytes
    }
}

private func packed(_ bytes: [UInt8], _ compression: Compression) throws -> [UInt8] {
    var out: [UInt8] = []
    func take(_ span: ByteSpan) { for index in span.indices { out.append(span[index]) } }
    let packer = Packer(compression)
    for start in stride(from: 0, to: bytes.count, by: 70_000) {
        try packer.feed(Array(bytes[start..<min(start + 70_000, bytes.count)]).span) {
            (span) throws(Problem) in take(span)
        }
    }
    try packer.finish { (span) throws(Problem) in take(span) }
    return out
}

private func unpacked(_ bytes: [UInt8]) throws -> [UInt8] {
    var out: [UInt8] = []
    var unpacker = Unpacker()
    func take(_ span: ByteSpan) { for index in span.indices { out.append(span[index]) } }
    try unpacker.feed(bytes.span) { (span) throws(Problem) in take(span) }
    try unpacker.finish { (span) throws(Problem) in take(span) }
    return out
}

/// Bytes that pack neither very well nor not at all.
private func noise(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { $0 % 3 == 0 ? UInt8.random(in: 0...255, using: &generator) : 65 }
}

private let rich = Tar.archive(
    Tar.directory("./"), Tar.directory("d"), Tar.file("d/a", "content"), Tar.file("d/empty", ""),
    Tar.link("l", to: "d"), Tar.file("l/through", "a link"), Tar.hardLink("h", to: "d/a"),
    Tar.file(".wh.gone", "content of a whiteout"), Tar.file("d/.wh..wh..opq", ""),
    Tar.file("p/q/r", String(repeating: "long ", count: 200_000)),
    Tar.file(String(repeating: "n", count: 200), "named at length"),
    TarWriter.header(Tar.entry("dev", .device)))

@Test(arguments: [
    Compression(.none), Compression(.gzip), Compression(.gzip, level: 1),
    Compression(.gzip, level: 3), Compression(.gzip, level: 9), Compression(.zstd),
    Compression(.zstd, level: 19),
])
func whatIsPackedUnpacksToTheSame(compression: Compression) throws {
    for bytes in [[], [1], noise(300_000), noise(128 << 10), rich] {
        let packed = try packed(bytes, compression)
        #expect(try unpacked(packed) == bytes)
        #expect(try StoragesTests.packed(bytes, compression) == packed)
        if compression.kind != .none, bytes.count > 1000 { #expect(packed.count < bytes.count) }
    }
}

@Test(arguments: Compression.Kind.allCases)
func layerGivesItsArchiveBack(kind: Compression.Kind) throws {
    let shop = try Shop()
    let layer = try shop.add(try packed(rich, Compression(kind)))
    #expect(try shop.archive(layer) == rich)
}

/// GNU tar fills up to 10 KiB, other programs leave the end out or write more after it.
@Test func whatFollowsTheEndIsGivenBack() throws {
    for tail in [[UInt8](repeating: 0, count: 8192), Array("more".utf8)] {
        let shop = try Shop()
        let layer = try shop.add(rich + tail)
        #expect(try shop.archive(layer) == rich + tail)
    }
}

/// Where an archive has one name twice, the first content is in no file.
@Test func overwrittenContentIsGivenBack() throws {
    let archives = [
        Tar.archive(Tar.file("a", "first"), Tar.file("a", "second")),
        Tar.archive(Tar.file("a", "first"), Tar.directory("a"), Tar.file("a/b", "second")),
        Tar.archive(Tar.file("a", "first"), Tar.link("a", to: "b")),
        Tar.archive(Tar.file("b", "b"), Tar.file("a", "first"), Tar.hardLink("a", to: "b")),
    ]
    for archive in archives {
        let shop = try Shop()
        let layer = try shop.add(try packed(archive, Compression(.gzip)))
        #expect(try shop.archive(layer) == archive)
    }
}

@Test func changedFileIsNotGivenAway() throws {
    let shop = try Shop()
    let layer = try shop.add(rich)
    let path = "\(shop.store.layersPath)/\(layer.id)/diff/d/a"
    try Files.open(path, [.write]).writeAll("CONTENT")
    let changed = #expect(throws: Problem.self) { try shop.archive(layer) }
    #expect(changed?.code == .notVerified)
    #expect(changed?.what == "layer 0123456789abcdef is not as it was unpacked")
    try Files.open(path, [.write, .truncate]).writeAll("con")
    let short = #expect(throws: Problem.self) { try shop.archive(layer) }
    #expect(short?.what == "cannot read \"d/a\"")
    #expect(short?.why == "it has 3 bytes and had 7")
}

@Test func layerOfAnOlderStoreSaysWhatToDo() throws {
    let shop = try Shop()
    let layer = try shop.add(rich)
    let place = try Files.open("\(shop.store.layersPath)/\(layer.id)", [.read, .directory])
    try Files.remove(at: place, "recipe")
    let problem = #expect(throws: Problem.self) { try shop.archive(layer) }
    #expect(problem?.what == "layer 0123456789abcdef does not say how its archive was made")
    #expect(problem?.next == "pull its image again")
}

/// Any byte of a recipe may be wrong: what comes out is the archive, or a Problem and nothing else.
@Test func damagedRecipeMisleadsNobody() throws {
    let shop = try Shop()
    let archive = Tar.archive(Tar.file("a", "content"), Tar.file("b", "more"))
    let layer = try shop.add(archive)
    let path = "\(shop.store.layersPath)/\(layer.id)/recipe"
    let whole = try Files.read(path, limit: 1 << 20)
    var refused = 0
    for place in whole.indices {
        var damaged = whole
        damaged[place] ^= 0x41
        try Files.open(path, [.write, .truncate]).writeAll(damaged)
        do {
            let isSame = try shop.archive(layer) == archive
            #expect(isSame)
        } catch {
            #expect(error is Problem)
            refused += 1
        }
    }
    #expect(refused > whole.count / 2)
    try Files.open(path, [.write, .truncate]).writeAll(Array(whole.dropLast(3)))
    #expect(throws: Problem.self) { _ = try shop.archive(layer).count }
}
