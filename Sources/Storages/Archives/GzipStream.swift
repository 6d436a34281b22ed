import Base

/// Unpacks gzip, one member after the other. See RFC 1952.
protocol GzipStream: AnyObject {
    /// Takes compressed bytes and passes what they unpack to on, in pieces of at most 128 KiB.
    func feed(_ input: ByteSpan, _ consume: (ByteSpan) throws(Problem) -> Void) throws(Problem)
    /// Says that there is no more input.
    func finish() throws(Problem)
}

enum Gzip {
    /// Returns the fastest unpacker this machine has.
    static func stream() -> any GzipStream { FastInflator() ?? Inflator() }

    static let endsEarly = Problem(.badDocument, "the gzip data ends too early")

    static func damaged(_ why: String) -> Problem {
        Problem(.badDocument, "the gzip data is damaged", why: why)
    }
}
