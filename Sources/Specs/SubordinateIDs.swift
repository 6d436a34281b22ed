/// The ranges that /etc/subuid and /etc/subgid grant to a user. See subuid(5), T-IDMAP-1.
package enum SubordinateIDs {
    /// Returns the ranges of `user` (by name or number) in the order of the file.
    ///
    /// A line that is no grant, overflows 2^32 or overlaps an earlier one of this user is left out.
    package static func ranges(in text: String, user: String, id: UInt32) -> [(
        start: UInt32, count: UInt32
    )] {
        var found: [(start: UInt32, count: UInt32)] = []
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == user || parts[0] == "\(id)",
                let start = UInt32(parts[1]), let count = UInt32(parts[2]), count > 0,
                UInt64(start) + UInt64(count) <= UInt64(UInt32.max),
                !(start...(start + count - 1)).contains(id),
                !found.contains(where: { start < $0.start + $0.count && $0.start < start + count })
            else { continue }
            found.append((start, count))
        }
        return found
    }

    /// Returns the map of the standing namespace: id 0 is the user, 1 and up are her ranges.
    package static func standingMap(own: UInt32, ranges: [(start: UInt32, count: UInt32)])
        -> [IDRange]
    {
        var map = [IDRange(inside: 0, outside: own, count: 1)]
        var next: UInt64 = 1
        for range in ranges.prefix(300) {
            guard next + UInt64(range.count) <= UInt64(UInt32.max) else { break }
            map.append(IDRange(inside: UInt32(next), outside: range.start, count: range.count))
            next += UInt64(range.count)
        }
        return map
    }

    /// Returns the name that the text of /etc/passwd has for `id`, or nil.
    package static func accountName(of id: UInt32, in text: String) -> String? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
            if parts.count > 2, parts[2] == "\(id)" { return String(parts[0]) }
        }
        return nil
    }
}
