import Base
import Checksums
import Kernel
import Records
import Specs
import Storages
import Testing

extension Ledger: ImageCatalog {}

/// A store with its records in a directory of the test's own.
private struct Shop {
    let home: Home
    let shelf: ImageShelf
    let ledger: Ledger

    init() throws {
        home = try Home()
        ledger = try Ledger.open(data: home.path + "/data", run: home.path + "/run")
        shelf = ImageShelf(store: try Store.open(home.path + "/data"), catalog: ledger)
    }

    func load(_ bytes: [UInt8]) throws -> [ImageRecord] {
        try shelf.load(try home.file("archive", bytes)).map(\.image)
    }

    /// Whether nothing at all is left of a failed addition.
    var isEmpty: Bool {
        get throws {
            try ["data/layers", "data/tmp"].allSatisfy { try listing(home.path + "/" + $0).isEmpty }
                && ledger.images().isEmpty && ledger.layers().isEmpty
        }
    }
}

private func file(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    var entry = Tar.entry(name)
    entry.size = Int64(bytes.count)
    return TarWriter.header(entry) + bytes + TarWriter.padding(after: entry.size)
}

private func config(_ layers: [[UInt8]]) -> [UInt8] {
    JSON(
        encoding: ImageConfig(
            created: "2026-01-02T03:04:05Z", diffIDs: layers.map { Checksum.of($0) })
    ).bytes()
}

/// An oci-archive as skopeo writes it.
private func oci(
    _ layers: [[UInt8]], name: String = "localhost/a:1",
    damage: (inout [String: [UInt8]]) -> Void = { _ in }
) -> [UInt8] {
    let config = config(layers)
    let parts = layers.map {
        ContentDescriptor(
            mediaType: MediaType.ociLayer, digest: Checksum.of($0), size: Int64($0.count))
    }
    let manifest = JSON.object([
        .init("schemaVersion", .integer(2)), .init("mediaType", .string(MediaType.ociManifest)),
        .init(
            "config",
            JSON(
                encoding: ContentDescriptor(
                    mediaType: MediaType.ociConfig, digest: Checksum.of(config),
                    size: Int64(config.count)))),
        .init("layers", JSON(encoding: parts)),
    ]).bytes()
    let listed = ContentDescriptor(
        mediaType: MediaType.ociManifest, digest: Checksum.of(manifest),
        size: Int64(manifest.count),
        annotations: ["org.opencontainers.image.ref.name": name])
    let index = JSON.object([
        .init("schemaVersion", .integer(2)), .init("manifests", JSON(encoding: [listed])),
    ]).bytes()
    var files = ["oci-layout": Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8), "index.json": index]
    for blob in layers + [config, manifest] {
        files["blobs/sha256/\(Checksum.of(blob).hex)"] = blob
    }
    damage(&files)
    return files.sorted { $0.key < $1.key }.flatMap { file($0.key, $0.value) } + TarWriter.end
}

private func docker(_ layers: [[UInt8]], tags: [String], paths: [String]? = nil) -> [UInt8] {
    let config = config(layers)
    let item = JSON.object([
        .init("Config", .string("\(Checksum.of(config).hex).json")),
        .init("RepoTags", JSON(encoding: tags)),
        .init("Layers", JSON(encoding: paths ?? layers.map { "\(Checksum.of($0).hex).tar" })),
    ])
    return file("manifest.json", JSON.array([item]).bytes())
        + file("\(Checksum.of(config).hex).json", config)
        + layers.flatMap { file("\(Checksum.of($0).hex).tar", $0) } + TarWriter.end
}

private let base = Tar.archive(
    Tar.directory("d", mode: 0o1777), Tar.file("d/a", "one"), Tar.file("b", "two"))
private let top = Tar.archive(Tar.file("d/.wh.a", ""), Tar.file("c", "three"))

@Test func archivesOfBothKindsGiveOneImage() throws {
    let shop = try Shop()
    let one = try #require(try shop.load(oci([base, top])).first)
    #expect(one.names == ["localhost/a:1"])
    #expect(one.layers.count == 2)
    #expect(one.created == 1_767_323_045_000_000_000)
    let two = try #require(try shop.load(docker([base, top], tags: ["busy:2"])).first)
    #expect(two.id == one.id)
    #expect(two.names == ["docker.io/library/busy:2", "localhost/a:1"])
    #expect(try shop.ledger.layers().count == 2)
    #expect(try listing(shop.home.path + "/data/tmp").isEmpty)
    // The upper layer's archive did not name "d": it is as in the layer below.
    #expect(
        try listing(shop.shelf.store.layersPath + "/" + one.layers[1] + "/diff")
            == ["c 644 three", "d/ 1777", "d/a whiteout"])
    #expect(Store.lowerNames(one.layers) == [one.layers[1] + "/diff", one.layers[0] + "/diff"])
}

