import Base
import Kernel
import Records
import Specs
import Testing

private func pod(_ digit: Character, _ name: String) -> PodRecord {
    PodRecord(id: String(repeating: digit, count: 64), name: name, created: 5)
}

@Test func podIsFoundByNameIdAndBeginning() throws {
    let home = try Home()
    let ledger = try home.ledger()
    let shop = pod("a", "shop")
    try ledger.insert(shop)
    let other = try home.ledger()
    #expect(try other.findPod("shop") == shop)
    #expect(try other.findPod(shop.id) == shop)
    #expect(try other.findPod("aaa") == shop)
    #expect(try other.pods() == [shop])
    try other.remove(shop)
    let problem = #expect(throws: Problem.self) { try ledger.findPod("shop") }
    #expect(problem?.code == .noSuchPod)
    #expect(problem?.what == "there is no pod \"shop\"")
}

@Test func podsAndContainersShareTheirNames() throws {
    let home = try Home()
    let ledger = try home.ledger()
    let id = String(repeating: "b", count: 64)
    try ledger.reserve(name: try ObjectName("shop", of: "container"), id: id)
    try ledger.insert(
        ContainerRecord(
            id: id, name: "shop", created: 5, ephemeral: false, spec: ContainerSpec()))
    let problem = #expect(throws: Problem.self) { try ledger.insert(pod("a", "shop")) }
    #expect(problem?.why == "container bbbbbbbbbbbb has it")
    try ledger.insert(pod("c", "stall"))
    let other = #expect(throws: Problem.self) {
        try ledger.reserve(name: try ObjectName("stall", of: "container"), id: "d")
    }
    #expect(other?.why == "pod cccccccccccc has it")
}

@Test func whatIsRecordedTogetherIsRecordedWholeOrNotAtAll() throws {
    let home = try Home()
    let ledger = try home.ledger()
    #expect(throws: Problem.self) {
        try ledger.together { () throws(Problem) in
            try ledger.insert(pod("a", "shop"))
            throw Problem(.kernel, "the power is gone")
        }
    }
    #expect(try ledger.pods().isEmpty)
}

/// What is not committed yet nobody else can see; its maker's mark keeps it from being swept.
@Test func whatIsBeingRecordedTogetherIsNotSwept() throws {
    let home = try Home()
    let ledger = try home.ledger()
    let infra = ContainerRecord(
        id: String(repeating: "b", count: 64), name: "infra", created: 5, ephemeral: false,
        spec: ContainerSpec())
    let mark = home.run + "/containers/" + infra.id + "/maker"
    try ledger.together { () throws(Problem) in
        try ledger.reserve(name: try ObjectName("infra", of: "container"), id: infra.id)
        try ledger.insert(infra)
        #expect((try? Files.target(mark)) != nil)
        let others = (try? home.ledger())
        #expect(try others?.sweep() == [])
        try ledger.insert(pod("a", "shop"))
    }
    #expect((try? Files.target(mark)) == nil)
    #expect(try home.ledger().containers().map(\.name) == ["infra"])
}

@Test func secretIsFoundByNameIdAndBeginning() throws {
    let home = try Home()
    let ledger = try home.ledger()
    let db = SecretRecord(id: "abc", name: "db", created: 5)
    #expect(try ledger.insert(db, replacing: false) == nil)
    #expect(try ledger.findSecret("db") == db)
    #expect(try ledger.findSecret("ab") == db)
    let problem = #expect(throws: Problem.self) { try ledger.insert(db, replacing: false) }
    #expect(problem?.code == .nameInUse)
    let next = SecretRecord(id: "def", name: "db", created: 6)
    #expect(try ledger.insert(next, replacing: true) == db)
    #expect(try ledger.secrets() == [next])
    try ledger.remove(next)
    #expect(throws: Problem.self) { try ledger.findSecret("db") }
}
