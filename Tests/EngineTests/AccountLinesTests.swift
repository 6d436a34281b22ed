import Base
import Engine
import Specs
import Testing

@Suite struct AccountLinesTests {
    let image = Accounts(
        passwd: "root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/srv:/bin/sh", group: "root:x:0:\n")
    let host = AccountLines.Host(
        accounts: Accounts(
            passwd: "root:x:0:0::/root:/bin/sh\nada:x:1000:1000:Ada L,,,:/home/ada:/bin/bash\n",
            group: "ada:x:1000:\n"), uid: 1000, gid: 1000)

    func lines(
        kept: (uid: UInt32, gid: UInt32)? = nil, _ change: (inout ContainerSpec) -> Void
    ) throws -> AccountLines {
        var spec = ContainerSpec()
        change(&spec)
        return try AccountLines(spec, image: nil, accounts: image, kept: kept, host: host)
    }

    @Test func aNumberWithoutAnEntryGetsOne() throws {
        let made = try lines {
            $0.process.user = "1234:5678"
            $0.process.workingDirectory = "/work"
        }
        #expect(made.passwd == ["1234:*:1234:5678:container user:/work:/bin/sh"])
        #expect(made.group == ["5678:x:5678:1234"])
        let all = made.added(to: image)
        #expect(all.passwd.hasSuffix("/srv:/bin/sh\n1234:*:1234:5678:container user:/work:/bin/sh\n"))
        #expect(try all.identity("1234").home == "/work")
    }

    @Test(arguments: ["0", "33", "web", "root:33", "33:0"])
    func whatTheImageKnowsIsLeftAlone(_ user: String) throws {
        let made = try lines { $0.process.user = user }
        #expect(made.passwd == [])
        #expect(made.group == [])
    }

    @Test func aKeptUserHasHerName() throws {
        let made = try lines(kept: (1000, 1000)) { _ in }
        #expect(made.passwd == ["ada:*:1000:1000:Ada L,,,:/:/bin/sh"])
        #expect(made.group == ["ada:x:1000:ada"])
        // Her home is her home where it is mounted.
        let home = try lines(kept: (1000, 1000)) {
            $0.storage.mounts = [MountChoice(.bind, source: "/home", destination: "/home")]
        }
        #expect(home.passwd == ["ada:*:1000:1000:Ada L,,,:/home/ada:/bin/sh"])
    }

    @Test func templatesAreFilled() throws {
        let made = try lines {
            $0.process.user = "7:8"
            $0.process.passwdEntry = "me$UID:x:$UID:$GID:$NAME:$HOME:/bin/ash"
            $0.process.groupEntry = "g$GID:x:$GID:$USERLIST"
        }
        #expect(made.passwd == ["me7:x:7:8:container user:/:/bin/ash"])
        #expect(made.group == ["g8:x:8:7"])
    }

    @Test func accountsOfTheHostAreAdded() throws {
        let made = try lines { $0.process.hostUsers = ["ada", "root"] }
        #expect(made.passwd == ["ada:*:1000:1000:Ada L,,,:/home/ada:/bin/sh"])
        let problem = #expect(throws: Problem.self) {
            try lines { $0.process.hostUsers = ["nobody-here"] }
        }
        #expect(problem?.what == "the host has no account \"nobody-here\" for --hostuser")
    }

    @Test func nothingIsWrittenWherePasswdIsOff() throws {
        let made = try lines(kept: (1000, 1000)) { $0.process.writeAccounts = false }
        #expect(made.passwd == [] && made.group == [])
    }

    /// The container is made ready for systemd by the name of its command, or always.
    @Test func systemdIsToldByItsName() {
        var choices = ProcessChoices()
        #expect(choices.isSystemd(["/sbin/init"]) && choices.isSystemd(["/lib/systemd/systemd"]))
        #expect(!choices.isSystemd(["sh"]) && !choices.isSystemd([]))
        choices.systemd = "false"
        #expect(!choices.isSystemd(["/sbin/init"]))
        choices.systemd = "always"
        #expect(choices.isSystemd(["sh"]))
    }

    @Test func systemdGetsItsMountsAndAWritableGroup() {
        let plain = MountPlan.mounts(ContainerSpec(), Situation(id: "a"))
        let ready = MountPlan.mounts(ContainerSpec(), Situation(id: "a"), isSystemd: true)
        func group(_ list: [RuntimeConfig.Mount]) -> [String] {
            list.first { $0.destination == "/sys/fs/cgroup" }?.options ?? []
        }
        #expect(group(plain).contains("ro") && group(ready).contains("rw"))
        let added = ready.map(\.destination).filter { !plain.map(\.destination).contains($0) }
        #expect(added == ["/run", "/run/lock", "/tmp", "/var/log/journal"])
    }
}
