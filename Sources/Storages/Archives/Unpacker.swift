package import Base

/// Turns a compressed stream into a plain one; knows the compression by its first bytes.
package struct Unpacker: ~Copyable {
    private enum Kind {
        case unknown
        case plain
        case gzip(any GzipStream)
        case zstandard(Zstandard)
    }

    private var kind = Kind.unknown
    /// The first bytes, until there are enough to know the kind by.
    private var head: [UInt8] = []

    package init() {}

    /// Whether the stream turned out to be compressed.
    package var isCompressed: Bool {
        switch kind {
        case .unknown, .plain: false
        case .gzip, .zstandard: true
        }
    }

    /// Whether the stream turned out to be plain.
    package var isPlain: Bool {
        if case .plain = kind { true } else { false }
    }

    /// Takes the next bytes as they came, and passes on what they unpack to.
    package mutating func feed(_ bytes: ByteSpan, _ consume: (ByteSpan) throws(Problem) -> Void)
        throws(Problem)
    {
        switch kind {
        case .plain: try consume(bytes)
        case .gzip(let stream): try stream.feed(bytes, consume)
        case .zstandard(let zstandard): try zstandard.feed(bytes, consume)
        case .unknown:
            for index in 0..<bytes.count { head.append(bytes[index]) }
            if head.count < 6 { return }
            kind = try Unpacker.kind(of: head)
            let first = head
            head = []
            try feed(first.span, consume)
        }
    }

    /// Says that there are no more bytes.
    package mutating func finish(_ consume: (ByteSpan) throws(Problem) -> Void) throws(Problem) {
        switch kind {
        case .unknown:
            kind = .plain
            if !head.isEmpty { try consume(head.span) }
        case .plain: break
        case .gzip(let stream): try stream.finish()
        case .zstandard(let zstandard): try zstandard.finish()
        }
    }

    /// Whether a stream that begins so is compressed, in a form that is read or in one that is not.
    static func isCompressed(_ head: ArraySlice<UInt8>) -> Bool {
        guard head.count >= 6 else { return false }
        do {
            if case .plain = try kind(of: Array(head)) { return false }
            return true
        } catch {
            return true
        }
    }

    private static func kind(of head: [UInt8]) throws(Problem) -> Kind {
        func begins(_ bytes: [UInt8]) -> Bool { head.starts(with: bytes) }
        if begins([0x1F, 0x8B]) { return .gzip(Gzip.stream()) }
        let isSkippable =
            (0x50...0x5F).contains(head[0]) && head[1...3].elementsEqual([0x2A, 0x4D, 0x18])
        if begins([0x28, 0xB5, 0x2F, 0xFD]) || isSkippable { return .zstandard(Zstandard()) }
        for (magic, name, tool) in [
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00] as [UInt8], "xz", "xz"),
            ([0x42, 0x5A, 0x68], "bzip2", "bzip2"),
        ] where begins(magic) {
            throw Problem(
                .notBuilt, "archives compressed with \(name) are not read yet",
                next: "unpack it first: \(tool) -dc FILE | martlet load")
        }
        return .plain
    }
}
