import Base

/// A D-Bus message as bytes, little-endian. See the D-Bus specification, "Message Protocol".
struct WireMessage: Equatable {
    /// The kinds of a message, by their numbers.
    enum Kind: UInt8 { case call = 1, answer = 2, error = 3, signal = 4 }

    var kind: Kind
    var serial: UInt32
    var path: String?
    var interface: String?
    var member: String?
    var errorName: String?
    var replyTo: UInt32?
    var destination: String?
    var body: [BusValue] = []

    init(_ kind: Kind, serial: UInt32) {
        self.kind = kind
        self.serial = serial
    }

    /// The whole message, ready to be sent.
    var bytes: [UInt8] {
        var content = WireWriter()
        for value in body { content.put(value) }
        var fields: [BusValue] = []
        func add(_ code: UInt8, _ value: BusValue) {
            fields.append(.structure([.byte(code), .variant(value)]))
        }
        if let path { add(1, .path(path)) }
        if let interface { add(2, .string(interface)) }
        if let member { add(3, .string(member)) }
        if let destination { add(6, .string(destination)) }
        if !body.isEmpty { add(8, .signature(body.map(\.signature).joined())) }
        var head = WireWriter()
        head.bytes = [UInt8(ascii: "l"), kind.rawValue, 0, 1]
        head.put(.uint32(UInt32(content.bytes.count)))
        head.put(.uint32(serial))
        head.put(.array("(yv)", fields))
        head.align(8)
        return head.bytes + content.bytes
    }

    /// The length of the message these bytes begin; nil where they are too few to tell.
    ///
    /// - Throws: for what is no message, or longer than the specification allows.
    static func length(of bytes: [UInt8]) throws(Problem) -> Int? {
        guard bytes.count >= 16 else { return nil }
        guard bytes[0] == UInt8(ascii: "l") else { throw Self.malformed }
        var reader = WireReader(bytes, at: 4)
        let body = Int(try reader.word())
        _ = try reader.word()
        let fields = Int(try reader.word())
        guard body <= 1 << 27, fields <= 1 << 26 else { throw Self.malformed }
        return 16 + (fields + 7) & ~7 + body
    }

    /// Reads a message; of its body, texts and numbers up to the first value of another type.
    init(_ bytes: [UInt8]) throws(Problem) {
        guard bytes.count >= 16, let kind = Kind(rawValue: bytes[1]) else { throw Self.malformed }
        var reader = WireReader(bytes, at: 8)
        self.init(kind, serial: try reader.word())
        let end = Int(try reader.word()) + 16
        guard end <= bytes.count else { throw Self.malformed }
        var signature = ""
        while reader.place < end {
            try reader.align(8)
            let code = try reader.byte()
            let type = try reader.signature()
            switch type {
            case "s", "o":
                let text = try reader.text()
                switch code {
                case 1: path = text
                case 2: interface = text
                case 3: member = text
                case 4: errorName = text
                default: break
                }
            case "g": signature = try reader.signature()
            case "u":
                let number = try reader.word()
                if code == 5 { replyTo = number }
            default: throw Self.malformed
            }
        }
        try reader.align(8)
        for letter in signature {
            switch letter {
            case "s": body.append(.string(try reader.text()))
            case "o": body.append(.path(try reader.text()))
            case "u": body.append(.uint32(try reader.word()))
            default: return
            }
        }
    }

    static var malformed: Problem {
        Problem(.helper, "the answer of systemd is no D-Bus message")
    }
}

/// Puts values one after another, each at the border its type asks for.
struct WireWriter {
    var bytes: [UInt8] = []

    mutating func align(_ border: Int) {
        while bytes.count % border != 0 { bytes.append(0) }
    }

    private mutating func number(_ value: some FixedWidthInteger, _ width: Int) {
        align(width)
        for shift in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> (shift * 8))) }
    }

    mutating func put(_ value: BusValue) {
        switch value {
        case .string(let text), .path(let text):
            number(UInt32(text.utf8.count), 4)
            bytes += Array(text.utf8) + [0]
        case .boolean(let flag): number(UInt32(flag ? 1 : 0), 4)
        case .int32(let value): number(value, 4)
        case .uint32(let value): number(value, 4)
        case .uint64(let value): number(value, 8)
        case .double(let value): number(value.bitPattern, 8)
        case .array(let element, let members):
            number(UInt32(0), 4)
            let length = bytes.count - 4
            align(Self.border(of: element))
            let start = bytes.count
            for member in members { put(member) }
            let count = UInt32(bytes.count - start)
            for shift in 0..<4 {
                bytes[length + shift] = UInt8(truncatingIfNeeded: count >> (shift * 8))
            }
        case .structure(let members):
            align(8)
            for member in members { put(member) }
        case .entry(let key, let value):
            align(8)
            put(key)
            put(value)
        case .variant(let inner):
            signature(inner.signature)
            put(inner)
        case .byte(let value): bytes.append(value)
        case .signature(let text): signature(text)
        // Only what was read has a type not known here; nothing of ours is written so.
        case .other: break
        }
    }

    private mutating func signature(_ text: String) {
        bytes += [UInt8(text.utf8.count)] + Array(text.utf8) + [0]
    }

    private static func border(of signature: String) -> Int {
        switch signature.first {
        case "(", "{", "t", "d", "x": 8
        case "y", "g", "v": 1
        case "n", "q": 2
        default: 4
        }
    }
}

/// Takes values one after another; whatever does not fit is refused.
struct WireReader {
    private let bytes: [UInt8]
    private(set) var place: Int

    init(_ bytes: [UInt8], at place: Int) {
        self.bytes = bytes
        self.place = place
    }

    mutating func align(_ border: Int) throws(Problem) {
        place = (place + border - 1) / border * border
        guard place <= bytes.count else { throw WireMessage.malformed }
    }

    mutating func byte() throws(Problem) -> UInt8 {
        guard place < bytes.count else { throw WireMessage.malformed }
        place += 1
        return bytes[place - 1]
    }

    mutating func word() throws(Problem) -> UInt32 {
        try align(4)
        var value: UInt32 = 0
        for shift in UInt32(0)..<4 { value |= UInt32(try byte()) << (shift * 8) }
        return value
    }

    mutating func text() throws(Problem) -> String { try take(Int(try word())) }

    mutating func signature() throws(Problem) -> String { try take(Int(try byte())) }

    private mutating func take(_ count: Int) throws(Problem) -> String {
        guard count >= 0, bytes.count - place > count else { throw WireMessage.malformed }
        let text = String(decoding: bytes[place..<place + count], as: UTF8.self)
        place += count + 1
        return text
    }
}
