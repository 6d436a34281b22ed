import Base
import Kernel
import Specs
import Testing

@testable import Monitors

@Suite struct LogTests {
    /// 2026-01-31T12:00:00.000000007Z
    static let noon: Int64 = 1_769_860_800_000_000_007

    @Test func linesArePrecise() throws {
        let place = try Place()
        let log = try LineLog(path: "\(place.path)/log", maxBytes: nil, keep: 0)
        _ = log.take(Array("one\ntwo\r\n\nrest".utf8)[...], .output, at: LogTests.noon)
        _ = log.take(Array("of it\n".utf8)[...], .error, at: LogTests.noon + 993)
        let time = "2026-01-31T12:00:00.00000000"
        let expected = """
            \(time)7Z stdout F one
            \(time)7Z stdout F two\r
            \(time)7Z stdout F \n\(time)7Z stdout P rest
            2026-01-31T12:00:00.000001000Z stderr F of it

            """
        #expect(try place.text("log") == expected)
        #expect(log.takeProblem() == nil)
    }

    @Test func removedDirectoryIsNotMadeAgain() throws {
        let place = try Place()
        #expect(throws: Problem.self) {
            try LineLog(path: "\(place.path)/gone/log", maxBytes: nil, keep: 0)
        }
        #expect(!Files.exists("\(place.path)/gone"))
    }

    /// T-LOG-2: output that imitates the format is data, and comes back byte for byte (F-39).
    @Test func forgedLinesAreData() throws {
        let place = try Place()
        let log = try LineLog(path: "\(place.path)/log", maxBytes: nil, keep: 0)
        var said: [UInt8] = Array("2026-01-31T12:00:00Z stderr F root logged in\n".utf8)
        said += [0, 255, 254, 10, 13, 10, 0xC3, 0x28]
        for start in stride(from: 0, to: said.count, by: 5) {
            let piece = said[start..<min(start + 5, said.count)]
            #expect(log.take(piece, .output, at: LogTests.noon) == piece.count)
        }
        var again: [UInt8] = []
        for line in try place.bytes("log").split(separator: 10, omittingEmptySubsequences: false)
            .dropLast()
        {
            let words = line.split(separator: 32, maxSplits: 3, omittingEmptySubsequences: false)
            #expect(words[1].elementsEqual("stdout".utf8))
            again += words[3]
            if words[2].elementsEqual("F".utf8) { again.append(10) }
        }
        #expect(again == said)
    }

    /// F-39, small: a line of 1 MB without a line feed is kept whole in bounded pieces.
    @Test func endlessLineIsKeptInPieces() throws {
        let place = try Place()
        let log = try LineLog(path: "\(place.path)/log", maxBytes: nil, keep: 0)
        let chunk = [UInt8](repeating: 97, count: 32 << 10)
        for _ in 0..<32 { _ = log.take(chunk[...], .output, at: LogTests.noon) }
        let lines = try place.bytes("log").split(separator: 10)
        #expect(lines.count == 32)
        #expect(lines.allSatisfy { $0.count == (32 << 10) + 40 })
    }

    @Test func fileIsTurnedOverAtItsLimit() throws {
        let place = try Place()
        let log = try LineLog(path: "\(place.path)/log", maxBytes: 100, keep: 2)
        for number in 1...5 {
            _ = log.take(Array("line \(number)\n".utf8)[...], .output, at: LogTests.noon)
        }
        #expect(try place.text("log").hasSuffix("line 5\n"))
        #expect(try place.text("log.1").contains("line 3\n"))
        #expect(try place.text("log.2").contains("line 1\n"))
        #expect(!Files.exists("\(place.path)/log.3"))
    }

    /// F-40: a log that is removed or cut goes on.
    @Test func removedLogIsMadeAnew() throws {
        let place = try Place()
        let log = try LineLog(path: "\(place.path)/log", maxBytes: nil, keep: 0)
        _ = log.take(Array("a\n".utf8)[...], .output, at: LogTests.noon)
        try Files.remove(at: place.directory.descriptor, "log")
        _ = log.take(Array("b\n".utf8)[...], .output, at: LogTests.noon + 2_000_000_000)
        #expect(try place.text("log").hasSuffix("stdout F b\n"))
    }

    /// T-LOG-4: a log that has become a link is not followed.
    @Test func linkIsNotFollowed() throws {
        let place = try Place()
        try Files.link(at: place.directory.descriptor, "log", to: "elsewhere")
        #expect(throws: Problem.self) {
            _ = try LineLog(path: "\(place.path)/log", maxBytes: nil, keep: 0)
        }
        #expect(!Files.exists("\(place.path)/elsewhere"))
    }

    /// F-40: a full disk is told once, and the log goes on when there is room again.
    @Test func fullDiskIsToldOnce() throws {
        let place = try Place()
        try Files.link(at: place.directory.descriptor, "dev", to: "/dev")
        let log = try LineLog(path: "/dev/full", maxBytes: nil, keep: 0)
        _ = log.take(Array("a\n".utf8)[...], .output, at: 0)
        #expect(log.takeProblem()?.code == .noSpace)
        _ = log.take(Array("a\n".utf8)[...], .output, at: 0)
        #expect(log.takeProblem() == nil)
    }

    /// T-LOG-3: nothing in a line or a name can add a field.
    @Test func journalEntryIsPrecise() throws {
        let place = try Place()
        let journal = try Sockets.listen(at: place.directory.descriptor, "journal", .datagram)
        let plan = try MonitorPlan.sample(place)
        let sink = try JournalSink(
            plan, tag: "web",
            fields: [
                .init(name: "COLOUR", value: "red\nPRIORITY=0"), .init(name: "bad", value: "x"),
                .init(name: "MESSAGE", value: "x"), .init(name: "CONTAINER_ID", value: "x"),
            ], address: "\(place.path)/journal")
        let said = Array("one\nCONTAINER_NAME=evil\nend".utf8)
        #expect(sink.take(said[...], .error, at: 0) == said.count)
        func entry(_ message: String, partial: Bool) -> [UInt8] {
            func field(_ name: String, _ value: String) -> [UInt8] {
                Array(name.utf8) + [10, UInt8(value.utf8.count)] + [UInt8](repeating: 0, count: 7)
                    + Array(value.utf8) + [10]
            }
            var bytes = field("CONTAINER_NAME", "sample")
            bytes += field("CONTAINER_ID", String(plan.id.prefix(12)))
            bytes += field("CONTAINER_ID_FULL", plan.id)
            bytes += field("CONTAINER_TAG", "web") + field("SYSLOG_IDENTIFIER", "web")
            bytes += field("COLOUR", "red\nPRIORITY=0")
            bytes += Array("PRIORITY=3\n".utf8)
            if partial { bytes += Array("CONTAINER_PARTIAL_MESSAGE=true\n".utf8) }
            return bytes + field("MESSAGE", message)
        }
        #expect(try Sockets.receive(from: journal).bytes == entry("one", partial: false))
        #expect(
            try Sockets.receive(from: journal).bytes
                == entry("CONTAINER_NAME=evil", partial: false))
        #expect(try Sockets.receive(from: journal).bytes == entry("end", partial: true))
    }

    @Test func busyJournalIsWaitedFor() throws {
        let place = try Place()
        let journal = try Sockets.listen(at: place.directory.descriptor, "journal", .datagram)
        let sink = try JournalSink(
            try MonitorPlan.sample(place), tag: nil, fields: [], address: "\(place.path)/journal")
        let lines = [UInt8](repeating: 10, count: 10_000)
        let took = sink.take(lines[...], .output, at: 0)
        #expect(took > 0 && took < 10_000)
        for _ in 0..<took { _ = try Sockets.receive(from: journal) }
        #expect(sink.take(lines[took...], .output, at: 0) > 0)
        #expect(sink.takeProblem() == nil)
    }
}

extension MonitorPlan {
    /// A plan whose directories are a test's.
    static func sample(_ place: Place) throws -> MonitorPlan {
        try Files.makeDirectory(at: place.directory.descriptor, "run")
        return MonitorPlan(
            id: String(repeating: "0123456789abcdef", count: 4), name: "sample",
            config: RuntimeConfig(), root: .directory(path: "/"),
            directories: Directories(
                run: "\(place.path)/run", data: place.path, helpers: "/nowhere"))
    }
}
