package import Base

/// One `Key=Value` of a unit file, with the places where it stands. See systemd.syntax(7).
package struct Assignment: Equatable, Sendable {
    package let key: String
    /// The value as written, its continued lines joined.
    package let value: String
    /// Where the key stands.
    package let place: Problem.Place
    /// Where the value begins, on the key's own line.
    let column: Int
    /// Where the further lines of a continued value begin.
    let continued: [Part]

    /// A line of a continued value: the offset of its first byte in the value, and its place.
    struct Part: Equatable, Sendable {
        let offset: Int
        let line: Int
        let column: Int
    }

    /// Makes an assignment that stands in no file, or whose value stands on one line.
    package init(key: String, value: String, place: Problem.Place, column: Int = 1) {
        self.init(key: key, value: value, place: place, column: column, continued: [])
    }

    init(key: String, value: String, place: Problem.Place, column: Int, continued: [Part]) {
        self.key = key
        self.value = value
        self.place = place
        self.column = column
        self.continued = continued
    }

    /// Returns the place of the byte at `offset` of the value, in whichever line it was written.
    package func place(at offset: Int) -> Problem.Place {
        var start = Part(offset: 0, line: place.line, column: column)
        for part in continued where part.offset <= offset { start = part }
        var characters = 0
        for (index, byte) in value.utf8.enumerated() where index >= start.offset {
            if index >= offset { break }
            if byte & 0xC0 != 0x80 { characters += 1 }
        }
        return Problem.Place(
            file: place.file, line: start.line, column: start.column + characters)
    }
}
