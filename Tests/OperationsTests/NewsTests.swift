import Base
import Specs
import Testing

@testable import Operations

@Suite struct NewsTests {
    private let digest: Digest

    init() throws { digest = try Digest("sha256:" + String(repeating: "a", count: 64)) }

    @Test func blobHasOneLineWithSpeedAndTimeLeft() throws {
        var board = TransferBoard()
        let up = "\u{1B}[1A\u{1B}[J"
        let blob = "Copying blob aaaaaaaaaaaa"
        let trying = board.drawing(.trying("quay.io/a/b:1"), now: 0)
        #expect(trying == "Trying to pull quay.io/a/b:1...\n")
        let started = board.drawing(.blobStarted(digest, size: 10_000_000), now: 0)
        #expect(started == "\(blob)  0 B of 10 MB\n")
        let soon = board.drawing(.blobProgress(digest, bytes: 1), now: 1_000)
        #expect(soon == nil)
        let later = board.drawing(.blobProgress(digest, bytes: 4_000_000), now: 2_000_000_000)
        #expect(later == "\(up)\(blob)  4 MB of 10 MB  2 MB/s  3 s left\n")
        let done = board.drawing(.blobFinished(digest), now: 4_000_000_000)
        #expect(done == "\(up)\(blob)  10 MB  2.5 MB/s  done\n")
        let skipped = board.drawing(.blobSkipped(digest), now: 5_000_000_000)
        #expect(skipped?.hasPrefix("\u{1B}") == false)
    }

    @Test func programsGetADocumentForEachEvent() {
        let text = TransferNews.document(.blobProgress(digest, bytes: 7))?.text()
        #expect(text == "{\"event\":\"progress\",\"blob\":\"\(digest)\",\"bytes\":7}")
        #expect(TransferNews.document(.done) == nil)
    }
}