@Test func imageIsFoundByEveryName() throws {
    let shop = try Shop()
    let image = try #require(try shop.load(oci([base], name: "docker.io/library/debian:12")).first)
    for text in [
        "debian:12", "docker.io/debian:12", "docker.io/library/debian:12", "library/debian:12",
        image.id,
        String(image.id.prefix(12)), "sha256:\(image.id)", "debian@\(image.digest)",
        "debian:12@\(image.digest)",
    ] {
        #expect(try shop.shelf.find(text).id == image.id, "\(text)")
    }
    for text in ["debian", "debian:13", "localhost/debian:12", "quay.io/debian:12", "", "..", "/"] {
        #expect(try shop.shelf.lookUp(text) == nil, "\(text)")
    }
    try shop.shelf.tag("debian:12", as: "quay.io/me/mine:v1")
    #expect(try shop.shelf.find("mine:v1").id == image.id)
    let problem = #expect(throws: Problem.self) { try shop.shelf.find("quay.io/me/mien:v1") }
    #expect(problem?.next == "did you mean \"quay.io/me/mine:v1\"?")
}

@Test func layersGoWithTheirLastImage() throws {
    let shop = try Shop()
    _ = try shop.load(oci([base, top], name: "a:1"))
    let other = try #require(try shop.load(oci([base], name: "b:1")).first)
    try shop.shelf.tag("b:1", as: "b:2")
    let first = try shop.shelf.remove("b:2")
    #expect(first.untagged == ["localhost/b:2"] && first.deleted.isEmpty)
    #expect(try shop.shelf.remove("a:1").deleted.count == 1)
    #expect(try shop.ledger.layers().map(\.id) == other.layers)
    #expect(try listing(shop.home.path + "/data/layers").contains { $0.hasSuffix("d/a 644 one") })
    var record = ContainerRecord(
        id: String(repeating: "c", count: 64), name: "c", created: 0, ephemeral: true,
        spec: ContainerSpec())
    record.imageID = other.id
    try shop.ledger.reserve(name: try ObjectName("c", of: "container"), id: record.id)
    try shop.ledger.insert(record)
    #expect(throws: Problem.self) { try shop.shelf.remove("b:1") }
    #expect(try shop.shelf.prune(all: true).deleted.isEmpty)
    try shop.ledger.remove(record)
    #expect(try shop.shelf.prune(all: true).deleted == [other.id])
    #expect(try shop.isEmpty)
}

/// T-DIGEST-4: whatever is not what its digest says leaves nothing behind, and a retry works.
@Test func damagedImageLeavesNothing() throws {
    let shop = try Shop()
    let key = "blobs/sha256/\(Checksum.of(top).hex)"
    let damages: [(inout [String: [UInt8]]) -> Void] = [
        { $0[key]?[600] ^= 1 }, { $0[key]?.removeLast(512) }, { $0[key]? += [0] },
        { $0[key] = nil },
        { files in
            for name in files.keys
            where files[name]?.starts(with: Array(#"{"created"#.utf8)) == true {
                files[name]?[20] ^= 1
            }
        },
    ]
    for damage in damages {
        #expect(throws: Problem.self) { try shop.load(oci([base, top], damage: damage)) }
        #expect(try shop.isEmpty)
    }
    #expect(try shop.load(oci([base, top])).count == 1)
}

/// T-DIGEST-5
@Test(arguments: ["../../../etc/passwd", "/etc/passwd", "missing.tar", "manifest.json/../x", ""])
func layerPathOutsideTheArchiveIsRefused(path: String) throws {
    let shop = try Shop()
    #expect(throws: Problem.self) { try shop.load(docker([base], tags: ["a"], paths: [path])) }
    #expect(throws: Problem.self) { try shop.load(docker([base], tags: ["a\u{1B}[31m"])) }
    #expect(try shop.isEmpty)
}

/// T-DIGEST-6
@Test func nameThatMovesIsTold() throws {
    let shop = try Shop()
    _ = try shop.load(oci([base]))
    var told: [String] = []
    shop.shelf.warn = { told.append($0) }
    let second = try #require(try shop.load(oci([base, top])).first)
    #expect(told == ["localhost/a:1 was another image's name before"])
    #expect(try shop.shelf.find("a:1").id == second.id)
    #expect(try shop.shelf.prune(all: false).deleted.count == 1)
}

@Test func treeIsImportedWithItsChanges() throws {
    let shop = try Shop()
    var choices = ImageShelf.ImportChoices()
    choices.name = "tree"
    choices.changes = [
        "CMD [\"/bin/sh\", \"-l\"]", "ENV A=b \"C=d e\"", "LABEL k=v", "WORKDIR /w", "EXPOSE 80",
        "user 1000",
    ]
    let image = try shop.shelf.importTree(try shop.home.file("tree", base), choices)
    #expect(image.names == ["localhost/tree:latest"])
    let config = try ImageConfig(parsing: image.config, layers: 1, name: "config").config
    #expect(config?.command == ["/bin/sh", "-l"])
    #expect(config?.environment == ["A=b", "C=d e"])
    #expect(config?.workingDirectory == "/w" && config?.user == "1000")
    #expect(config?.exposedPorts?.keys.first == "80/tcp")
    choices.changes = ["COMMAND x"]
    #expect(throws: Problem.self) {
        try shop.shelf.importTree(try shop.home.file("tree", base), choices)
    }
    // T-TAR-11: nothing vouches for an imported tree, so it must be whole.
    choices.changes = []
    #expect(throws: Problem.self) {
        try shop.shelf.importTree(try shop.home.file("tree", base.dropLast(600)), choices)
    }
}

