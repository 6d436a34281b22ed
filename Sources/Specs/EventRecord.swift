import Base

/// Something that happened to an object of the house, as `martlet events` tells it.
package struct EventRecord: Codable, Equatable, Sendable {
    /// Nanoseconds since 1970.
    package var time: Int64
    /// container, image, volume, network, pod, system.
    package var kind: String
    /// create, start, died, pull, …
    package var action: String
    package var id: String
    package var name: String
    package var attributes: [String: String]

    package init(
        time: Int64, kind: String, action: String, id: String, name: String
    ) {
        self.time = time
        self.kind = kind
        self.action = action
        self.id = id
        self.name = name
        attributes = [:]
    }

    /// The name of the file of events below the run-time directory: a line of JSON for each.
    ///
    /// One write(2) with O_APPEND puts a line there whole, whoever else writes.
    package static let fileName = "events"

    /// The line that tells it there.
    package var line: [UInt8] { JSON(encoding: self).bytes() + [0x0A] }
}
