package import Base

/// A question of a client's, as far as a name server for containers must understand it. See
/// RFC 1035 4.1.
///
/// Reading never fails in a way that matters: what is no question is nil, and a name server gives no
/// answer to that. Answers of other servers are passed on unread.
package struct DNSQuestion: Equatable, Sendable {
    /// The client's number for it.
    package let id: UInt16
    /// The flags and codes as they came.
    package let flags: UInt16
    /// The name in lower case, without the dot at its end.
    package let name: String
    package let kind: UInt16
    package let group: UInt16
    /// The question's bytes, name, type and class, as they came.
    let question: [UInt8]
    /// Whether the message has exactly one question and is no answer.
    package let isPlain: Bool
    /// Bytes of the longest answer by UDP.
    package let limit: Int

    package static let address: UInt16 = 1
    package static let address6: UInt16 = 28
    package static let pointer: UInt16 = 12
    private static let options: UInt16 = 41

    /// Reads a message; nil for what is none.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= 12 else { return nil }
        func word(_ place: Int) -> UInt16 { UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1]) }
        id = word(0)
        flags = word(2)
        // An answer is nobody's question, and answering it could go on for ever.
        guard flags & 0x8000 == 0, word(4) >= 1 else { return nil }
        guard let (name, end) = Self.name(in: bytes), end + 4 <= bytes.count else { return nil }
        self.name = name
        kind = word(end)
        group = word(end + 2)
        question = Array(bytes[12..<end + 4])
        isPlain = word(4) == 1
        var limit = 512
        // The one additional record a question has is that of its options; its class is a size.
        let rest = end + 4
        if word(6) == 0, word(8) == 0, word(10) == 1, rest + 5 <= bytes.count, bytes[rest] == 0,
            word(rest + 1) == Self.options
        {
            limit = max(512, min(1232, Int(word(rest + 3))))
        }
        self.limit = limit
    }

    /// Reads the name that begins behind the head. A question's name is never compressed: there is
    /// nothing before it that it could point to.
    private static func name(in bytes: [UInt8]) -> (name: String, end: Int)? {
        var place = 12
        var text: [UInt8] = []
        while place < bytes.count {
            let count = Int(bytes[place])
            if count == 0 {
                return (String(decoding: text, as: UTF8.self), place + 1)
            }
            guard count < 64, place + 1 + count < bytes.count, text.count + count < 255 else {
                return nil
            }
            if !text.isEmpty { text.append(UInt8(ascii: ".")) }
            for byte in bytes[place + 1...place + count] {
                // A dot or a zero inside a label would be read as something else by others.
                guard byte > 32, byte < 127, byte != UInt8(ascii: ".") else { return nil }
                text.append((65...90).contains(byte) ? byte + 32 : byte)
            }
            place += 1 + count
        }
        return nil
    }

    /// The address that a name of the reverse tree asks for, or nil.
    package var reversed: IPAddress? {
        var labels = name.split(separator: ".").map(String.init)
        guard labels.popLast() == "arpa", let tree = labels.popLast() else { return nil }
        if tree == "in-addr", labels.count == 4 {
            return IPAddress(labels.reversed().joined(separator: "."))
        }
        guard tree == "ip6", labels.count == 32, labels.allSatisfy({ $0.utf8.count == 1 }) else {
            return nil
        }
        let digits = labels.reversed().joined()
        let words = (0..<8).map { String(digits.dropFirst(4 * $0).prefix(4)) }
        return IPAddress(words.joined(separator: ":"))
    }
}

/// What a name server answers of its own knowledge.
package struct DNSAnswer: Equatable, Sendable {
    package enum Outcome: UInt16, Sendable {
        case good = 0
        case malformed = 1
        case failed = 2
        case noSuchName = 3
        case notBuilt = 4
    }

    package var outcome: Outcome
    package var addresses: [IPAddress] = []
    package var names: [String] = []

    package init(_ outcome: Outcome, addresses: [IPAddress] = [], names: [String] = []) {
        self.outcome = outcome
        self.addresses = addresses
        self.names = names
    }

    /// Containers come and go: nobody may remember where one was.
    private static let lifetime: [UInt8] = [0, 0, 0, 0]

    /// The message that answers `question`, cut and marked as cut where it is longer than `limit`.
    package func bytes(to question: DNSQuestion, limit: Int) -> [UInt8] {
        var records: [[UInt8]] = addresses.compactMap { address in
            let kind = address.isV4 ? DNSQuestion.address : DNSQuestion.address6
            return kind == question.kind ? Self.record(kind, address.bytes) : nil
        }
        if question.kind == DNSQuestion.pointer {
            records += names.map { Self.record(DNSQuestion.pointer, Self.encoded($0)) }
        }
        var used = 12 + question.question.count
        var kept: [UInt8] = []
        var count: UInt16 = 0
        var isCut = false
        for record in records {
            if used + record.count > limit {
                isCut = true
                break
            }
            used += record.count
            kept += record
            count += 1
        }
        // Response, the client's own code of operation and wish for recursion, recursion available.
        let flags: UInt16 =
            0x8080 | question.flags & 0x7900 | (isCut ? 0x0200 : 0) | outcome.rawValue
        var bytes: [UInt8] = []
        for word in [question.id, flags, 1, count, 0, 0] {
            bytes += [UInt8(word >> 8), UInt8(truncatingIfNeeded: word)]
        }
        return bytes + question.question + kept
    }

    /// A record whose name is that of the question.
    private static func record(_ kind: UInt16, _ data: [UInt8]) -> [UInt8] {
        [0xC0, 12, UInt8(kind >> 8), UInt8(truncatingIfNeeded: kind), 0, 1] + lifetime
            + [UInt8(data.count >> 8), UInt8(truncatingIfNeeded: data.count)] + data
    }

    private static func encoded(_ name: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for label in name.split(separator: ".") {
            let part = label.utf8.prefix(63)
            bytes += [UInt8(part.count)] + part
        }
        return Array(bytes.prefix(254)) + [0]
    }
}