/// F-02: what a killed command left is gone after the next one's sweep.
@Test func leftoversAreSwept() throws {
    let shop = try Shop()
    _ = try shop.home.directory("data/tmp/1-1.1/abc/diff")
    _ = try shop.home.directory("data/layers/0123456789abcdef/diff")
    _ = try shop.load(oci([base]))
    try shop.shelf.store.sweep()
    #expect(try listing(shop.home.path + "/data/tmp").isEmpty)
    _ = try shop.shelf.prune(all: false)
    #expect(try listing(shop.home.path + "/data/layers").filter { $0.hasPrefix("0123") }.isEmpty)
    #expect(try shop.ledger.layers().count == 1)
}

@Suite struct StoreCheckTests {
    private func shop() throws -> Shop {
        let shop = try Shop()
        _ = try shop.load(
            oci([
                Tar.archive(Tar.directory("etc"), Tar.file("etc/a", "one")),
                Tar.archive(Tar.file("etc/b", "two")),
            ]))
        return shop
    }

    private func faults(_ shop: Shop, repair: Bool = false) throws -> [StoreFault] {
        var wish = CheckWish()
        wish.repair = repair
        return try shop.shelf.check(wish, layers: shop.ledger.layers())
    }

    @Test func aFreshStoreIsSound() throws {
        #expect(try faults(try shop()).isEmpty)
    }

    @Test func aChangedFileIsFoundAndItsLayerTakenOut() throws {
        let shop = try shop()
        let layer = try #require(try shop.ledger.images().first?.layers.last)
        let path = "\(shop.home.path)/data/layers/\(layer)/diff/etc/b"
        try Files.open(path, [.write, .truncate]).writeAll("six")
        let found = try faults(shop)
        #expect(found.contains { $0.what.hasPrefix("layer \(layer) is not as it was stored") })
        #expect(found.contains { $0.what.hasPrefix("image localhost/a:1: its layer") })
        _ = try faults(shop, repair: true)
        #expect(try faults(shop).isEmpty)
        #expect(try shop.ledger.images().isEmpty)
    }

    /// F-02: what killed commands left is collected, and nothing else.
    @Test func leftoversAreShownAndRemoved() throws {
        let shop = try shop()
        _ = try shop.home.directory("data/layers/0123456789abcdef")
        _ = try shop.home.directory("data/tmp/4194304-1.1")
        let found = try faults(shop)
        #expect(
            found.map(\.what) == [
                "layer 0123456789abcdef belongs to nothing",
                "temporary directory 4194304-1.1 belongs to nothing",
            ])
        #expect(found.allSatisfy { $0.kind == .leftover })
        _ = try faults(shop, repair: true)
        #expect(try faults(shop).isEmpty)
        #expect(try shop.ledger.images().count == 1)
    }

    /// What transfers left a day ago is removed by the next piece of work, and nothing younger.
    @Test func oldBlobsAreSwept() throws {
        let shop = try shop()
        _ = try shop.home.directory("data/blobs")
        let old = try shop.home.file("data/blobs/.sha256:ab.part", [1])
        try old.setTimes(FileTime(seconds: Clock.wall() / 1_000_000_000 - 90_000))
        _ = try shop.home.file("data/blobs/.sha256:cd.part", [1])
        try shop.shelf.store.sweep()
        #expect(try listing(shop.home.path + "/data/blobs").map { $0.prefix(10) } == [".sha256:cd"])
    }

    @Test func whatIsSavedIsReadAgain() throws {
        let shop = try shop()
        let image = try #require(try shop.ledger.images().first)
        for form in [ImageShelf.SavedForm.dockerArchive, .ociArchive] {
            var choices = ImageShelf.SaveChoices()
            choices.form = form
            choices.compression = Compression(form == .ociArchive ? .gzip : .none)
            let file = try shop.home.file(form.rawValue, [])
            try shop.shelf.save([(image, image.names)], to: file, choices)
            let other = try Shop()
            let bytes = try Files.read(
                "\(shop.home.path)/\(form.rawValue)", limit: 1 << 20)
            let loaded = try other.load(bytes)
            #expect(loaded.map(\.id) == [image.id])
            #expect(loaded.first?.layers == image.layers)
            #expect(loaded.first?.names == image.names)
        }
    }
}
