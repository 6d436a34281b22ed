import Base
import Kernel

/// The fields of one 512-byte header block. See pax(1), "ustar Interchange Format".
///
/// A field is either well-formed or the archive is refused: two readers that guess differently at a
/// malformed one see two different archives (T-TAR-7, T-TAR-8).
struct TarHeader {
    var name: [UInt8]
    var mode: Int64
    var uid: Int64
    var gid: Int64
    var size: Int64
    var modified: Int64
    var type: UInt8
    var target: [UInt8]

    /// - Throws: `badDocument` where the checksum or a number is wrong.
    init(_ block: [UInt8]) throws(Problem) {
        let sum = try TarHeader.number(block[148..<156], "checksum")
        guard TarHeader.checksums(block).contains(sum) else {
            throw TarHeader.refuse("the checksum of a header is wrong")
        }
        name = TarHeader.text(block[0..<100])
        mode = try TarHeader.number(block[100..<108], "mode")
        uid = try TarHeader.number(block[108..<116], "uid")
        gid = try TarHeader.number(block[116..<124], "gid")
        size = try TarHeader.number(block[124..<136], "size")
        modified = try TarHeader.number(block[136..<148], "time")
        type = block[156]
        target = TarHeader.text(block[157..<257])
        // GNU's own form has other things where POSIX has the beginning of a long name.
        if block[257..<263].elementsEqual(Array("ustar\0".utf8)) {
            let prefix = TarHeader.text(block[345..<500])
            if !prefix.isEmpty { name = prefix + [UInt8(ascii: "/")] + name }
        }
        guard size >= 0 else { throw TarHeader.refuse("a size is negative") }
    }

    static func refuse(_ why: String) -> Problem {
        Problem(.badDocument, "the tar archive cannot be used", why: why)
    }

    /// The sum as it should be made, and as some old programs made it, with signed bytes.
    private static func checksums(_ block: [UInt8]) -> [Int64] {
        var unsigned: Int64 = 8 * 32
        var signed: Int64 = 8 * 32
        for (index, byte) in block.enumerated() where !(148..<156).contains(index) {
            unsigned += Int64(byte)
            signed += Int64(Int8(bitPattern: byte))
        }
        return [unsigned, signed]
    }

    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
        Array(field.prefix { $0 != 0 })
    }

    /// Reads octal digits between blanks and zeros, or GNU's base-256 where the first bit is set.
    private static func number(_ field: ArraySlice<UInt8>, _ name: String) throws(Problem) -> Int64
    {
        guard let first = field.first else { return 0 }
        if first & 0x80 != 0 { return try base256(field, name) }
        let isBlank = { (byte: UInt8) in byte == 0 || byte == UInt8(ascii: " ") }
        var digits = field.drop(while: isBlank)
        while let last = digits.last, isBlank(last) { digits.removeLast() }
        var value: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else {
                throw refuse("the \(name) of a header is no octal number")
            }
            // Twelve octal digits have 36 bits, so this cannot overflow.
            value = value << 3 | Int64(digit - UInt8(ascii: "0"))
        }
        return value
    }

    private static func base256(_ field: ArraySlice<UInt8>, _ name: String) throws(Problem) -> Int64
    {
        let isNegative = field[field.startIndex] & 0x40 != 0
        var value: Int64 = isNegative ? -1 : 0
        for (index, byte) in field.enumerated() {
            // The first bit only says that the field is not octal.
            let digit = index == 0 ? (isNegative ? byte | 0x80 : byte & 0x7F) : byte
            let (product, overflow) = value.multipliedReportingOverflow(by: 256)
            guard !overflow else { throw refuse("the \(name) of a header is beyond 2^63") }
            value = product | Int64(digit)
        }
        return value
    }
}
