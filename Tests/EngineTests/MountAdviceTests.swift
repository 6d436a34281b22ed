import Kernel
import Specs
import Testing

@testable import Engine

@Suite struct MountAdviceTests {
    private let own = IDRange(inside: 0, outside: Caller.effectiveUID(), count: 1)
    private let others = IDRange(inside: 1, outside: 3_000_000, count: 65536)

    private func warning(
        user: UInt32, nested: [IDRange]? = nil, mode: String = "rw"
    ) throws -> String? {
        let place = "/tmp/martlet-advice-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        _ = try Files.ensureDirectory(place)
        defer {
            // The test has been told by then; a directory of nothing may stay.
            _ = try? Files.removeTree(
                at: Files.open("/tmp", [.read, .directory]), String(place.dropFirst(5)))
        }
        let advice = MountAdvice(
            user: .init(uid: user, gid: user), nested: nested.map { ($0, $0) },
            standing: ([own, others], [own, others]))
        var choice = MountChoice(.bind, source: place, destination: "/data")
        choice.readOnly = mode == "ro"
        choice.chown = mode == "U"
        return advice.warning(for: choice) { try? Files.status($0) }
    }

    @Test func whoCannotWriteIsToldWhatWouldHelp() throws {
        let text = try #require(try warning(user: 1000))
        #expect(text.hasPrefix("user 1000 of the container cannot write to \"/data\""))
        #expect(text.contains("belongs to its user 0"))
        #expect(text.contains("--userns=keep-id:uid=1000,gid=1000"))
    }

    @Test func whoCanWriteIsToldNothing() throws {
        #expect(try warning(user: 0) == nil)
        #expect(try warning(user: 1000, mode: "ro") == nil)
        #expect(try warning(user: 1000, mode: "U") == nil)
        let kept = [
            IDRange(inside: 0, outside: 1, count: 1000),
            IDRange(inside: 1000, outside: 0, count: 1),
        ]
        #expect(try warning(user: 1000, nested: kept) == nil)
    }
}
