package import Base
import Kernel
package import Specs

/// What happened: the newest events, for `martlet events`.
extension Ledger {
    /// Records an event, and drops the oldest ones beyond `Limits.events`.
    package func append(_ event: EventRecord) throws(Problem) {
        let database = try database()
        try database.transaction { () throws(Problem) in
            try database.run(
                "INSERT INTO events(time, record) VALUES(?, ?)", .integer(event.time),
                .text(JSON(encoding: event).text()))
            try database.run(
                "DELETE FROM events WHERE number <= (SELECT max(number) FROM events) - ?",
                .integer(Int64(Limits.events)))
        }
    }

    /// Returns the events from `since` up to `until`, in nanoseconds since 1970, the oldest first.
    package func events(since: Int64 = 0, until: Int64 = .max) throws(Problem) -> [EventRecord] {
        try database().query(
            "SELECT record FROM events WHERE time >= ? AND time <= ? ORDER BY number",
            .integer(since),
            .integer(until)
        ) { row throws(Problem) in
            try JSON(parsing: row.bytes(0), name: "event").decode(EventRecord.self, name: "event")
        }
    }
}
