import Base
import Kernel
import Specs
import Storages
import Testing

/// Makes a store with these layers, lowest first, and returns their ids.
private func stored(_ home: Home, _ archives: [[UInt8]]) throws -> (store: Store, ids: [String]) {
    let store = try Store.open(home.path + "/data")
    var ids: [String] = []
    for (index, archive) in archives.enumerated() {
        let id = "000000000000000\(index)"
        try Tar.unpack(archive, into: home.directory("data/layers/\(id)/diff"))
        ids.append(id)
    }
    return (store, ids)
}

/// An image's directory as a container sees it goes into an empty volume: whiteouts applied, links
/// on the way followed within the image.
@Test func volumeGetsTheMergedContent() throws {
    let home = try Home()
    let (store, ids) = try stored(
        home,
        [
            Tar.archive(
                Tar.directory("var/lib/data", mode: 0o750), Tar.file("var/lib/data/a", "a"),
                Tar.file("var/lib/data/b", "b"),
                Tar.file("var/lib/data/sub/low", "l"), Tar.file("var/lib/data/gone/x", "x"),
                Tar.hardLink("var/lib/data/h", to: "var/lib/data/a"),
                Tar.link("srv", to: "/var/../var/lib")),
            Tar.archive(
                Tar.file("var/lib/data/.wh.b", ""), Tar.file("var/lib/data/sub/.wh..wh..opq", ""),
                Tar.file("var/lib/data/sub/high", "h"),
                Tar.file("var/lib/data/.wh.gone", "")),
            Tar.archive(
                Tar.directory("var/lib/data", mode: 0o700),
                Tar.file("var/lib/data/c", "c", mode: 0o4711)),
        ])
    _ = try home.directory("volumes/v/_data")
    let volume = home.path + "/volumes/v/_data"
    var isNeeded = true
    func copyUp() throws {
        try store.copyUp(
            into: volume, from: store.plain(ids), at: "/srv/data", owner: nil,
            whileNeeded: { isNeeded },
            then: { isNeeded = false })
    }
    try copyUp()
    let whole = ["a 644 a", "c 4711 c", "h 644 a", "sub/ 755", "sub/high 644 h"]
    #expect(try listing(volume) == whole)
    #expect(try Files.status(volume).permissions == 0o700)
    let content = try Files.open(volume, [.read, .directory])
    #expect(try Files.status(at: content, "a").isSame(as: try Files.status(at: content, "h")))
    // T-CP-5: once only, and never over what is there.
    #expect(!isNeeded)
    try Files.remove(at: content, "a")
    try copyUp()
    isNeeded = true
    try copyUp()
    #expect(try listing(volume) == Array(whole.dropFirst()))
}

@Test func missingPlaceInTheImageLeavesTheVolumeEmpty() throws {
    let home = try Home()
    let (store, ids) = try stored(
        home,
        [
            Tar.archive(
                Tar.file("f", ""), Tar.link("loop", to: "loop"), Tar.link("out", to: "../../../etc")
            )
        ])
    _ = try home.directory("volumes/v/_data")
    for place in ["/nothing", "/f", "/loop", "/loop/x", "/out", "/../../etc"] {
        try store.copyUp(
            into: home.path + "/volumes/v/_data", from: store.plain(ids), at: place,
            owner: nil, whileNeeded: { true }, then: {})
    }
    #expect(try listing(home.path + "/volumes/v/_data").isEmpty)
}

/// Needs root, or a user namespace: owners are changed.
@Test(.enabled(if: Caller.present().uid == 0, "changing owners needs root"))
func shiftedLayerShowsTheRightOwners() throws {
    let home = try Home()
    var owned = Tar.entry("mine")
    (owned.uid, owned.gid) = (1000, 50)
    let (store, ids) = try stored(
        home,
        [
            Tar.archive(
                Tar.file("root", "r", mode: 0o4755), TarWriter.header(owned),
                Tar.file(".wh.gone", ""), Tar.hardLink("same", to: "root"),
                Tar.directory("d"), Tar.file("d/.wh..wh..opq", ""), Tar.link("l", to: "root"))
        ])
    let map = [
        IDRange(inside: 0, outside: 1, count: 1000), IDRange(inside: 1000, outside: 0, count: 1),
        IDRange(inside: 1001, outside: 1001, count: 64_000),
    ]
    let stack = try store.shifted(ids, uid: map, gid: map)
    #expect(stack.names == [ids[0] + "/diff"])
    let path = try #require(stack.paths.first)
    #expect(
        try listing(path, times: true)
            == listing(store.layersPath + "/" + ids[0] + "/diff", times: true))
    let root = try Files.open(path, [.read, .directory])
    #expect(try Files.status(at: root, "root").uid == 1)
    #expect(try Files.status(at: root, "mine").uid == 0)
    #expect(try Files.status(at: root, "mine").gid == 51)
    #expect(try Files.status(at: root, "l").uid == 1)
    #expect(try Files.status(at: root, "root").isSame(as: try Files.status(at: root, "same")))
    #expect(try Files.status(path).uid == 1)
    #expect(try store.shifted(ids, uid: map, gid: map) == stack)
    let problem = #expect(throws: Problem.self) { try store.shifted(ids, uid: [map[0]], gid: map) }
    #expect(problem?.why?.contains("uid 1000") == true)
    #expect(try listing(home.path + "/data/tmp").isEmpty)
    try store.remove(layers: ids) { _ in false }
    #expect(try !Files.exists(path) && listing(home.path + "/data/layers").isEmpty)
}

@Test(.enabled(if: Caller.present().uid == 0, "changing owners needs root"))
func treeIsGivenWithoutFollowingLinks() throws {
    let home = try Home()
    try Tar.unpack(
        Tar.archive(Tar.file("d/f", ""), Tar.link("d/out", to: home.path + "/decoy")),
        into: home.directory("root"))
    _ = try home.file("decoy", [])
    try Store.giveTree(home.path + "/root", uid: 7, gid: 8)
    let root = try Files.open(home.path + "/root", [.read, .directory])
    for name in [".", "d", "d/f", "d/out"] { #expect(try Files.status(at: root, name).uid == 7) }
    #expect(try Files.status(home.path + "/decoy").uid == 0)
}
