import Base
import Kernel

/// What an extended header says of the entry after it. See pax(1), "pax Extended Header".
struct PaxRecords {
    var path: [UInt8]?
    var target: [UInt8]?
    var size: Int64?
    var uid: Int64?
    var gid: Int64?
    var modified: FileTime?
    var attributes: [TarEntry.Attribute] = []

    /// Reads `LENGTH KEYWORD=VALUE\n` records; of a repeated keyword the last one counts, as pax(1)
    /// has it.
    ///
    /// - Throws: `badDocument` for a malformed record, and for keywords that make the content
    ///   something else than it seems (sparse files).
    init(_ bytes: [UInt8]) throws(Problem) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let (keyword, value) = try PaxRecords.record(&rest)
            try take(keyword, value)
        }
    }

    /// Refuses a global header that would change what entries are; all else in one is only a note.
    static func checkGlobal(_ bytes: [UInt8]) throws(Problem) {
        let records = try PaxRecords(bytes)
        if records.path != nil || records.target != nil || records.size != nil {
            throw TarHeader.refuse("a global header sets a path or a size")
        }
    }

    private static func record(_ rest: inout ArraySlice<UInt8>) throws(Problem)
        -> (keyword: String, value: ArraySlice<UInt8>)
    {
        let malformed = TarHeader.refuse("a record of an extended header is malformed")
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty, digits.count < 10, digits.first != UInt8(ascii: "0"),
            let length = Int(String(decoding: digits, as: UTF8.self)),
            length <= rest.count, length > digits.count + 2,
            rest[rest.startIndex + digits.count] == UInt8(ascii: " "),
            rest[rest.startIndex + length - 1] == UInt8(ascii: "\n")
        else { throw malformed }
        let body = rest[(rest.startIndex + digits.count + 1)..<(rest.startIndex + length - 1)]
        guard let equals = body.firstIndex(of: UInt8(ascii: "=")), equals > body.startIndex else {
            throw malformed
        }
        rest = rest.dropFirst(length)
        return (String(decoding: body[..<equals], as: UTF8.self), body[(equals + 1)...])
    }

    private mutating func take(_ keyword: String, _ value: ArraySlice<UInt8>) throws(Problem) {
        switch keyword {
        case "path": path = try PaxRecords.name(value, keyword)
        case "linkpath": target = try PaxRecords.name(value, keyword)
        case "size": size = try PaxRecords.number(value, keyword)
        case "uid": uid = try PaxRecords.number(value, keyword)
        case "gid": gid = try PaxRecords.number(value, keyword)
        case "mtime": modified = try PaxRecords.time(value)
        case "hdrcharset":
            let words = String(decoding: value, as: UTF8.self)
            guard words == "BINARY" || words.hasPrefix("ISO-IR 10646") else {
                throw TarHeader.refuse("its names are in the character set \"\(words.printable)\"")
            }
        case _ where keyword.hasPrefix("SCHILY.xattr."):
            let name = Array(keyword.utf8.dropFirst(13))
            guard !name.isEmpty, !name.contains(0) else {
                throw TarHeader.refuse("an extended attribute has no name")
            }
            attributes.removeAll { $0.name == name }
            attributes.append(TarEntry.Attribute(name: name, value: Array(value)))
        case _ where keyword.hasPrefix("GNU.sparse."):
            throw TarHeader.refuse("it holds a sparse file in GNU's form, which is not read")
        default:
            break
        }
    }

    private static func name(_ value: ArraySlice<UInt8>, _ keyword: String) throws(Problem)
        -> [UInt8]
    {
        guard !value.isEmpty, !value.contains(0) else {
            throw TarHeader.refuse(
                "the \(keyword) of an extended header is empty or has a zero byte")
        }
        return Array(value)
    }

    private static func number(_ value: ArraySlice<UInt8>, _ keyword: String) throws(Problem)
        -> Int64
    {
        let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        guard !value.isEmpty, value.allSatisfy(isDigit),
            let number = Int64(String(decoding: value, as: UTF8.self))
        else {
            throw TarHeader.refuse("the \(keyword) of an extended header is no number below 2^63")
        }
        return number
    }

    /// Reads seconds with an optional sign and fraction; what is finer than a nanosecond is
    /// dropped.
    private static func time(_ value: ArraySlice<UInt8>) throws(Problem) -> FileTime {
        let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        let parts = value.split(
            separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let isNegative = value.first == UInt8(ascii: "-")
        let whole = isNegative ? parts[0].dropFirst() : parts[0]
        let fraction = parts.count == 2 ? parts[1] : []
        guard !whole.isEmpty, whole.allSatisfy(isDigit), fraction.allSatisfy(isDigit),
            let seconds = Int64(String(decoding: whole, as: UTF8.self))
        else { throw TarHeader.refuse("the mtime of an extended header is no time") }
        var nanoseconds: Int64 = 0
        for place in 0..<9 {
            let digit = place < fraction.count ? fraction[fraction.startIndex + place] - 48 : 0
            nanoseconds = nanoseconds * 10 + Int64(digit)
        }
        guard isNegative else { return FileTime(seconds: seconds, nanoseconds: nanoseconds) }
        return nanoseconds == 0
            ? FileTime(seconds: -seconds)
            : FileTime(seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds)
    }
}
