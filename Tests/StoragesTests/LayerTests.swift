import Base
import Kernel
import Storages
import Testing

/// Unpacks into `home/root`, with a decoy outside that must stay as it is.
private func unpacked(_ home: Home, _ archive: [UInt8]) throws -> [String] {
    try Tar.unpack(archive, into: home.directory("root"))
    return try listing(home.path + "/root")
}

private func problem(_ archive: [UInt8]) throws -> Problem? {
    let home = try Home()
    _ = try home.file("decoy", Array("decoy".utf8))
    _ = try home.directory("outside")
    let root = try home.directory("root")
    var found: Problem?
    do throws(Problem) {
        try Tar.unpack(archive, into: root)
    } catch {
        found = error
    }
    #expect(
        try listing(home.path).filter { !$0.hasPrefix("root") } == [
            "decoy 600 decoy", "outside/ 700",
        ])
    return found
}

@Test(arguments: [1, 511, 512, 513, 100_000])
func treeComesOutAsItWentIn(piece: Int) throws {
    let home = try Home()
    let long = String(repeating: "n", count: 200)
    let archive = Tar.archive(
        Tar.directory("./", mode: 0o755), Tar.directory("d", mode: 0o1777),
        Tar.file("d/a", "content"),
        Tar.file("d/set", "x", mode: 0o6755), Tar.link("d/l", to: "../nowhere"),
        Tar.hardLink("h", to: "d/a"),
        Tar.file("d/\(long)/\(long)", "long"), Tar.file("p/q/r", "parents"),
        TarWriter.header(Tar.entry("d/f", .fifo, mode: 0o640)),
        TarWriter.header(Tar.entry("dev", .device)))
    try Tar.unpack(archive, into: home.directory("root"), piece: piece)
    #expect(
        try listing(home.path + "/root") == [
            "d/ 1777", "d/a 644 content", "d/f fifo 640", "d/l -> ../nowhere", "d/\(long)/ 755",
            "d/\(long)/\(long) 644 long", "d/set 6755 x", "h 644 content", "p/ 755", "p/q/ 755",
            "p/q/r 644 parents",
        ])
    let top = try Files.open(home.path + "/root", [.read, .directory])
    #expect(try Files.status(at: top, "h").isSame(as: try Files.status(at: top, "d/a")))
}

/// Times of directories are those of the archive, although their content came later.
@Test func directoryKeepsItsTime() throws {
    let home = try Home()
    try Tar.unpack(
        Tar.archive(
            Tar.directory("."), Tar.directory("a"), Tar.directory("b"), Tar.file("a/x", ""),
            Tar.file("b/x", ""), Tar.file("a/y", ""), Tar.hardLink("a/z", to: "b/x")),
        into: home.directory("root"))
    let root = try Files.open(home.path + "/root", [.read, .directory])
    for name in [".", "a", "b", "a/x"] {
        #expect(try Files.status(at: root, name).modified == 1_000_000_000)
    }
}

@Test func whiteoutsBecomeTheKernels() throws {
    let home = try Home()
    let archive = Tar.archive(
        Tar.file(".wh.gone", ""), Tar.directory("d"), Tar.file("d/.wh..wh..opq", ""),
        Tar.file("d/new", ""),
        Tar.file(".wh.again", ""), Tar.directory("again"), Tar.directory("before"),
        Tar.file(".wh.before", ""),
        Tar.file("kept", "here"), Tar.file(".wh.kept", ""), Tar.file(".wh.parent", ""),
        Tar.file("parent/file", ""), Tar.file(".wh..wh.plnk", "aufs"))
    #expect(
        try unpacked(home, archive) == [
            "again/ 755 opaque", "before/ 755 opaque", "d/ 755 opaque", "d/new 644 ",
            "gone whiteout",
            "kept 644 here", "parent/ 755 opaque", "parent/file 644 ",
        ])
}

/// T-TAR-4
@Test(arguments: [".wh.", ".wh..", ".wh...", "d/.wh.."])
func nonsensicalWhiteoutIsRefused(name: String) throws {
    #expect(try problem(Tar.archive(Tar.file(name, ""))) != nil)
}

/// T-TAR-4: a whiteout through a link stays in the layer.
@Test func whiteoutThroughALinkStaysInside() throws {
    let found = try problem(
        Tar.archive(
            Tar.link("l", to: "../outside"), Tar.link("m", to: "/"), Tar.file("m/.wh.decoy", ""),
            Tar.file("m/.wh..wh..opq", "")))
    #expect(found == nil)
}

