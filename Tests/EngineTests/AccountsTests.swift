import Base
import Engine
import Specs
import Testing

@Suite struct AccountsTests {
    let accounts = Accounts(
        passwd: """
            root:x:0:0:root:/root:/bin/sh
            web:x:33:33:web:/var/www:/bin/false
            0123:x:0:0:trap:/root:/bin/sh
            broken line
            """,
        group: "root:x:0:\nweb:x:33:\ntape:x:26:web\nvideo:x:44:web,root\n")

    @Test func nameGivesIdsHomeAndGroups() throws {
        let web = try accounts.identity("web")
        #expect(web == .init(uid: 33, gid: 33, groups: [26, 44], home: "/var/www", name: "web"))
        #expect(try accounts.identity("web:tape").gid == 26)
        #expect(try accounts.identity("").uid == 0)
        #expect(try accounts.identity("7777:8").gid == 8)
    }

    /// T-USER-1: what is no id in range is refused, and never becomes 0.
    @Test(arguments: [
        "4294967295", "4294967296", "-1", "+0", "0x0", " 0", "1:99999999999", ":", "0:", ":0",
        "1:2:3", "nobody",
    ])
    func oddUserIsRefused(words: String) {
        #expect(throws: Problem.self) { try accounts.identity(words) }
    }

    /// T-USER-1: a name of digits alone is a number, whatever /etc/passwd says.
    @Test func nameOfDigitsIsANumber() throws {
        #expect(try accounts.identity("0123").uid == 123)
        #expect(try accounts.identity("2147483648").uid == 2_147_483_648)
    }

    /// T-IDMAP-1
    @Test func grantsAreReadStrictly() {
        let text = """
            # comment
            ann:100000:65536
            ann:120000:10
            bob:1:2
            1000:4294967290:10
            ann:300000:0
            ann:x:1
            1000:500000:5
            """
        let ranges = SubordinateIDs.ranges(in: text, user: "ann", id: 1000)
        #expect(ranges.map(\.start) == [100_000, 500_000])
        let map = SubordinateIDs.standingMap(own: 1000, ranges: ranges)
        #expect(map.map(\.inside) == [0, 1, 65537])
    }
}
