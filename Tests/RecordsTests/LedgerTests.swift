import Base
import Kernel
import Records
import Specs
import Testing

private func digits(_ seed: Character) -> String { String(repeating: seed, count: 64) }

private func container(_ id: Character, _ name: String, ephemeral: Bool) -> ContainerRecord {
    ContainerRecord(
        id: digits(id), name: name, created: 5, ephemeral: ephemeral, spec: ContainerSpec())
}

@Test(arguments: [false, true])
func containerIsFoundByNameIdAndBeginning(ephemeral: Bool) throws {
    let home = try Home()
    let ledger = try home.ledger()
    let record = container("a", "web", ephemeral: ephemeral)
    try ledger.reserve(name: try ObjectName("web", of: "container"), id: record.id)
    try ledger.insert(record)
    let other = try home.ledger()
    #expect(try other.find("web") == record)
    #expect(try other.find(record.id) == record)
    #expect(try other.find("aaa") == record)
    #expect(try other.containers() == [record])
    try other.remove(record)
    #expect(throws: Problem.self) { try ledger.find("web") }
    #expect(try ledger.containers().isEmpty)
    #expect(try ledger.containerIDs().isEmpty)
}

@Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
func nameIsTakenOnce(first: Bool, second: Bool) throws {
    let home = try Home()
    let ledger = try home.ledger()
    let name = try ObjectName("web", of: "container")
    let record = container("a", "web", ephemeral: first)
    try ledger.reserve(name: name, id: record.id)
    #expect(throws: Problem.self) { try ledger.reserve(name: name, id: digits("b")) }
    try ledger.insert(record)
    let problem = #expect(throws: Problem.self) { try ledger.reserve(name: name, id: digits("b")) }
    #expect(problem?.code == .nameInUse)
    #expect(problem?.why == "container aaaaaaaaaaaa has it")
    try ledger.remove(record)
    try ledger.reserve(name: name, id: digits("b"))
    try ledger.insert(container("b", "web", ephemeral: second))
    #expect(try ledger.find("web").id == digits("b"))
}

/// F-20: a run-time directory that outlived its boot holds nothing that runs.
@Test func anotherBootClearsWhatRan() throws {
    let home = try Home()
    var ledger = try home.ledger()
    for (id, name, ephemeral) in [("a", "short", true), ("b", "long", false)] {
        let record = container(Character(id), name, ephemeral: ephemeral)
        try ledger.reserve(name: try ObjectName(name, of: "container"), id: record.id)
        try ledger.insert(record)
    }
    let run = try Files.open(home.run, [.read, .directory])
    try Files.remove(at: run, "boot")
    try Files.link(at: run, "boot", to: "another")
    ledger = try home.ledger()
    #expect(try ledger.containers().map(\.name) == ["long"])
    #expect(try ledger.find("long").id == digits("b"))
    #expect(throws: Problem.self) {
        try ledger.reserve(name: try ObjectName("long", of: "c"), id: digits("c"))
    }
    try ledger.reserve(name: try ObjectName("short", of: "container"), id: digits("c"))
}

/// F-01, I4: a maker that died leaves its name free.
@Test func nameOfADeadMakerIsFree() throws {
    let home = try Home()
    let ledger = try home.ledger()
    let name = try ObjectName("web", of: "container")
    try ledger.reserve(name: name, id: digits("a"))
    let own = try Files.open(home.run + "/containers/" + digits("a"), [.read, .directory])
    try Files.remove(at: own, "maker")
    try Files.link(at: own, "maker", to: "1-1")
    try ledger.reserve(name: name, id: digits("b"))
    try ledger.insert(container("b", "web", ephemeral: true))
    #expect(try ledger.sweep() == [digits("a")])
    #expect(try ledger.containerIDs() == [digits("b")])
    #expect(try ledger.find("web").id == digits("b"))
}

/// F-01: whatever a maker had made when it was killed goes with the next sweep: a draft, a directory
/// with its mark, a name whose directory another sweep has taken.
@Test(arguments: ["draft", "mark", "name"])
func sweepClearsWhatADeadMakerLeft(_ stage: String) throws {
    let home = try Home()
    let ledger = try home.ledger()
    let name = try ObjectName("web", of: "container")
    try ledger.reserve(name: name, id: digits("a"))
    let containers = try Files.open(home.run + "/containers", [.read, .directory])
    let own = try Files.open(at: containers, digits("a"), [.read, .directory])
    try Files.remove(at: own, "maker")
    switch stage {
    case "draft": try Files.rename(at: containers, digits("a"), to: ".1-1." + digits("a"))
    case "mark": try Files.link(at: own, "maker", to: "1-1")
    default:
        try Files.remove(at: containers, FileName(digits("a")), isDirectory: true)
    }
    try ledger.sweep()
    #expect(try Files.names(in: containers) == [])
    #expect(try Files.names(in: Files.open(home.run + "/names", [.read, .directory])) == [])
    try ledger.reserve(name: name, id: digits("b"))
}