/// T-TAR-1
@Test(arguments: [
    "../x", "a/../../x", "a/../x", "..", String(repeating: "a/", count: 5_000),
    String(repeating: "n", count: 65_536), String(repeating: "n", count: 256), "",
])
func nameThatLeadsOutIsRefused(name: String) throws {
    #expect(try problem(Tar.archive(Tar.file(name, "x"))) != nil)
}

/// T-TAR-1
@Test(arguments: [("/x", "x"), ("a//./b", "a/b"), ("./x", "x"), ("///x", "x")])
func oddNameIsNormalised(name: String, expected: String) throws {
    let home = try Home()
    try Tar.unpack(Tar.archive(Tar.file(name, "c")), into: home.directory("root"))
    #expect(Files.exists(home.path + "/root/" + expected))
}

/// T-TAR-2
@Test(arguments: ["/", "/tmp", "..", "../outside", "../../../../../../tmp", "l", "/proc/self/root"])
func nothingIsWrittenThroughALink(target: String) throws {
    for last in [
        Tar.file("l/pwned", "x"), Tar.directory("l/pwned"), Tar.hardLink("l/pwned", to: "l/decoy"),
        Tar.link("l/pwned", to: "x"), Tar.file("l", "x"), Tar.directory("l", mode: 0o777),
    ] {
        _ = try problem(Tar.archive(Tar.link("l", to: target), last))
        #expect(!Files.exists("/tmp/pwned"))
        #expect(!Files.exists("/pwned"))
    }
}

/// T-TAR-3
@Test(arguments: ["/etc/passwd", "../decoy", "missing", "l", "l/passwd", ".", "d"])
func hardLinkToOutsideIsRefusedOrStaysInside(target: String) throws {
    let links = try Files.status("/etc/passwd").links
    _ = try problem(
        Tar.archive(Tar.directory("d"), Tar.link("l", to: "/etc"), Tar.hardLink("h", to: target)))
    #expect(try Files.status("/etc/passwd").links == links)
}

/// T-TAR-5: a directory replaces a link, and the link's target keeps its mode.
@Test func directoryReplacesALink() throws {
    let home = try Home()
    let archive = Tar.archive(
        Tar.directory("real", mode: 0o700), Tar.link("l", to: "real"),
        Tar.directory("l", mode: 0o777))
    #expect(try unpacked(home, archive) == ["l/ 777", "real/ 700"])
}

/// T-TAR-6
@Test(arguments: [TarEntry.Kind.file, .symbolicLink, .hardLink, .fifo])
func rootOfAnotherKindIsRefused(kind: TarEntry.Kind) throws {
    let found = try problem(Tar.archive(TarWriter.header(Tar.entry("./", kind, to: "/tmp"))))
    // A file whose name ends with a slash is an old way to write a directory.
    #expect(kind == .file || found?.why == "the root of a layer is a directory")
}

/// T-TAR-10
@Test func steeringAttributesAreDropped() throws {
    let home = try Home()
    var entry = Tar.entry("d", .directory)
    for name in [
        "user.overlay.opaque", "user.overlay.redirect", "trusted.overlay.opaque",
        "security.selinux",
        "user.fuseoverlayfs.opaque", "user.containers.override_stat", "user.kept",
    ] {
        entry.attributes.append(.init(name: Array(name.utf8), value: Array("y".utf8)))
    }
    try Tar.unpack(Tar.archive(TarWriter.header(entry)), into: home.directory("root"))
    let made = try Files.open(home.path + "/root/d", [.read, .directory])
    #expect(try made.attributes().map(\.text) == ["user.kept"])
}

/// T-TAR-9, where the test may set capabilities.
@Test func fileCapabilitiesOfAnotherNamespaceBecomeOurs() throws {
    let home = try Home()
    var entry = Tar.entry("ping")
    let body: [UInt8] = [1, 0, 0, 3] + [0, 0x20, 0, 0] + Array(repeating: 0, count: 12)
    entry.attributes = [.init(name: Array("security.capability".utf8), value: body + [7, 7, 7, 7])]
    let result = Result {
        try Tar.unpack(Tar.archive(TarWriter.header(entry)), into: home.directory("root"))
    }
    if case .failure(let error as Problem) = result {
        #expect(error.code == .noPermission)
        return
    }
    let made = try Files.open(home.path + "/root/ping", [.read])
    #expect(try made.attribute("security.capability") == [1, 0, 0, 2] + body[4...])
}

@Test func nameThatIsNoTextIsKept() throws {
    let home = try Home()
    var entry = Tar.entry("x")
    entry.path = [0xFF, 0xFE]
    try Tar.unpack(Tar.archive(TarWriter.header(entry)), into: home.directory("root"))
    let root = try Files.open(home.path + "/root", [.read, .directory])
    #expect(try Files.entries(in: root).map(\.name) == [FileName([0xFF, 0xFE])])
}
