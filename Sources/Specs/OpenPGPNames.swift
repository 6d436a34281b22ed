import Base

/// The names in a file of OpenPGP keys, for people to read; nothing is verified.
///
/// See RFC 9580, sections 4.2 ("Packet Headers") and 5.11 ("User ID Packet").
package enum OpenPGPNames {
    private static let userID: UInt8 = 13

    /// Returns the mail addresses of the keys, or the whole name where one has no address.
    ///
    /// What is no key, or breaks off, ends the list.
    package static func read(_ bytes: [UInt8], name: String) -> [String] {
        var binary = bytes
        if String(decoding: bytes.prefix(64), as: UTF8.self).contains("-----BEGIN PGP") {
            binary = ((try? ArmoredText.blocks(bytes, name: name)) ?? []).flatMap(\.bytes)
        }
        var names: [String] = []
        var rest = binary[...]
        while let packet = packet(&rest) {
            guard packet.tag == userID else { continue }
            let text = String(decoding: packet.body, as: UTF8.self)
            let address = text.split(separator: "<").last.flatMap { part in
                text.contains("<") && part.hasSuffix(">") ? String(part.dropLast()) : nil
            }
            names.append((address ?? text).printable)
        }
        return names
    }

    /// Takes the first packet away; nil at the end, and where its length is none that a name has.
    private static func packet(_ rest: inout ArraySlice<UInt8>) -> (
        tag: UInt8, body: ArraySlice<UInt8>
    )? {
        func number(_ count: Int) -> Int? {
            guard rest.count >= count else { return nil }
            let value = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(count)
            return value
        }
        guard let head = rest.popFirst(), head & 0x80 != 0 else { return nil }
        let isNew = head & 0x40 != 0
        var length: Int?
        if isNew {
            guard let first = number(1) else { return nil }
            switch first {
            case ..<192: length = first
            case ..<224: length = number(1).map { (first - 192) << 8 + $0 + 192 }
            case 255: length = number(4)
            default: return nil
            }
        } else {
            // The fourth kind has no length, and reaches to the end.
            guard head & 3 < 3 else { return nil }
            length = number(1 << Int(head & 3))
        }
        guard let length, length <= rest.count else { return nil }
        defer { rest = rest.dropFirst(length) }
        return (isNew ? head & 0x3F : head >> 2 & 0xF, rest.prefix(length))
    }
}