@Test func draftOfALivingMakerStays() throws {
    let home = try Home()
    let ledger = try home.ledger()
    try ledger.reserve(name: try ObjectName("web", of: "container"), id: digits("a"))
    let containers = try Files.open(home.run + "/containers", [.read, .directory])
    let draft = ".\(ProcessIdentity.own()).\(digits("a"))"
    try Files.rename(at: containers, digits("a"), to: draft)
    try ledger.sweep()
    #expect(try Files.names(in: containers) == [draft])
}

/// A name that has another holder by now is not taken away from it.
@Test func linkIsRemovedOnlyFromItsOwnTarget() throws {
    let home = try Home()
    let names = try Files.ensureDirectory(home.path + "/names")
    try Files.link(at: names, "web", to: "b")
    try Files.removeLink(at: names, "web", leadingTo: "a")
    #expect(try Files.target(at: names, "web") == "b")
    try Files.removeLink(at: names, "web", leadingTo: "b")
    try Files.removeLink(at: names, "web", leadingTo: "b")
    #expect(try Files.names(in: names) == [])
}

@Test func imageKeepsItsLayersUntilTheLastUserGoes() throws {
    let home = try Home()
    let ledger = try home.ledger()
    let base = LayerRecord(
        id: "1111111111111111", chain: "sha256:1", diff: "sha256:d1", parent: nil)
    let top = LayerRecord(
        id: "2222222222222222", chain: "sha256:2", diff: "sha256:d2", parent: base.id)
    var one = ImageRecord(id: digits("1"), digest: "sha256:m1")
    one.names = ["docker.io/library/one:latest"]
    one.layers = [base.id]
    one.config = Array("{}".utf8)
    var two = ImageRecord(id: digits("2"), digest: "sha256:m2")
    two.names = ["docker.io/library/two:latest"]
    two.layers = [base.id, top.id]
    #expect(try ledger.insert(one, layers: [base]) == [])
    #expect(try ledger.insert(two, layers: [base, top]) == [])
    #expect(try ledger.image(named: "docker.io/library/one:latest") == one)
    #expect(try ledger.images(idPrefix: "22").map(\.id) == [two.id])
    #expect(try ledger.images().count == 2)
    // T-DIGEST-6: a name that moves is told.
    two.names = ["docker.io/library/one:latest", "docker.io/library/two:latest"]
    #expect(try ledger.insert(two, layers: [base, top]) == ["docker.io/library/one:latest"])
    #expect(try ledger.remove(image: two.id) == [top, base].filter { $0.id == top.id })
    #expect(try ledger.remove(image: one.id) == [base])
    #expect(try ledger.layers().isEmpty)
    #expect(try ledger.check().isEmpty)
}

/// The newest come first, and by their ids where they are of one time.
@Test func imagesAreListedInOrderWithAndWithoutTheirDocuments() throws {
    let home = try Home()
    let ledger = try home.ledger()
    let documents = [UInt8](repeating: 0x20, count: 10_000)
    var images: [ImageRecord] = []
    for (seed, created) in [("3", 7), ("1", 5), ("2", 5)] as [(Character, Int64)] {
        var image = ImageRecord(id: digits(seed), digest: "sha256:m\(seed)")
        image.created = created
        image.names = ["docker.io/library/a\(seed):latest"]
        image.digestNames = ["docker.io/library/a\(seed)@sha256:m\(seed)"]
        (image.config, image.manifest) = (documents, documents)
        images.append(image)
    }
    for image in images.reversed() { try ledger.insert(image, layers: []) }
    #expect(try ledger.images() == images)
    let brief = images.map { image in
        var brief = image
        (brief.config, brief.manifest) = ([], [])
        return brief
    }
    #expect(try ledger.images(withDocuments: false) == brief)
}

@Test func imageOfAContainerStays() throws {
    let home = try Home()
    let ledger = try home.ledger()
    try ledger.insert(ImageRecord(id: digits("1"), digest: "sha256:m1"), layers: [])
    var record = container("a", "web", ephemeral: false)
    record.imageID = digits("1")
    try ledger.reserve(name: try ObjectName("web", of: "container"), id: record.id)
    try ledger.insert(record)
    let problem = #expect(throws: Problem.self) { try ledger.remove(image: digits("1")) }
    #expect(problem?.why == "it is of container \"web\"")
    try ledger.insert(ExitRecord(container: record.id, status: nil, time: 7))
    #expect(try ledger.exit(of: record.id)?.status == nil)
    try ledger.remove(record)
    #expect(try ledger.exit(of: record.id) == nil)
    _ = try ledger.remove(image: digits("1"))
}

