package import Base
import Kernel

/// Reads what a container wrote to the journal. See sd-journal(3).
package final class JournalLog {
    private let cursor: JournalCursor

    /// Which entries to read.
    package struct Range: Equatable, Sendable {
        /// Nanoseconds since 1970.
        package var since: Int64?
        package var until: Int64?
        /// Only so many of the last entries.
        package var last: Int?

        package init(since: Int64? = nil, until: Int64? = nil, last: Int? = nil) {
            self.since = since
            self.until = until
            self.last = last
        }
    }

    /// One entry: a line, or a piece of one.
    package struct Entry: Equatable, Sendable {
        package var bytes: [UInt8]
        /// Nanoseconds since 1970.
        package var time: Int64
        package var isError: Bool
        /// Whether the line goes on in the next entry.
        package var isPartial: Bool
    }

    private let range: Range

    /// Opens the journal at the first entry of the container with that id.
    package init(containerID: String, _ range: Range = Range()) throws(Problem) {
        cursor = try JournalCursor()
        self.range = range
        cursor.match("CONTAINER_ID_FULL", containerID)
        if let last = range.last {
            cursor.seekTail()
            // Stand before the first one wanted; where fewer are there, before the first of all.
            if cursor.back(UInt64(max(0, last)) + 1) <= last, last > 0 { cursor.seekHead() }
        } else if let since = range.since {
            cursor.seek(microseconds: UInt64(max(0, since)) / 1000)
        } else {
            cursor.seekHead()
        }
    }

    /// Returns the next entry, or nil where there is none at present.
    package func next() -> Entry? {
        while cursor.next() {
            let time = Int64(cursor.time()) * 1000
            if let since = range.since, time < since { continue }
            if let until = range.until, time > until { return nil }
            guard let bytes = cursor.field("MESSAGE") else { continue }
            return Entry(
                bytes: bytes, time: time,
                isError: cursor.field("PRIORITY") == [UInt8(ascii: "3")],
                isPartial: cursor.field("CONTAINER_PARTIAL_MESSAGE") != nil)
        }
        return nil
    }

    /// Waits until there may be something new, at most so long.
    package func wait(milliseconds: UInt64) { _ = cursor.wait(microseconds: milliseconds * 1000) }
}
