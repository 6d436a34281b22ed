package import Base

/// Packs a stream: gzip with the fastest library this machine has, or zstd.
///
/// The same input and level give the same bytes on the same machine: no time and no name go into
/// the gzip header.
package struct Packer: ~Copyable {
    private let stream: (any PackStream)?

    package init(_ compression: Compression) {
        switch compression.kind {
        case .none: stream = nil
        case .gzip:
            // isa-l has no counterpart to zlib's slow levels.
            let fast =
                compression.level ?? 0 > 3 ? nil : FastDeflator(level: compression.level ?? 2)
            stream = fast ?? Deflator(level: compression.level ?? 6)
        case .zstd: stream = ZstandardPacker(level: compression.level ?? 3)
        }
    }

    /// Takes plain bytes, and passes what they pack to on.
    package func feed(_ input: ByteSpan, _ consume: (ByteSpan) throws(Problem) -> Void)
        throws(Problem)
    {
        guard let stream else { return try consume(input) }
        try stream.feed(input, isLast: false, consume)
    }

    /// Says that there is no more input, and passes the rest on.
    package func finish(_ consume: (ByteSpan) throws(Problem) -> Void) throws(Problem) {
        let nothing: [UInt8] = []
        try stream?.feed(nothing.span, isLast: true, consume)
    }
}

/// One library's way to pack a stream.
protocol PackStream: AnyObject {
    /// Takes the next bytes; with the last ones everything that is left comes out.
    func feed(
        _ input: ByteSpan, isLast: Bool, _ consume: (ByteSpan) throws(Problem) -> Void
    ) throws(Problem)
}

/// What one call of a packing library did.
struct PackStep {
    var taken: Int
    var made: Int
    var isDone: Bool
}

extension PackStream {
    /// Calls `step` until all input is taken and all output has come.
    func drive(
        _ input: ByteSpan, isLast: Bool, output: () -> [UInt8],
        step: (ByteSpan) -> PackStep, _ consume: (ByteSpan) throws(Problem) -> Void
    ) throws(Problem) {
        var position = 0
        while true {
            let done = step(input.extracting(position...))
            position += done.taken
            if done.made > 0 {
                // A second reference, gone before the buffer is written again: nothing is copied.
                let buffer = output()
                try consume(buffer.span.extracting(0..<done.made))
            }
            if isLast ? done.isDone : position == input.count && done.isDone { return }
        }
    }
}
