import Base
import Kernel
import Testing

@testable import Systemd

/// Whether this machine can show what these tests are about.
private let hasManager =
    Console.variable("XDG_RUNTIME_DIR").map { Files.exists("\($0)/systemd/private") } ?? false

@Suite(.enabled(if: hasManager, "SKIPPED: no user manager runs (MARTLET_REQUIRE=systemd)"))
struct UserManagerTests {
    /// Goal: a scope is made, holds the process, is delegated, and ends with it.
    @Test func scopeHoldsItsProcess() throws {
        let manager = try UserManager()
        let child = try Spawn("/bin/sleep", ["sleep", "60"]).start()
        let scope = TransientScope.Request(
            unit: "martlet-test-\(Processes.own).scope", description: "A test", pid: child.pid)
        let group = try TransientScope.makeGroup(scope)
        #expect(group.path.hasSuffix("/\(scope.unit)"))
        #expect(try group.processes() == [child.pid])
        #expect(group.isDelegated())
        #expect(try manager.unit(of: child.pid) == scope.unit)
        let units = try manager.units([scope.unit])
        #expect(units.map(\.activeState) == ["active"])
        #expect(units.first?.description == "A test")
        #expect(try manager.stop(scope.unit) == "done")
        #expect(try child.wait() == .signal(15))
        #expect(!Files.exists(group.directory))
    }

    @Test func refusalIsTheManagersOwnWord() throws {
        let manager = try UserManager()
        #expect(throws: Problem.self) { _ = try manager.start("martlet-no-such.service") }
        do {
            _ = try manager.start("martlet-no-such.service")
        } catch {
            #expect(error.why == "Unit martlet-no-such.service not found.")
        }
    }

    /// Goal: what a container writes to the journal is read back, byte for byte.
    @Test func journalIsReadBack() throws {
        guard Files.exists("/run/systemd/journal/socket") else { return }
        let socket = try Sockets.connect("/run/systemd/journal/socket", .datagram)
        let id = "\(Processes.own)-\(Clock.monotonic())"
        for number in 1...5 {
            let entry =
                "CONTAINER_ID_FULL=\(id)\nPRIORITY=\(number == 5 ? 3 : 6)\nMESSAGE=line \(number)\n"
            try Sockets.send(Array(entry.utf8), to: socket)
        }
        let log = try JournalLog(containerID: id)
        var lines: [String] = []
        let deadline = Clock.monotonic() + 10_000_000_000
        while lines.count < 5, Clock.monotonic() < deadline {
            if let entry = log.next() {
                lines.append(String(decoding: entry.bytes, as: UTF8.self))
                #expect(entry.isError == (lines.count == 5))
            } else {
                log.wait(milliseconds: 500)
            }
        }
        #expect(lines == (1...5).map { "line \($0)" })
        let last = try JournalLog(containerID: id, .init(last: 2))
        #expect(last.next().map { String(decoding: $0.bytes, as: UTF8.self) } == "line 4")
        #expect(last.next().map { String(decoding: $0.bytes, as: UTF8.self) } == "line 5")
        #expect(last.next() == nil)
        let all = try JournalLog(containerID: id, .init(last: 50))
        #expect(all.next().map { String(decoding: $0.bytes, as: UTF8.self) } == "line 1")
    }
}
