import Kernel

/// Writes a tar archive: ustar headers, with a pax header before an entry that needs one.
///
/// The same entries always give the same bytes. See pax(1), "pax Interchange Format".
package enum TarWriter {
    /// Returns the headers of an entry; its content and `padding` come next.
    package static func header(_ entry: TarEntry) -> [UInt8] {
        var records: [(String, [UInt8])] = []
        if entry.path.count > 100 { records.append(("path", entry.path)) }
        if entry.target.count > 100 { records.append(("linkpath", entry.target)) }
        for (name, value) in [("uid", entry.uid), ("gid", entry.gid)] where value > 0o7777777 {
            records.append((name, Array("\(value)".utf8)))
        }
        if entry.size > 0o77777777777 { records.append(("size", Array("\(entry.size)".utf8))) }
        if entry.modified.nanoseconds != 0 || entry.modified.seconds < 0
            || entry.modified.seconds > 0o77777777777
        {
            records.append(("mtime", Array(time(entry).utf8)))
        }
        for attribute in entry.attributes {
            let name = String(decoding: attribute.name, as: UTF8.self)
            records.append(("SCHILY.xattr.\(name)", attribute.value))
        }
        var out: [UInt8] = []
        if !records.isEmpty {
            let body = records.flatMap { record($0.0, $0.1) }
            var description = TarEntry()
            description.path = Array("PaxHeaders/entry".utf8)
            description.permissions = 0o644
            description.size = Int64(body.count)
            out +=
                block(description, type: UInt8(ascii: "x")) + body
                + padding(after: description.size)
        }
        return out + block(entry, type: type(entry.kind))
    }

    /// Returns the zeros that follow content of so many bytes.
    package static func padding(after size: Int64) -> [UInt8] {
        [UInt8](repeating: 0, count: Int((512 - size % 512) % 512))
    }

    /// The two zero blocks that end an archive.
    package static let end = [UInt8](repeating: 0, count: 1024)

    private static func type(_ kind: TarEntry.Kind) -> UInt8 {
        switch kind {
        case .file: UInt8(ascii: "0")
        case .hardLink: UInt8(ascii: "1")
        case .symbolicLink: UInt8(ascii: "2")
        case .device: UInt8(ascii: "3")
        case .directory: UInt8(ascii: "5")
        case .fifo: UInt8(ascii: "6")
        }
    }

    private static func block(_ entry: TarEntry, type: UInt8) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: some Collection<UInt8>, at offset: Int) {
            block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        func octal(_ value: Int64, digits: Int) -> [UInt8] {
            let text = String(value, radix: 8)
            return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8)
        }
        let seconds = entry.modified.seconds
        put(entry.path.prefix(100), at: 0)
        put(octal(Int64(entry.permissions), digits: 7), at: 100)
        put(octal(entry.uid > 0o7777777 ? 0 : Int64(entry.uid), digits: 7), at: 108)
        put(octal(entry.gid > 0o7777777 ? 0 : Int64(entry.gid), digits: 7), at: 116)
        put(octal(entry.size > 0o77777777777 ? 0 : entry.size, digits: 11), at: 124)
        put(octal(seconds < 0 || seconds > 0o77777777777 ? 0 : seconds, digits: 11), at: 136)
        put([UInt8](repeating: UInt8(ascii: " "), count: 8), at: 148)
        block[156] = type
        put(entry.target.prefix(100), at: 157)
        put(Array("ustar\u{0}00".utf8), at: 257)
        let sum = block.reduce(Int64(0)) { $0 + Int64($1) }
        put(octal(sum, digits: 6) + [0, UInt8(ascii: " ")], at: 148)
        return block
    }

    /// `LENGTH KEYWORD=VALUE\n`, where the length counts its own digits.
    private static func record(_ keyword: String, _ value: [UInt8]) -> [UInt8] {
        let rest =
            [UInt8(ascii: " ")] + Array(keyword.utf8) + [UInt8(ascii: "=")] + value + [
                UInt8(ascii: "\n")
            ]
        var length = rest.count + 1
        while "\(length)".utf8.count + rest.count != length {
            length = "\(length)".utf8.count + rest.count
        }
        return Array("\(length)".utf8) + rest
    }

    private static func time(_ entry: TarEntry) -> String {
        var (seconds, nanoseconds) = (entry.modified.seconds, entry.modified.nanoseconds)
        let isNegative = seconds < 0
        if isNegative, nanoseconds > 0 {
            (seconds, nanoseconds) = (seconds + 1, 1_000_000_000 - nanoseconds)
        }
        let digits = "\(nanoseconds)"
        let fraction = String(repeating: "0", count: 9 - digits.count) + digits
        let whole = (isNegative ? "-" : "") + "\(seconds.magnitude)"
        return nanoseconds == 0 ? whole : "\(whole).\(fraction)"
    }
}