@Test func volumeInUseStays() throws {
    let home = try Home()
    let ledger = try home.ledger()
    try ledger.insert(VolumeRecord(name: "data", created: 1))
    #expect(throws: Problem.self) { try ledger.insert(VolumeRecord(name: "data", created: 2)) }
    #expect(try ledger.findVolume("da").needsCopyUp)
    try ledger.copyUpIsDone(volume: "data")
    #expect(try ledger.findVolume("data").needsCopyUp == false)
    var record = container("a", "web", ephemeral: true)
    record.volumes = ["data"]
    try ledger.reserve(name: try ObjectName("web", of: "container"), id: record.id)
    try ledger.insert(record)
    #expect(throws: Problem.self) { try ledger.remove(volume: "data") }
    try ledger.remove(record)
    try ledger.remove(volume: "data")
    #expect(throws: Problem.self) { try ledger.findVolume("data") }
}

/// F-54: damage is named, and nothing is reset in silence.
@Test func damagedDatabaseIsNamed() throws {
    let home = try Home()
    _ = try Files.ensureDirectory(home.data)
    let data = try Files.open(home.data, [.read, .directory])
    try Files.replace(
        at: data, "store.db",
        with: Array("this is no database, and long enough to be read as one".utf8)
            + Array(repeating: 7, count: 4096))
    let problem = #expect(throws: Problem.self) { try home.ledger().images() }
    #expect(problem?.code == .badDocument)
    #expect(problem?.what == "the store's database \"\(home.data)/store.db\" is damaged")
}

@Test func databaseOfANewerProgramIsLeftAlone() throws {
    let home = try Home()
    _ = try home.ledger().images()
    try Database(path: home.data + "/store.db").script("PRAGMA user_version=99")
    let problem = #expect(throws: Problem.self) { try home.ledger().images() }
    #expect(problem?.what == "the store's database \"\(home.data)/store.db\" is of a newer Martlet")
}

/// F-23: there is something to give up when the disk is full; it comes back with the next image.
@Test func ballastIsKept() throws {
    let home = try Home()
    let ledger = try home.ledger()
    for round in 0..<2 {
        try ledger.insert(
            ImageRecord(id: digits(round == 0 ? "1" : "2"), digest: "sha256:m"), layers: [])
        #expect(try Files.status(home.data + "/ballast").size == 256 << 10)
        let data = try Files.open(home.data, [.read, .directory])
        try Files.remove(at: data, "ballast")
    }
}

/// T-PERM-1
@Test func databaseIsNobodyElses() throws {
    let home = try Home()
    let ledger = try home.ledger()
    try ledger.insert(VolumeRecord(name: "v", created: 0))
    for name in ["store.db", "store.db-wal", "store.db-shm"] {
        #expect(try Files.status(home.data + "/" + name).permissions == 0o600)
    }
    #expect(try Files.status(home.data).permissions == 0o700)
}

@Test func networksAreFoundByNameIdAndBeginning() throws {
    let home = try Home()
    let ledger = try home.ledger()
    func make(_ id: Character, _ name: String) throws {
        _ = try ledger.insertNetwork { _ in
            NetworkRecord(id: digits(id), name: name, created: 5)
        }
    }
    try make("a", "shop")
    try make("b", "house")
    let other = try home.ledger()
    #expect(try other.networks().map(\.name) == ["house", "shop"])
    #expect(try other.findNetwork("shop").id == digits("a"))
    #expect(try other.findNetwork("bbbb").name == "house")
    let taken = #expect(throws: Problem.self) { try make("c", "shop") }
    #expect(taken?.what == "there is a network \"shop\" already")
    let absent = #expect(throws: Problem.self) { try other.findNetwork("shob") }
    #expect(absent?.next == "did you mean \"shop\"?")
    try other.remove(try other.findNetwork("shop"))
    #expect(try ledger.network(named: "shop") == nil)
}

@Test func aNetworkOfAContainersIsNotForgotten() throws {
    let home = try Home()
    let ledger = try home.ledger()
    let network = try ledger.insertNetwork { _ in
        NetworkRecord(id: digits("a"), name: "shop", created: 5)
    }
    var record = container("c", "web", ephemeral: true)
    record.spec.network.mode = .named([.init(network: "shop", options: [])])
    try ledger.reserve(name: try ObjectName("web", of: "container"), id: record.id)
    try ledger.insert(record)
    let refusal = #expect(throws: Problem.self) { try ledger.remove(network) }
    #expect(refusal?.what == "network \"shop\" is in use")
    #expect(refusal?.why == "container \"web\" is on it")
}

@Test func logStaysShortThoughNobodyStaysLong() throws {
    let home = try Home()
    for round in 0..<100 {
        let record = container("a", "web\(round)", ephemeral: false)
        // Each of them is the only one that has the file open, and ends after one commit.
        try home.ledger().insert(record)
        try home.ledger().remove(record)
    }
    let data = try Files.open(home.data, [.read, .directory])
    let log = try #require(try Files.statusIfPresent(at: data, "store.db-wal"))
    #expect(log.size < 80 * 4120)
}
